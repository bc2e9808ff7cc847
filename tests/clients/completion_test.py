"""Completion in a shell itself, before a running service.

    completion_test.py bash

Bash's programmable completion, zsh's or fish's is asked for what it would
offer.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness

# What was typed, the last word being at the cursor, and what is offered.
LINES = {
    ("que",): ["query"],
    ("adapters", ""): ["list", "show", "reload"],
    ("query", "offences", "--pan"): ["--panel"],
    ("query", "offences_c"): ["offences_change_percent"],
    ("members", "show", "reporter", "ken"): ["kent"],
    ("releases", "--source", "home-office-prc-r"): ["home-office-prc-rolling"],
    ("query", "offences", "--panel", "england-wales-forces-"):
        ["england-wales-forces-and-btp"],
    ("query", "offences", "--where", "offence=88"):
        ["offence=88A", "offence=88B", "offence=88C", "offence=88D",
         "offence=88E"],
    ("status", "--format=js"): ["--format=json", "--format=json-stat"],
    ("query", "offences", "--period", "2017/18"):
        ["2017/18 Q4", "2017/18 Q3", "2017/18 Q2", "2017/18 Q1"],
    ("query", "offences", "--nonsense", "--vie"): ["--view"],
}

BASH = r"""
source <(collate completion bash)
compopt() { :; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_collate
printf '%s\n' "${COMPREPLY[@]}"
"""

ZSH = r"""
compdef() { : }
compadd() {
  while [[ $1 != -- ]]; do shift; done
  shift
  (( $# )) && print -rl -- "$@"
}
_files() { print -r files }
source =(collate completion zsh)
words=("$@")
CURRENT=$#
PREFIX=${@[-1]}
_collate
true
"""

FISH = r"""
collate completion fish | source
complete -C "$argv"
"""


class Shells(harness.ServiceTest):

    @classmethod
    def ingest(cls):
        super().ingest()
        cls.folder = pathlib.Path(
            cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "prc file.csv").touch()

    def run_shell(self, *command, server=None):
        environment = dict(
            os.environ, COLLATE_SERVER=server or self.service.address,
            HOME=str(self.folder), COLLATE_CONFIG="/dev/null",
            COLLATE_PROFILE="",
            PATH=f"{harness.BINARY_DIR / 'bin'}:{os.environ['PATH']}")
        ended = subprocess.run(
            command, env=environment, cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(ended.stderr, "")
        return [line for line in ended.stdout.splitlines() if line]

    @staticmethod
    def bash_words(typed):
        """As bash splits them: = and : stand for themselves."""
        words = ["collate"]
        for word in typed:
            head, equals, tail = word.partition("=")
            words += [head, "=", tail] if equals and tail else [word]
        return words

    def in_bash(self, typed, **settings):
        return self.run_shell("bash", "--norc", "-c", BASH, "bash",
                              *self.bash_words(typed), **settings)

    def test_bash(self):
        for typed, offered in LINES.items():
            with self.subTest(typed):
                # What stands before = is kept by bash, and spaces are quoted.
                wanted = [word.rpartition("=")[2].replace(" ", "\\ ")
                          for word in offered]
                self.assertEqual(self.in_bash(typed), wanted)
        self.assertEqual(self.in_bash(("ingest", "prc")), ["prc file.csv"])

    def test_bash_within_quotes(self):
        self.assertEqual(
            self.in_bash(("query", "offences", "--period", "'2017/18 Q4")),
            ["2017/18 Q4"])

    def test_bash_without_a_service_offers_what_it_knows(self):
        nobody = f"unix:{self.folder}/nobody"
        self.assertEqual(self.in_bash(("query", "off"), server=nobody), [])
        self.assertEqual(self.in_bash(("query", "--pan"), server=nobody),
                         ["--panel"])

    def test_zsh(self):
        for typed, offered in LINES.items():
            with self.subTest(typed):
                self.assertEqual(
                    self.run_shell("zsh", "-f", "-c", ZSH, "zsh", "collate",
                                   *typed), offered)
        self.assertEqual(
            self.run_shell("zsh", "-f", "-c", ZSH, "zsh", "collate", "ingest",
                           "prc"), ["files"])

    def test_fish(self):
        for typed, offered in LINES.items():
            with self.subTest(typed):
                lines = self.run_shell("fish", "--no-config", "-c", FISH,
                                       " ".join(("collate", *typed)))
                # fish sorts what it offers, and shows what each is.
                self.assertEqual(sorted(line.split("\t")[0] for line in lines),
                                 sorted(offered))


if __name__ == "__main__":
    wanted = sys.argv.pop()
    if shutil.which(wanted) is None:
        harness.skip(f"{wanted} is not installed")
    unittest.main(argv=[*sys.argv, "-k", f"test_{wanted}"])
