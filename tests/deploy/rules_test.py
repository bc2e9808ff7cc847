"""The alert rules are what promtool takes, and fire when they should."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ["COLLATE_SOURCE_DIR"])
RULES = ROOT / "deploy/monitoring/collate.rules.yaml"


class RulesTest(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run(
            ["promtool", *map(str, arguments)], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_they_are_valid(self):
        self.promtool("check", "rules", RULES)

    def test_they_fire_when_they_should_and_not_else(self):
        text = (ROOT / "tests/deploy/rules_test.yaml").read_text("utf-8")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "test.yaml"
            path.write_text(text.replace("RULES", str(RULES)), "utf-8")
            self.promtool("test", "rules", path)


if __name__ == "__main__":
    if not shutil.which("promtool"):
        print("promtool is not installed; ./deploy/test --all installs it")
        sys.exit(77)
    unittest.main()
