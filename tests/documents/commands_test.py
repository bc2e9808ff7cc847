"""Every command of every document is run by a test, or says why it is not.

    commands_test.py DOCUMENT...     those that run_document.py runs

A block of commands that no document's test runs is marked `shell`, and its first
line goes on with one of

    run by PATH         a script or test, which names all that the block runs,
                        or the document, whose block it reads
    not run: REASON     what it needs that no test can have

so that it stands beside the commands, and whoever reads only the page sees none
of it.
"""

import os
import pathlib
import re
import subprocess
import sys
import unittest

import run_document

SOURCE_DIR = pathlib.Path(os.environ["COLLATE_SOURCE_DIR"])
RUN_HERE = set(sys.argv[1:])
# What a line begins with that is meant to be typed.
PROGRAMS = re.compile(
    r"(\$ |\(?cd |sudo |(\w+=\S+ )*(\S*/)?(apt|apt-get|buf|cmake|collate|"
    r"collate-adapter-check|collated|cpack|ctest|curl|demo|docker|dpkg|"
    r"foi_pack|kubectl|npm|npx|podman|promtool|python3|systemctl|test) )")


def documents():
    return sorted(
        path for path in SOURCE_DIR.rglob("*.md")
        if not {"node_modules", "build"} & set(
            path.relative_to(SOURCE_DIR).parts))


def commands_of(block):
    """Those of a block that others run, as lines of a script."""
    if any(line.startswith("$ ") for line in block.lines):
        return [command.text for command in run_document.console(block)]
    return "\n".join(block.lines).replace("\\\n", " ").splitlines()


def told(block):
    """What the first line of a `shell` block says: the path or None, and
    whether it says anything."""
    path = re.fullmatch(r"run by (\S+)", block.words)
    reason = re.fullmatch(r"not run: (\S+ ){3,}\S+", block.words)
    return path.group(1) if path else None, bool(path or reason)


def run_in(command):
    """The names that whoever runs a command has to have: the target of a
    build, else the programs."""
    target = re.search(r"--target (\w+)", command)
    if target:
        return [target.group(1)]
    names = []
    for part in re.split(r"&&|\|", command.split(" #")[0]):
        words = part.strip(" ()").split()
        if words[:1] == ["sudo"]:
            words.pop(0)
        if words and words[0] != "cd":
            names.append(words[0].removeprefix("./"))
    return [re.sub(r"^build/\w+/(tests/)?bin/", "", name) for name in names]


def all_blocks():
    for path in documents():
        for block in run_document.blocks(path.read_text()):
            yield str(path.relative_to(SOURCE_DIR)), block


class Commands(unittest.TestCase):

    def test_blocks_of_commands_stand_in_documents_that_are_run(self):
        found = {name for name, block in all_blocks()
                 if block.kind in ("sh", "console", "python")}
        self.assertEqual(found, RUN_HERE)

    def test_what_looks_like_a_command_is_marked_as_one(self):
        for name, block in all_blocks():
            if block.kind not in ("sh", "console", "shell"):
                for line in block.lines:
                    self.assertIsNone(PROGRAMS.match(line),
                                      f"{name}:{block.line}: {line}")

    def test_what_is_not_run_here_says_by_whom_or_why(self):
        for name, block in all_blocks():
            if block.kind != "shell":
                continue
            path, says = told(block)
            self.assertTrue(says, f"{name}:{block.line}: {block.words}")
            if not path:
                continue
            runner = (SOURCE_DIR / path).read_text()
            if name in runner:
                continue
            lacking = [program for command in commands_of(block)
                       for program in run_in(command)
                       if not re.search(rf"(?<!\w){re.escape(program)}\b",
                                        runner)]
            self.assertEqual(lacking, [], f"{name}:{block.line}: {path}")

    def test_what_is_not_run_here_can_be_typed(self):
        for name, block in all_blocks():
            if block.kind == "shell":
                checked = subprocess.run(
                    ["bash", "-n"], input="\n".join(commands_of(block)),
                    text=True, stderr=subprocess.PIPE)
                self.assertEqual(checked.returncode, 0,
                                 f"{name}:{block.line}: {checked.stderr}")


class OfTheTestItself(unittest.TestCase):
    """What the tests above would let through says nothing."""

    def block(self, first_line, *lines):
        return run_document.blocks("\n".join([first_line, *lines, "```"]))[0]

    def test_commands_are_known(self):
        for line in ("$ ls", "collate query offences", "./deploy/demo ",
                     "build/release/bin/collated --data d",
                     "(cd tests/bench && npm ci)", "A=b npm start",
                     "sudo apt install ./a.deb"):
            self.assertIsNotNone(PROGRAMS.match(line), line)
        for line in ("Kent,10,5,15", "collate/", "listen_address: \"x\""):
            self.assertIsNone(PROGRAMS.match(line), line)

    def test_a_mark_without_a_reason_is_none(self):
        for words in ("", "not run", "not run: slow", "run by"):
            self.assertFalse(told(self.block(f"```shell {words}"))[1], words)
        self.assertEqual(told(self.block("```shell run by deploy/test")),
                         ("deploy/test", True))

    def test_what_a_command_runs(self):
        self.assertEqual(run_in("(cd tests/bench && npm ci)"), ["npm"])
        self.assertEqual(run_in("cmake --build x --target web  # why"),
                         ["web"])
        self.assertEqual(run_in("build/release/tests/bin/a --rounds 7"),
                         ["a"])
        self.assertEqual(run_in("./deploy/demo   # all of it"),
                         ["deploy/demo"])
        self.assertEqual(run_in("sudo apt install ./a.deb"), ["apt"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
