"""Drives the explorer page in Debian's Chromium against services of its own.

One has the figures that come with collate, one the synthetic pack, one the
worked example of four invented reporters, one nothing, and one is for readers
with a token; the tests themselves are browser/*_test.mjs.
"""

import contextlib
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


# Whose readers show a token that an issuer of the test's own signed.
GUARDED = """access {{
  tokens {{
    issuer: "https://id.example.org" audience: "collate" roles_claim: "roles"
    keys {{ id: "1" algorithm: "ES256" public_key_file: "{key}" }}
  }}
}}
"""


def guarded(node, work):
    """The flags of such a service, and a token for it."""
    key = work / "key.pem"
    token = subprocess.run([node, HERE / "token.mjs", key], check=True,
                           stdout=subprocess.PIPE, encoding="utf-8").stdout
    config = work / "guarded.textproto"
    config.write_text(GUARDED.format(key=key))
    return ["--config", config], token.strip()


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
    with contextlib.ExitStack() as stack:
        work = pathlib.Path(stack.enter_context(
            tempfile.TemporaryDirectory(prefix="collate-browser-")))
        flags, token = guarded(node, work)
        tests = harness.SOURCE_DIR / "tests"
        published, empty, closed, synthetic, worked = (
            stack.enter_context(harness.Service(*one)) for one in (
                [], [], flags,
                ["--site", tests / "generators/foi_pack/site"],
                ["--site", tests / "data/synthetic/site",
                 "--adapters", harness.BINARY_DIR / "tests/adapters"]))
        worked.ingest_four_reporters()
        worked.collate("ingest", tests / "data/synthetic/populations.csv",
                       "--source", "synthetic-four", "--published", "unknown",
                       "--adapter", "long_format", "--synthetic")
        published.ingest_excerpt()
        for recipe, source, files in RELEASES:
            published.collate("ingest", *(PUBLISHED / one for one in files),
                              "--source", source, "--recipe", recipe,
                              "--published", "unknown", "--strict")
        answers = work / "SYNTHETIC answers"
        subprocess.run([pack, answers], check=True, stdout=subprocess.DEVNULL)
        synthetic.collate("ingest", answers, "--source", "synthetic-foi",
                          "--synthetic")
        environment = dict(
            os.environ, NO_PROXY="127.0.0.1", COLLATE_CHROMIUM=chromium,
            COLLATE_CLI=str(harness.BINARY_DIR / "bin/collate"),
            COLLATE_PUBLISHED_FILES=str(PUBLISHED),
            COLLATE_PUBLISHED=published.http,
            COLLATE_PUBLISHED_GRPC=published.address,
            COLLATE_SYNTHETIC=synthetic.http, COLLATE_EMPTY=empty.http,
            COLLATE_WORKED=worked.http,
            COLLATE_GUARDED=closed.http, COLLATE_TOKEN=token)
        # One after the other: they measure.
        return max(
            subprocess.run([node, "--test", test], env=environment,
                           stdin=subprocess.DEVNULL).returncode
            for test in sorted(HERE.glob("*_test.mjs")))


if __name__ == "__main__":
    sys.exit(main())
