"""Drives the explorer page in Debian's Chromium against services of its own.

One has the figures that come with collate, one the synthetic pack, one nothing;
the tests themselves are browser/*_test.mjs.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(
    0, os.path.join(os.environ["COLLATE_SOURCE_DIR"], "tests/clients"))
import harness  # noqa: E402

HERE = harness.SOURCE_DIR / "tests/client/web/browser"
PUBLISHED = harness.SOURCE_DIR / "tests/data/foi/published"
# Recipe, source and files, as ./deploy/demo ingests them.
RELEASES = [
    ("published_figures", "nspcc-foi",
     ["national.csv", "platform_share.csv", "force_year.csv"]),
    ("onthewight_south_east", "onthewight", ["on_the_wight.csv"]),
    ("s15a_answer_q1_q2", "northamptonshire-foi", ["northamptonshire.csv"]),
]


class Page(harness.Service):
    """A service that also serves the page, at `url`."""

    def __init__(self, *flags):
        self._place = tempfile.TemporaryDirectory(prefix="collate-page-")
        self._port_file = pathlib.Path(self._place.name) / "http"
        super().__init__("--http", "127.0.0.1:0", "--http-port-file",
                         self._port_file, *flags)

    def __enter__(self):
        super().__enter__()
        self.url = "http://127.0.0.1:" + self._port_file.read_text().strip()
        return self

    def __exit__(self, *error):
        try:
            super().__exit__(*error)
        finally:
            self._place.cleanup()


def main():
    node = shutil.which("node")
    chromium = shutil.which("chromium")
    if node is None or chromium is None:
        harness.skip("chromium is not installed (deploy/packages-all)")
    if not (HERE / "node_modules/playwright-core").exists():
        harness.skip("playwright-core is not installed: run npm ci in "
                     "tests/client/web/browser")
    if not (harness.BINARY_DIR / "share/collate/web/index.html").exists():
        harness.skip("the explorer page was not built: target web")
    pack = harness.BINARY_DIR / "bin/foi_pack"
    with tempfile.TemporaryDirectory(prefix="collate-browser-") as work, \
            Page() as published, Page() as empty, \
            Page("--site", harness.SOURCE_DIR
                 / "tests/generators/foi_pack/site") as synthetic:
        published.ingest_excerpt()
        for recipe, source, files in RELEASES:
            published.collate("ingest", *(PUBLISHED / one for one in files),
                              "--source", source, "--recipe", recipe,
                              "--published", "unknown", "--strict")
        answers = pathlib.Path(work) / "SYNTHETIC answers"
        subprocess.run([pack, answers], check=True, stdout=subprocess.DEVNULL)
        synthetic.collate("ingest", answers, "--source", "synthetic-foi",
                          "--synthetic")
        environment = dict(
            os.environ, NO_PROXY="127.0.0.1", COLLATE_CHROMIUM=chromium,
            COLLATE_CLI=str(harness.BINARY_DIR / "bin/collate"),
            COLLATE_PUBLISHED_FILES=str(PUBLISHED),
            COLLATE_PUBLISHED=published.url,
            COLLATE_PUBLISHED_GRPC=published.address,
            COLLATE_SYNTHETIC=synthetic.url, COLLATE_EMPTY=empty.url)
        # One after the other: they measure.
        return max(
            subprocess.run([node, "--test", test], env=environment,
                           stdin=subprocess.DEVNULL).returncode
            for test in sorted(HERE.glob("*_test.mjs")))


if __name__ == "__main__":
    sys.exit(main())
