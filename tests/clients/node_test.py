"""Runs a client written for Node against a daemon of its own.

    node_test.py grpc_js_test.mjs

The client finds the daemon in COLLATE_SERVER, and whatever is generated for it
in a folder of the build tree.
"""

import os
import shutil
import subprocess
import sys

import harness

CLIENTS = harness.SOURCE_DIR / "tests/clients"
MODULES = CLIENTS / "node_modules"
PROTOS = harness.SOURCE_DIR / "protos"


def generate(name):
    """Code for protobuf-es, from the protocol's files alone; of one test."""
    generated = harness.BINARY_DIR / "tests/clients/es" / name
    generated.mkdir(parents=True, exist_ok=True)
    # What is generated imports the runtime by name.
    link = generated / "node_modules"
    if not link.is_symlink():
        link.symlink_to(MODULES)
    (generated / "package.json").write_text('{ "type": "module" }\n')
    subprocess.run(
        [os.environ["COLLATE_PROTOC"], "-I", PROTOS,
         f"--plugin=protoc-gen-es={MODULES}/.bin/protoc-gen-es",
         f"--es_out={generated}", "--es_opt=target=js,import_extension=js",
         *sorted(PROTOS.glob("collate/v1/*.proto")),
         PROTOS / "google/api/field_behavior.proto",
         PROTOS / "google/rpc/error_details.proto"], check=True)
    return generated


def command(name, *words):
    """Node with a script of this folder, and the environment it needs."""
    node = shutil.which("node")
    if node is None:
        harness.skip("node is not installed")
    if not (MODULES / "@grpc/grpc-js").exists():
        harness.skip("the clients are not installed: run npm ci in "
                     "tests/clients")
    return [node, *words], {
        # A web proxy of the environment has no part in this.
        **os.environ, "NO_PROXY": "127.0.0.1",
        "COLLATE_GENERATED": str(generate(name))}


def run_node(service, name, *words):
    """Runs NAME.mjs with words and gives what it wrote."""
    line, environment = command(name, CLIENTS / f"{name}.mjs", *words)
    return subprocess.run(
        line, env=dict(environment, COLLATE_SERVER=service.address,
                       COLLATE_HTTP=service.http),
        stdin=subprocess.DEVNULL, capture_output=True, text=True)


def main():
    script = CLIENTS / sys.argv[1]
    line, environment = command(script.stem, "--test", script)
    with harness.Service() as service:
        return subprocess.run(
            line, env=dict(environment, COLLATE_SERVER=service.address),
            stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
