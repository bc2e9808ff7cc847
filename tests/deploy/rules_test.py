"""The alert rules are what promtool takes, and fire when they should."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ["COLLATE_SOURCE_DIR"])
RULES = ROOT / "deploy/monitoring/collate.rules.yaml"


class MetricsTest(unittest.TestCase):
    """Needs no promtool."""

    def test_every_metric_is_one_that_the_service_has(self):
        used = set(re.findall(r"\bcollate_[a-z_]+", RULES.read_text("utf-8")))
        self.assertGreater(len(used), 6)
        source = "".join(path.read_text("utf-8") for path in [
            ROOT / "service/metrics/metrics.cc",
            ROOT / "service/api/service_metrics.cc"])
        known = set(re.findall(r'"(collate_[a-z_]+)"', source))
        known |= {name + "_bucket" for name in known}
        self.assertEqual(used - known, set())

    def test_every_method_and_code_is_one_of_the_api(self):
        text = RULES.read_text("utf-8")
        protos = "".join(path.read_text("utf-8")
                         for path in (ROOT / "protos/collate/v1").glob("*.proto"))
        methods = set(re.findall(r"\brpc (\w+)\(", protos))
        named = re.findall(r'method=~"\.\*/\(?([\w|]+)\)?"', text)
        self.assertEqual(len(named), 2)
        for name in "|".join(named).split("|"):
            self.assertIn(name, methods)


@unittest.skipUnless(shutil.which("promtool"),
                     "promtool is not installed; ./deploy/test --all installs it")
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
    outcome = unittest.main(exit=False).result
    sys.exit(1 if not outcome.wasSuccessful() else
             77 if outcome.skipped else 0)
