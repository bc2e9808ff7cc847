"""The manual pages, as a reader of them that is not ours sees them.

    manual_test.py groff
"""

import shutil
import subprocess
import sys
import unittest

import harness

PAGES = sorted((harness.BINARY_DIR / "share/man/man1").glob("*.1"))


class Manual(unittest.TestCase):

    def check(self, command, tolerated=()):
        for page in PAGES:
            ended = subprocess.run(
                [*command, page], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                encoding="utf-8")
            said = [line for line in ended.stdout.splitlines()
                    if not any(words in line for words in tolerated)]
            self.assertEqual(said, [], page.name)

    def test_groff_has_a_page_of_every_command(self):
        offered = subprocess.run(
            [harness.BINARY_DIR / "bin/collate", "__complete", ""],
            check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
        commands = [line.split("\t")[0] for line in offered.splitlines()[1:]]
        self.assertGreater(len(commands), 20)
        self.assertEqual({page.name for page in PAGES},
                         {"collate.1"} | {f"collate-{one}.1"
                                          for one in commands})

    def test_mandoc_has_no_complaint(self):
        # A page has no date: the same version is the same bytes.
        self.check(["mandoc", "-Tlint", "-W", "warning"], ["missing date"])

    def test_groff_has_no_complaint(self):
        self.check(["groff", "-man", "-Tutf8", "-ww", "-z"])

    def test_groff_shows_what_the_help_says(self):
        page = harness.BINARY_DIR / "share/man/man1/collate-query.1"
        text = subprocess.run(
            ["groff", "-man", "-Tascii", "-P-cbou", page], check=True,
            stdout=subprocess.PIPE, encoding="ascii").stdout
        for words in ("collate query [OPTIONS] measure",
                      "--where DIM=MEMBER[,MEMBER]",
                      "--periods '2017/18 Q1..2017/18 Q4'",
                      "--exclude 'hampshire@2020/21=18 after 291'"):
            self.assertIn(words, text)


if __name__ == "__main__":
    wanted = sys.argv.pop()
    if shutil.which(wanted) is None:
        harness.skip(f"{wanted} is not installed")
    unittest.main(argv=[*sys.argv, "-k", f"test_{wanted}"])
