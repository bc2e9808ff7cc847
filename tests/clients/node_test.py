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
GENERATED = harness.BINARY_DIR / "tests/clients/es"


def generate():
    """Code for protobuf-es, from the protocol's files alone."""
    GENERATED.mkdir(parents=True, exist_ok=True)
    # What is generated imports the runtime by name.
    link = GENERATED / "node_modules"
    if not link.is_symlink():
        link.symlink_to(MODULES)
    (GENERATED / "package.json").write_text('{ "type": "module" }\n')
    subprocess.run(
        [os.environ["COLLATE_PROTOC"], "-I", PROTOS,
         f"--plugin=protoc-gen-es={MODULES}/.bin/protoc-gen-es",
         f"--es_out={GENERATED}", "--es_opt=target=js,import_extension=js",
         *sorted(PROTOS.glob("collate/v1/*.proto")),
         PROTOS / "google/api/field_behavior.proto",
         PROTOS / "google/rpc/error_details.proto"], check=True)


def main():
    script = CLIENTS / sys.argv[1]
    node = shutil.which("node")
    if node is None:
        harness.skip("node is not installed")
    if not (MODULES / "@grpc/grpc-js").exists():
        harness.skip("the clients are not installed: run npm ci in "
                     "tests/clients")
    if sys.argv[1].startswith("connect"):
        generate()
    with harness.Service() as service:
        # A web proxy of the environment has no part in this.
        environment = dict(os.environ, COLLATE_SERVER=service.address,
                           COLLATE_GENERATED=str(GENERATED),
                           NO_PROXY="127.0.0.1")
        return subprocess.run(
            [node, "--test", script], env=environment,
            stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
