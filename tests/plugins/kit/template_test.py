"""The template builds against an installed kit, in a directory that has nothing
of the project's tree, and comes and goes in a running service."""

import csv
import io
import pathlib
import re
import shutil
import signal
import subprocess
import time
import unittest

from kit import BINARY_DIR, CMAKE, KitTest

QUERY = ["query", "offences", "--where", "offence=s15a", "--where",
         "reporter=kent", "--period", "2023/24", "--format", "csv"]


class TemplateTest(KitTest):
    def setUp(self):
        super().setUp()
        self.prefix = self.dir / "prefix"
        self.install(self.prefix, "sdk")
        self.work = self.dir / "work"
        shutil.copytree(self.prefix / "share/collate/sdk/template", self.work)
        self.run_ok(CMAKE, "-S", self.work, "-B", self.work / "build",
                    f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.run_ok(CMAKE, "--build", self.work / "build")
        self.built = self.work / "build/lib/collate/adapters/my_returns"

    def test_the_kit_alone_is_headers_package_tool_template_and_guide(self):
        names = sorted(str(path.relative_to(self.prefix))
                       for path in self.prefix.rglob("*") if path.is_file())
        self.assertEqual([n for n in names if "/template/" not in n], [
            "bin/collate-adapter-check",
            "include/collate/adapter.h",
            "include/collate/adapter.hpp",
            "lib/cmake/collateAdapter/adapter.map",
            "lib/cmake/collateAdapter/collateAdapter.cmake",
            "lib/cmake/collateAdapter/collateAdapterConfig.cmake",
            "lib/cmake/collateAdapter/collateAdapterConfigVersion.cmake",
            "share/collate/sdk/GUIDE.md",
            "share/doc/collate-sdk/README.md",
        ])

    def test_it_exports_one_symbol(self):
        out = self.run_ok("nm", "--dynamic", "--defined-only",
                          "--format=posix", self.built / "libmy_returns.so")
        self.assertEqual([line.split()[0] for line in out.splitlines()],
                         ["collate_adapter_v1"])

    def test_an_undefined_symbol_is_an_error_of_the_link(self):
        source = self.work / "my_returns.cc"
        text = source.read_text(encoding="utf-8")
        source.write_text(
            text.replace("Status Read(", "int nowhere();\nStatus Read(")
            .replace("  std::string bytes;\n",
                     "  std::string bytes;\n  if (nowhere()) return OkStatus();\n"),
            encoding="utf-8")
        done = subprocess.run([CMAKE, "--build", self.work / "build"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("undefined reference", done.stdout)

    def test_another_major_version_of_the_abi_is_not_found(self):
        lists = self.work / "CMakeLists.txt"
        lists.write_text(lists.read_text(encoding="utf-8").replace(
            "collateAdapter 1.0", "collateAdapter 2.0"), encoding="utf-8")
        done = subprocess.run(
            [CMAKE, "-S", self.work, "-B", self.dir / "other",
             f"-DCMAKE_PREFIX_PATH={self.prefix}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("version: 1.0", done.stdout)

    def test_its_own_check_passes(self):
        self.run_ok("ctest", "--test-dir", self.work / "build",
                    "--output-on-failure")
        out = self.run_ok(self.prefix / "bin/collate-adapter-check",
                          self.built / "libmy_returns.so",
                          self.work / "fixtures")
        self.assertNotIn("BROKEN", out)
        self.assertIn("6 observations of 2 documents; refused: "
                      "unknown-marker.csv (UNKNOWN_MARKER)", out)
        self.assertRegex(out, "\nmy_returns: keeps every rule that was checked\n")

    def test_it_comes_and_goes_in_a_running_service(self):
        adapters = self.dir / "adapters"
        adapters.mkdir(mode=0o755)
        self.start(adapters)
        self.assertEqual(self.collate("adapters", "reload"),
                         "Nothing changed.\n")
        # By rename, so that nobody sees half of it.
        shutil.copytree(self.built, adapters / ".coming")
        (adapters / ".coming").rename(adapters / "my_returns")
        self.assertIn("my_returns", self.collate("adapters", "reload"))
        self.collate("ingest", "--source", "my-returns", "--published",
                     "unknown", "--synthetic", "--strict",
                     self.work / "fixtures/invented-return.csv")
        before = self.collate(*QUERY)
        self.assertEqual(self.column(before, "reported"), "182")
        self.assertEqual(self.source()["state"], "ready")

        shutil.rmtree(adapters / "my_returns")
        self.collate("adapters", "reload")
        self.assertEqual(self.collate(*QUERY), before)
        self.assertEqual(self.source()["state"], "degraded")
        self.assertEqual(self.source()["missing_adapters"],
                         "my_returns")
        self.assertIn("invented-return.csv",
                      self.collate("releases", "--source", "my-returns",
                                   "--format", "json"))
        refused = subprocess.run(
            [str(BINARY_DIR / "bin/collate"), "ingest", "--source",
             "my-returns", "--published", "2024-01-01", "--synthetic",
             str(self.work / "fixtures/invented-return.csv")],
            env=self.environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, check=False)
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn("NO_ADAPTER", refused.stdout + refused.stderr)

        shutil.copytree(self.built, adapters / "my_returns")
        self.collate("adapters", "reload")
        self.assertEqual(self.source()["state"], "ready")

    def start(self, adapters):
        port = self.dir / "port"
        with open(self.dir / "log", "w", encoding="utf-8") as log:
            service = subprocess.Popen(
                [BINARY_DIR / "bin/collated", "--data", self.dir / "data",
                 "--listen", "127.0.0.1:0", "--port-file", port,
                 "--adapters", adapters], stderr=log)
        self.addCleanup(service.wait)
        self.addCleanup(service.send_signal, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while not port.exists():
            self.assertIsNone(service.poll(), (self.dir / "log").read_text())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        address = f"127.0.0.1:{port.read_text().strip()}"
        self.environment = {"COLLATE_SERVER": address, "PATH": "/usr/bin:/bin"}

    def collate(self, *arguments):
        return self.run_ok(BINARY_DIR / "bin/collate", *arguments,
                           env=self.environment)

    def source(self):
        rows = csv.DictReader(io.StringIO(
            self.collate("sources", "--format", "csv")))
        return next(row for row in rows if row["source"] == "my-returns")

    @staticmethod
    def column(text, name):
        return next(csv.DictReader(io.StringIO(text)))[name]


if __name__ == "__main__":
    unittest.main()
