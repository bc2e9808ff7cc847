"""Runs every example of every help, as a newcomer would paste it.

The examples stand as they are; names that depend on bytes (releases, answers)
and places of a machine are replaced by those of the test.
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import harness

RELEASE = re.compile(r"sources/home-office-prc/releases/(\d{8})-[0-9a-f]{12}")
ANSWER = re.compile(r"\b[0-9a-f]{64}\b")
EXCERPT = (harness.SOURCE_DIR / "tests/data/police"
           / "prc-pfa-mar2013-onwards-tables201718-88A.csv")

# Examples that end with 1, and what they then say.
ENDS_WITH_1 = {
    "collate query offences --where offence=88A --check": "INVALID_QUERY",
    "collate validate --source home-office-prc --kind level-shift --strict":
        "1 finding;",
    "collate disclosure audit": "NO_DISCLOSURE_PROFILE",
    "collate disclosure audit --format csv": "NO_DISCLOSURE_PROFILE",
}

REFUSAL = """\
reporters: "Kent"
periods { text: "2023/24" }
request_date: "2024-05-01"
received_date: "2024-05-20"
questions { id: "Q1" measure: "offences" }
responses { status: STATUS_REFUSED sections: "s.12" }
"""

CONFIG = """\
profiles { name: "newsroom" server: "%s" }
"""


def examples_of(help_text):
    """Commands that a person would paste, each on one line."""
    joined = help_text.replace("\\\n", " ")
    return [re.sub(r" +", " ", line.strip()) for line in joined.splitlines()
            if line.startswith("  collate ")]


class Help(harness.ServiceTest):

    @classmethod
    def ingest(cls):
        cls.folder = pathlib.Path(
            cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.environment = dict(
            os.environ, COLLATE_SERVER=cls.service.address,
            XDG_CONFIG_HOME=str(cls.folder / "config"),
            PATH=f"{harness.BINARY_DIR / 'bin'}:{os.environ['PATH']}")
        for name in ("COLLATE_CONFIG", "COLLATE_PROFILE"):
            cls.environment.pop(name, None)
        config = cls.folder / "config/collate/config.textproto"
        config.parent.mkdir(parents=True)
        config.write_text(CONFIG % cls.service.address)
        text = EXCERPT.read_text()
        (cls.folder / "prc-201718.csv").write_text(text)
        # A later edition, in which one figure is another.
        (cls.folder / "later.csv").write_text(
            text.replace(",65\n", ",66\n", 1))
        published = harness.SOURCE_DIR / "tests/data/foi/published"
        (cls.folder / "answer.csv").write_bytes(
            (published / "northamptonshire.csv").read_bytes())
        (cls.folder / "answer.recipe.textproto").write_bytes(next(
            harness.SOURCE_DIR.glob(
                "plugins/**/s15a_answer_q1_q2*.textproto")).read_bytes())
        (cls.folder / "my-story.claims.textproto").write_bytes(
            (harness.SOURCE_DIR
             / "client/claims/nspcc-2024.claims.textproto").read_bytes())
        (cls.folder / "refusal.pdf").write_text("no")
        (cls.folder / "answers").mkdir()
        (cls.folder / "answers/kent.answer.textproto").write_text(REFUSAL)
        for name, day in (("prc-201718.csv", "2019-01-24"),
                          ("later.csv", "2020-04-23")):
            cls.service.collate("ingest", cls.folder / name, "--source",
                                "home-office-prc", "--published", day)
        listed = cls.service.collate("releases", "--format", "csv")
        cls.releases = {match.group(1): match.group(0)
                        for match in RELEASE.finditer(listed)}
        said = cls.run_line(
            "collate query offences --where offence=88A --period 2017/18 "
            "--panel england-wales-forces")
        cls.answer = ANSWER.search(said.stderr).group(0)

    @classmethod
    def run_line(cls, line):
        line = RELEASE.sub(lambda match: cls.releases[match.group(1)], line)
        line = line.replace("/var/lib/collate/audit",
                            str(cls.service.data / "audit"))
        line = line.replace("unix:/run/collate.sock", cls.service.address)
        if hasattr(cls, "answer"):
            line = ANSWER.sub(cls.answer, line)
        return subprocess.run(["bash", "-c", line], cwd=cls.folder,
                              env=cls.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8", timeout=60)

    def help_of(self, command):
        ended = self.run_line(" ".join(["collate", *command, "--help"]))
        self.assertEqual(ended.returncode, 0, command)
        return ended.stdout

    def commands(self):
        """Every command, those that take a release away last."""
        def below(command):
            offered = self.run_line(
                " ".join(["collate __complete", *command, "''"])).stdout
            return [line.split("\t")[0] for line in offered.splitlines()[1:]]
        found = [[]]
        for name in below([]):
            found.append([name])
            if "COMMAND" in self.help_of([name]).split("\n", 2)[1]:
                found += [[name, inner] for inner in below([name])]
        return sorted(found, key=lambda words: words == ["withdraw"])

    def test_every_example_runs(self):
        # compare's help has the file that its examples read.
        text = self.help_of(["compare"])
        start = text.index("  columns {")
        end = text.index("\n\n", start)
        (self.folder / "grooming.textproto").write_text(text[start:end])
        done = set()
        for command in self.commands():
            for line in examples_of(self.help_of(command)):
                if line in done:
                    continue
                done.add(line)
                with self.subTest(line):
                    ended = self.run_line(line)
                    said = ended.stdout + ended.stderr
                    if line in ENDS_WITH_1:
                        self.assertEqual(ended.returncode, 1, said)
                        self.assertIn(ENDS_WITH_1[line], said)
                    else:
                        self.assertEqual(ended.returncode, 0, said)
        self.assertGreater(len(done), 70)


if __name__ == "__main__":
    unittest.main()
