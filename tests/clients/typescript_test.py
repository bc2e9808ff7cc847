"""The TypeScript example: type-checked, compiled and run against the daemon."""

import os
import shutil
import subprocess
import sys

import harness

CLIENTS = harness.SOURCE_DIR / "tests/clients"
MODULES = CLIENTS / "node_modules"
PROTOS = harness.SOURCE_DIR / "protos"
SOURCE = harness.SOURCE_DIR / "client/typescript"
BUILD = harness.BINARY_DIR / "tests/clients/typescript"
CONFIG = harness.SOURCE_DIR / "client/service_config.json"


def compile_example():
    """A copy of the example with its generated code, as npm would make it."""
    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.copytree(SOURCE, BUILD,
                    ignore=shutil.ignore_patterns("node_modules", "build",
                                                  "gen"))
    (BUILD / "node_modules").symlink_to(MODULES)
    generated = BUILD / "src/gen"
    generated.mkdir()
    subprocess.run(
        [os.environ["COLLATE_PROTOC"], "-I", PROTOS,
         f"--plugin=protoc-gen-es={MODULES}/.bin/protoc-gen-es",
         f"--es_out={generated}", "--es_opt=target=ts,import_extension=js",
         *sorted(PROTOS.glob("collate/v1/*.proto")),
         PROTOS / "google/api/field_behavior.proto",
         PROTOS / "google/rpc/error_details.proto"], check=True)
    subprocess.run([MODULES / ".bin/tsc"], cwd=BUILD, check=True)


def main():
    node = shutil.which("node")
    if node is None:
        harness.skip("node is not installed")
    if not (MODULES / "typescript").exists():
        harness.skip("TypeScript is not installed: run npm ci in "
                     "tests/clients")
    compile_example()
    with harness.Service() as service:
        service.ingest_excerpt()
        environment = dict(os.environ, COLLATE_SERVER=service.address,
                           COLLATE_SERVICE_CONFIG=str(CONFIG),
                           COLLATE_EXAMPLE=str(BUILD / "build"),
                           NO_PROXY="127.0.0.1")
        example = subprocess.run(
            [node, BUILD / "build/example.js"], env=environment, check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            encoding="utf-8").stdout
        wanted = ("2017/18: 4429, 43 of 43 reporters, 172 printed cells\n"
                  "police-scotland: NO_RELEASE\npsni: NO_RELEASE\n"
                  "UNKNOWN_MEASURE near: offences")
        if not example.startswith(wanted):
            print("the example said:", example, sep="\n")
            return 1
        return subprocess.run(
            [node, "--test", CLIENTS / "typescript_test.mjs"],
            env=environment, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
