"""Starts the daemon for a test, ingests figures, makes stubs and finds buf.

    class Mine(harness.ServiceTest):
        def test_it(self):
            ... self.service.address ...

A missing tool ends the test with exit code 77, which ctest shows as skipped.
"""

import glob
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

SOURCE_DIR = pathlib.Path(os.environ["COLLATE_SOURCE_DIR"])
BINARY_DIR = pathlib.Path(os.environ["COLLATE_BINARY_DIR"])
START_SECONDS = 60
STOP_SECONDS = 60

# The same question in every client: sexual grooming in 2017/18.
QUERY = {
    "measures": ["offences"],
    "filters": [{"dimension": "offence", "members": ["88A"]}],
    "periods": ["2017/18"],
    "panel": "england-wales-forces",
}


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def buf():
    """The buf of this machine's architecture, as the lock file names it."""
    found = glob.glob(str(
        SOURCE_DIR / "tests/clients/node_modules/@bufbuild/buf-*/bin/buf"))
    if not found:
        skip("buf is not installed: run npm ci in tests/clients")
    return found[0]


def make_stubs(name):
    """Stubs for Python's gRPC, from the protocol's files alone; of one test."""
    try:
        import google.protobuf
        import grpc  # noqa: F401
    except ImportError as missing:
        skip(f"python3-grpcio is not installed: {missing}")
    if not os.environ["COLLATE_GRPC_PYTHON_PLUGIN"]:
        skip("protobuf-compiler-grpc is not installed")
    protos = SOURCE_DIR / "protos"
    stubs = BINARY_DIR / "tests/clients/python" / name
    stubs.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [os.environ["COLLATE_PROTOC"], "-I", protos, f"--python_out={stubs}",
         f"--grpc_python_out={stubs}",
         "--plugin=protoc-gen-grpc_python="
         + os.environ["COLLATE_GRPC_PYTHON_PLUGIN"],
         *sorted(protos.glob("collate/v1/*.proto")),
         protos / "google/api/field_behavior.proto",
         protos / "google/rpc/error_details.proto",
         protos / "google/rpc/status.proto"], check=True)
    sys.path.insert(0, str(stubs))
    # Debian's `google` package is a plain one, so ours is added to its path.
    google.__path__.append(str(stubs / "google"))


class Service:
    """A daemon on a free port with a data directory of its own."""

    def __init__(self, *flags):
        self._flags = flags

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="collate-clients-")
        directory = pathlib.Path(self._directory.name)
        self._log = open(directory / "log", "w+b")
        port_file = directory / "port"
        http_port_file = directory / "http-port"
        self._process = subprocess.Popen(
            [BINARY_DIR / "bin/collated", "--data", directory / "data",
             "--listen", "127.0.0.1:0", "--port-file", port_file,
             "--http", "127.0.0.1:0", "--http-port-file", http_port_file,
             *self._flags],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        deadline = time.monotonic() + START_SECONDS
        # The file appears whole, by a rename.
        while not http_port_file.exists():
            if self._process.poll() is not None:
                raise RuntimeError("the service ended: " + self._read_log())
            if time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError("the service is late: " + self._read_log())
            time.sleep(0.02)
        self.address = "127.0.0.1:" + port_file.read_text().strip()
        self.http = "http://127.0.0.1:" + http_port_file.read_text().strip()
        return self

    def __exit__(self, *unused):
        self._process.terminate()
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            log = self._read_log()
            self._log.close()
            self._directory.cleanup()
        if code != 0:
            raise RuntimeError(f"the service ended with {code}: {log}")

    def call(self, method, request, headers=()):
        """A call in Connect's JSON: status, headers and the answer."""
        return self.fetch("/" + method, json.dumps(request).encode(),
                          {"content-type": "application/json", **dict(headers)})

    def fetch(self, path, body=None, headers=()):
        """What HTTP answers; JSON is read, other text is not."""
        # A web proxy of the environment has no part in this.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(
            self.http + path, data=body, headers=dict(headers))
        try:
            answer = opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode("utf-8")
            kind = answer.headers.get("content-type", "")
            return (answer.status, answer.headers,
                    json.loads(text) if kind == "application/json" else text)

    def collate(self, *words):
        """What the command line writes to its standard output."""
        return subprocess.run(
            [BINARY_DIR / "bin/collate", "--server", self.address, *words],
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            encoding="utf-8").stdout

    def ingest_excerpt(self):
        self.collate("ingest", SOURCE_DIR / "tests/data/police"
                     / "prc-pfa-mar2013-onwards-tables201718-88A.csv",
                     "--source", "home-office-prc", "--published", "unknown")

    def ingest_four_reporters(self):
        """The invented worked example; needs the adapters of the tests."""
        self.collate("ingest",
                     SOURCE_DIR / "tests/data/synthetic/four_reporters.csv",
                     "--source", "synthetic-four", "--published", "unknown",
                     "--adapter", "long_format", "--synthetic")

    def _read_log(self):
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")


class ServiceTest(unittest.TestCase):
    """Tests that share a daemon, which has taken in the excerpt."""

    FLAGS = ()

    @classmethod
    def ingest(cls):
        cls.service.ingest_excerpt()

    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(Service(*cls.FLAGS))
        cls.ingest()


class StubTest(ServiceTest):
    """The same with Python's stubs of the statistics, as `self.stub`."""

    @classmethod
    def setUpClass(cls):
        import grpc
        from collate.v1 import statistics_service_pb2_grpc
        super().setUpClass()
        channel = cls.enterClassContext(grpc.insecure_channel(
            cls.service.address, options=[("grpc.enable_http_proxy", 0)]))
        cls.stub = statistics_service_pb2_grpc.StatisticsServiceStub(channel)
