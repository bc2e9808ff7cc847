"""Runs the commands of a document as its reader would, in their order.

    run_document.py client/TUTORIAL.md

Blocks marked `sh` are commands; in blocks marked `console` a line that begins
with "$ " is a command (and goes on after a backslash), and the lines below it
are what it has to write, in their order. "[...]" stands for anything, and runs
of blanks for one. A command has to succeed unless its line ends with a comment,
"# exits with 1". What is marked `python` is a program, and a block of any other
kind with the name of a file behind it ("```csv offences.csv") is that file, which
the reader writes. What is marked `shell` is run by others
(commands_test.py says by whom).

All of a document is one session of bash in a folder of its own that looks like
the project's root. The service listens on free ports instead of those that the
document names.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE_DIR = pathlib.Path(os.environ["COLLATE_SOURCE_DIR"])
BINARY_DIR = pathlib.Path(os.environ["COLLATE_BINARY_DIR"])
SECONDS = 240
MARK = "@@@@"

# Ports of the document's machine are free there, and need not be here.
PRELUDE = r"""
collated() {
  local words=() word
  for word; do
    [ "$word" != 127.0.0.1:8080 ] || word=127.0.0.1:0
    words+=("$word")
  done
  # In place of the subshell that & makes, so that its number is the service's.
  exec "$(type -P collated)" --listen 127.0.0.1:0 \
    --port-file "$PLACES/port" --http-port-file "$PLACES/http" \
    "${words[@]}" >>"$PLACES/log" 2>&1
}
await() {
  local tries=0
  until [ -s "$PLACES/$1" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 1200 ] || { cat "$PLACES/log"; return 1; }
    sleep 0.05
  done
}
collate() {
  await port || return
  # Whoever runs the tests may have a configuration file.
  COLLATE_CONFIG=/dev/null COLLATE_PROFILE='' \
    COLLATE_SERVER=127.0.0.1:$(cat "$PLACES/port") command collate "$@"
}
# Debian's, which has Debian's modules, whatever other comes first.
python3() {
  await port || return
  COLLATE_SERVER=127.0.0.1:$(cat "$PLACES/port") /usr/bin/python3 -B "$@"
}
curl() {
  await http || return
  command curl "${@//127.0.0.1:8080/127.0.0.1:$(cat "$PLACES/http")}"
}
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
"""


class Block:
    """What stands between two fences."""

    def __init__(self, line, kind, words):
        self.line = line
        self.kind = kind
        self.words = words
        self.lines = []


def blocks(text):
    found = []
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r"\s*```(\w*) *(.*)", line)
        if fence:
            inside = not inside
            if inside:
                found.append(Block(number + 1, *fence.groups()))
        elif inside:
            found[-1].lines.append(line)
    return found


class Command:
    def __init__(self, line, text):
        self.line = line
        self.text = text
        self.expected = []

    @property
    def goes_on(self):
        """Whether its next line is a part of it."""
        return self.text.endswith("\\") or self.text.count("'") % 2 == 1

    @property
    def exit_code(self):
        found = re.search(r"# exits with (\d+)$", self.text)
        return int(found.group(1)) if found else 0


def read(path):
    """The commands of a document."""
    commands = []
    for block in blocks(path.read_text()):
        text = "\n".join(block.lines)
        if block.kind == "sh":
            commands.append(Command(block.line, text))
        elif block.kind == "console":
            commands += console(block)
        elif block.kind == "python":
            # The service of the document listens elsewhere.
            program = text.replace(
                '"127.0.0.1:7443"',
                '__import__("os").environ["COLLATE_SERVER"]')
            commands.append(Command(
                block.line, f"python3 - <<'{MARK}'\n{program}\n{MARK}"))
        elif block.kind != "shell" and block.words:
            commands.append(Command(
                block.line, f"cat > {block.words} <<'{MARK}'\n{text}\n{MARK}"))
    return commands


def console(block):
    commands = []
    for number, line in enumerate(block.lines, block.line):
        last = commands[-1] if commands else None
        if line.startswith("$ "):
            commands.append(Command(number, line[2:]))
        elif last and not last.expected and last.goes_on:
            last.text += "\n" + line
        elif last and line.strip():
            last.expected.append(line)
    return commands


def word_pattern(word):
    # A table's rules are as long as its columns are wide.
    return "-+" if re.fullmatch("-{3,}", word) else re.escape(word)


def pattern(line):
    """A line of a document as what the output has to have."""
    return re.compile(r"\s*" + r".*".join(
        r"\s+".join(word_pattern(word) for word in part.split())
        if part.strip() else r"\s*"
        for part in re.split(r"\s*\[\.\.\.\]\s*", line.strip())))


def missing(command, output):
    """The first expected line that is not there, after those before it."""
    lines = iter(output.splitlines())
    for wanted in command.expected:
        # A line that was broken for the reader goes on in the next one.
        found = pattern(wanted)
        if wanted.strip() == "[...]":
            continue
        if not any(found.search(line) for line in lines):
            return wanted
    return None


def run(commands, places):
    script = [PRELUDE]
    for number, command in enumerate(commands):
        # Of a block of commands the last that failed tells.
        script.append(f"failed=0; trap 'failed=$?' ERR\n{command.text}\n"
                      f"trap - ERR; printf '\\n{MARK} {number} %d\\n' $failed")
    folder = places / "root"
    folder.mkdir()
    for entry in SOURCE_DIR.iterdir():
        if entry.name not in (".git", "build"):
            (folder / entry.name).symlink_to(entry)
    (folder / "build").mkdir()
    (folder / "build/release").symlink_to(BINARY_DIR)
    environment = {key: value for key, value in os.environ.items()
                   if not key.startswith("COLLATE_")}
    environment.update(
        PATH=f"{BINARY_DIR}/bin:{environment['PATH']}", PLACES=str(places),
        HOME=str(places), XDG_CONFIG_HOME=str(places), NO_PROXY="127.0.0.1")
    return subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=folder, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
        timeout=SECONDS).stdout


def main():
    path = SOURCE_DIR / sys.argv[1]
    commands = read(path)
    if not commands:
        print(f"{path} has no command: mark its blocks with sh or console")
        return 1
    with tempfile.TemporaryDirectory(prefix="collate-document-") as places:
        output = run(commands, pathlib.Path(places))
    parts = re.split(rf"\n{MARK} (\d+) (\d+)\n", output)
    failures = 0
    for number, command in enumerate(commands):
        place = f"{sys.argv[1]}:{command.line}"
        if 3 * number + 2 >= len(parts):
            print(f"{place}: never came to its end:\n{command.text}\n"
                  f"{parts[-1]}")
            return 1
        written, code = parts[3 * number], int(parts[3 * number + 2])
        lacking = missing(command, written)
        if code != command.exit_code or lacking is not None:
            failures += 1
            print(f"{place}: exit status {code}, expected "
                  f"{command.exit_code}" if lacking is None else
                  f"{place}: it does not write: {lacking}")
            print(command.text, written, sep="\n")
    print(f"{len(commands)} commands, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
