"""The protocol keeps buf's rules for names, versions and comments."""

import subprocess
import sys

import harness

sys.exit(subprocess.run(
    [harness.buf(), "lint"], cwd=harness.SOURCE_DIR / "protos",
    stdin=subprocess.DEVNULL).returncode)
