"""Starts the daemon for a test, ingests an excerpt and finds buf.

    with harness.Service() as service:
        service.ingest_excerpt()
        ... service.address ...

A missing tool ends the test with exit code 77, which ctest shows as skipped.
"""

import glob
import os
import pathlib
import subprocess
import sys
import tempfile
import time

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


class Service:
    """A daemon on a free port with a data directory of its own."""

    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="collate-clients-")
        directory = pathlib.Path(self._directory.name)
        self._log = open(directory / "log", "w+b")
        port_file = directory / "port"
        self._process = subprocess.Popen(
            [BINARY_DIR / "bin/collated", "--data", directory / "data",
             "--listen", "127.0.0.1:0", "--port-file", port_file],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        deadline = time.monotonic() + START_SECONDS
        # The file appears whole, by a rename.
        while not port_file.exists():
            if self._process.poll() is not None:
                raise RuntimeError("the service ended: " + self._read_log())
            if time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError("the service is late: " + self._read_log())
            time.sleep(0.02)
        self.address = "127.0.0.1:" + port_file.read_text().strip()
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

    def ingest_excerpt(self):
        subprocess.run(
            [BINARY_DIR / "bin/collate", "--server", self.address, "ingest",
             SOURCE_DIR / "tests/data/police"
             / "prc-pfa-mar2013-onwards-tables201718-88A.csv",
             "--source", "home-office-prc", "--published", "unknown"],
            check=True, stdin=subprocess.DEVNULL)

    def _read_log(self):
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")
