"""The systemd unit is as shut as it says, and leaves workers the means to shut
themselves in."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(os.environ["COLLATE_SOURCE_DIR"])
UNIT = ROOT / "deploy/systemd/collated.service"


def values_of(key):
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(encoding="utf-8"),
                      flags=re.M)


def expanded(names):
    """Names of system calls; what begins with @ is a set of systemd's."""
    calls = set()
    for name in names:
        if not name.startswith("@"):
            calls.add(name)
            continue
        out = subprocess.run(["systemd-analyze", "syscall-filter", name],
                             stdout=subprocess.PIPE, text=True, check=True)
        lines = [line.strip() for line in out.stdout.splitlines()[1:]]
        calls |= expanded(line for line in lines
                          if line and not line.startswith("#"))
    return calls


class UnitTest(unittest.TestCase):
    def test_exposure_is_two_at_most(self):
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true",
             "--threshold=20", str(UNIT)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"Overall exposure level .*: [01]\.\d")

    def test_workers_may_have_the_namespaces_that_they_enter(self):
        entered = set(re.findall(
            r"CLONE_NEW([A-Z]+)",
            (ROOT / "service/worker/sandbox.cc").read_text(encoding="utf-8")))
        self.assertEqual(entered, {"USER", "NET", "IPC", "UTS"})
        allowed = values_of("RestrictNamespaces")[-1].upper().split()
        self.assertEqual(set(allowed), entered)

    def test_workers_may_use_what_their_sandbox_is_made_of(self):
        allowed = set()
        for line in values_of("SystemCallFilter"):
            calls = expanded(line.lstrip("~").split())
            allowed = allowed - calls if line.startswith("~") else allowed | calls
        for call in ["seccomp", "landlock_create_ruleset", "landlock_add_rule",
                     "landlock_restrict_self", "unshare", "capset", "prctl",
                     "setrlimit", "prlimit64", "memfd_create", "vfork",
                     "clone", "execve", "wait4", "waitid", "dup3", "close_range",
                     # The priority of ingesting threads.
                     "sched_setattr", "sched_setaffinity", "setpriority",
                     # What a store on a disk needs.
                     "fsync", "fdatasync", "flock", "pwrite64", "ftruncate"]:
            self.assertIn(call, allowed)
        for call in ["mount", "ptrace", "reboot", "init_module", "bpf",
                     "perf_event_open", "kexec_load", "swapon"]:
            self.assertNotIn(call, allowed)

    def test_it_waits_longer_than_the_service_drains(self):
        config = (ROOT / "protos/collate/config/v1/config.proto").read_text(
            encoding="utf-8")
        drain = int(re.search(r"after SIGTERM, seconds, 1 to 3600\.\s*// "
                              r"Default (\d+)", config).group(1))
        self.assertGreater(int(values_of("TimeoutStopSec")[0]), drain + 30)


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is not installed")
        sys.exit(77)
    unittest.main()
