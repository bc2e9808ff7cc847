"""plugins/GUIDE.md works as it is written: its commands are run, in order, in
one shell and an empty directory."""

import os
import pathlib
import re
import unittest

from kit import BINARY_DIR, KitTest

GUIDE = pathlib.Path(os.environ["COLLATE_SOURCE_DIR"]) / "plugins/GUIDE.md"


class GuideTest(KitTest):
    def test_its_commands_lead_to_a_served_answer(self):
        blocks = re.findall(r"^```sh\n(.*?)^```$",
                            GUIDE.read_text(encoding="utf-8"),
                            flags=re.M | re.S)
        self.assertGreater(len(blocks), 8)
        # Job control, for %1; whatever was started ends with the shell.
        script = "set -eumo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
        for number, block in enumerate(blocks):
            script += f"echo '== block {number}'\n{block}"
        environment = {"COLLATE_BUILD": str(BINARY_DIR),
                       "PATH": os.environ["PATH"], "HOME": str(self.dir)}
        out = self.run_ok("bash", "-c", script, env=environment)
        parts = re.split(r"^== block \d+\n", out, flags=re.M)[1:]
        self.assertEqual(len(parts), len(blocks))

        def said(command):
            """What the first block with a command printed."""
            return next(part for block, part in zip(blocks, parts)
                        if command in block)

        self.assertIn("my_returns: keeps every rule that was checked",
                      said("collate-adapter-check"))
        self.assertRegex(said("collate query"), r"2023/24 +182 ")
        self.assertIn("invented-return.csv:L2:C4", said("collate explain"))
        self.assertIn("refused, as it should be", said("unknown-marker.csv"))
        last = parts[-1]
        self.assertRegex(last, r"2023/24 +182 ")
        self.assertIn("degraded", last)


if __name__ == "__main__":
    unittest.main()
