"""What the tests of the kit share: an empty directory, an installed kit, and
programs that have to succeed."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BINARY_DIR = pathlib.Path(os.environ["COLLATE_BINARY_DIR"])
CMAKE = os.environ["COLLATE_CMAKE"]
# A library made without the sanitizer cannot stand beside one made with it.
SANITIZED = bool(os.environ.get("COLLATE_SANITIZE"))


class KitTest(unittest.TestCase):
    """Each test has a directory below the build's, which nobody else may write:
    adapters are not taken from elsewhere."""

    def setUp(self):
        if SANITIZED:
            self.skipTest("built with a sanitizer")
        parent = BINARY_DIR / "tests"
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kit-", dir=parent))
        self.addCleanup(shutil.rmtree, self.dir)

    def run_ok(self, *command, **settings):
        done = subprocess.run(
            [str(word) for word in command], cwd=self.dir, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=240,
            check=False, **settings)
        self.assertEqual(done.returncode, 0,
                         f"{command}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def install(self, prefix, *components):
        for component in components:
            self.run_ok(CMAKE, "--install", BINARY_DIR, "--prefix", prefix,
                        "--component", component)
