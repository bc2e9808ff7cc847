"""The Debian packages: what is in them, and that what is in them runs.

By default they are unpacked into a folder, and the service is started from there
by the unit's own command line. --install really installs them on this machine,
as root: installs, upgrades from a version before, removes, purges. It refuses to
where a collate is installed, or was.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "documents"))
import run_document  # noqa: E402

ROOT = pathlib.Path(os.environ["COLLATE_SOURCE_DIR"])
BINARY_DIR = pathlib.Path(os.environ["COLLATE_BINARY_DIR"])
COMPONENTS = ["client", "sdk", "service"]
VERSIONS = ["0.0.9", "0.1.0"]
DOCUMENT = ROOT / ("tests/data/police/"
                   "prc-pfa-mar2013-onwards-tables201718-88A.csv")
QUESTION = ["query", "offences", "--where", "offence=88A", "--period",
            "2017/18", "--panel", "england-wales-forces", "--format", "csv"]


def run(*command, **settings):
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=500, check=False,
        **settings)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}")
    return done.stdout


def documented(document, program):
    """The commands of the block of a document that begins with a program."""
    found = [block.lines
             for block in run_document.blocks((ROOT / document).read_text())
             if block.kind == "shell" and block.lines[0].startswith(program)]
    assert len(found) == 1, (document, program)
    return found[0]


class Service:
    """collated by the unit's command line, and what it tells its manager."""

    def __init__(self, command, folder, address, user=None, watchdog=None):
        self.address = address
        path = str(folder / "notify")
        if os.path.exists(path):
            os.unlink(path)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(path)
        os.chmod(path, 0o666)
        self.notify.settimeout(60)
        environment = {"NOTIFY_SOCKET": path, "PATH": "/usr/bin:/bin"}
        if watchdog:
            environment["WATCHDOG_USEC"] = str(int(watchdog * 1e6))
        if user:
            command = ["setpriv", f"--reuid={user}", f"--regid={user}",
                       "--clear-groups", "--no-new-privs", *command]
        self.log = open(folder / "log", "a", encoding="utf-8")
        self.process = subprocess.Popen(command, env=environment,
                                        stderr=self.log, stdout=self.log)

    def hear(self, word):
        """What it told, up to `word`."""
        told = []
        while True:
            text = self.notify.recv(4096).decode()
            told.append(text)
            if word in text:
                return told

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.notify.close()
        self.log.close()
        return code


def build_packages(folder):
    """Of both versions: the earlier ones are the same under an older number."""
    run("cpack", "--config", BINARY_DIR / "CPackConfig.cmake", "-B", folder,
        "-R", VERSIONS[1])
    packages = {version: {} for version in VERSIONS}
    for component in COMPONENTS:
        latest = next(folder.glob(f"collate-{component}_*.deb"))
        packages[VERSIONS[1]][component] = latest
        content = folder / f"{component}-content"
        run("dpkg-deb", "-R", latest, content)
        control = content / "DEBIAN/control"
        control.write_text(control.read_text().replace(
            f"\nVersion: {VERSIONS[1]}\n", f"\nVersion: {VERSIONS[0]}\n"))
        earlier = folder / f"collate-{component}_{VERSIONS[0]}.deb"
        run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", content,
            earlier)
        assert run("dpkg-deb", "-f", earlier, "Version").strip() == VERSIONS[0]
        packages[VERSIONS[0]][component] = earlier
    return packages


def setUpModule():
    PackagesTest.dir = pathlib.Path(
        tempfile.mkdtemp(prefix="packages-", dir=BINARY_DIR / "tests"))
    unittest.addModuleCleanup(shutil.rmtree, PackagesTest.dir)
    PackagesTest.packages = build_packages(PackagesTest.dir)
    PackagesTest.latest = PackagesTest.packages[VERSIONS[-1]]


class PackagesTest(unittest.TestCase):
    dir = None
    packages = None
    latest = None

    def fields(self, component):
        text = run("dpkg-deb", "-f", self.latest[component])
        return dict(re.findall(r"^([A-Z][\w-]*): (.*)$", text, flags=re.M))

    def files(self, component):
        lines = run("dpkg-deb", "-c", self.latest[component]).splitlines()
        found = {}
        for line in lines:
            mode, owner, _, _, _, name = line.split(None, 5)
            found[name.split(" -> ")[0].lstrip(".")] = (mode, owner)
        return found

    def unpack(self, version, to):
        for component in COMPONENTS:
            run("dpkg-deb", "-x", self.packages[version][component], to)


class ContentsTest(PackagesTest):
    def test_each_says_what_it_is_and_what_it_needs(self):
        for component in COMPONENTS:
            fields = self.fields(component)
            self.assertEqual(fields["Package"], f"collate-{component}")
            self.assertEqual(fields["Version"], VERSIONS[-1])
            self.assertNotEqual(fields["Architecture"], "all")
            # First line alone; the rest is for those who read on.
            self.assertLess(len(fields["Description"]), 80)
            self.assertIn("libc6 (>= ", fields["Depends"])
            for name in ("Maintainer", "Section", "Installed-Size"):
                self.assertIn(name, fields)
        self.assertIn("libgrpc++", self.fields("service")["Depends"])
        # Of adapters, which are loaded and not linked.
        self.assertIn("libpoppler-cpp", self.fields("service")["Depends"])
        self.assertIn("libsystemd0", self.fields("service")["Depends"])

    def test_files_are_where_debian_wants_them_and_root_s(self):
        seen = {}
        for component in COMPONENTS:
            for name, (mode, owner) in self.files(component).items():
                self.assertEqual(owner, "root/root", name)
                self.assertEqual(mode[5], "-", f"{name} {mode}")
                self.assertEqual(mode[8], "-", f"{name} {mode}")
                self.assertNotIn("s", mode[1:], name)
                self.assertRegex(name, r"^/$|^/(usr|etc)/")
                self.assertNotRegex(name, r"^/usr/local|/build/")
                if not name.endswith("/"):
                    self.assertNotIn(name, seen, component)
                    seen[name] = component
        for name, component in {
                "/usr/bin/collated": "service",
                "/usr/bin/collate-worker": "service",
                "/usr/lib/systemd/system/collated.service": "service",
                "/usr/lib/sysusers.d/collate.conf": "service",
                "/etc/collate/collated.textproto": "service",
                "/usr/lib/collate/adapters/police_returns/"
                "libpolice_returns.so": "service",
                "/usr/share/collate/vocabulary/measures.textproto": "service",
                "/usr/bin/collate": "client",
                "/usr/bin/collate-adapter-check": "sdk",
                "/usr/include/collate/adapter.h": "sdk",
                "/usr/lib/cmake/collateAdapter/collateAdapterConfig.cmake":
                    "sdk"}.items():
            self.assertEqual(seen.get(name), component, name)
        for component in COMPONENTS:
            self.assertIn(f"/usr/share/doc/collate-{component}/copyright",
                          seen)

    def test_the_configuration_is_a_conffile(self):
        with tempfile.TemporaryDirectory() as folder:
            run("dpkg-deb", "-e", self.latest["service"], folder)
            control = pathlib.Path(folder)
            self.assertEqual((control / "conffiles").read_text(),
                             "/etc/collate/collated.textproto\n")
            for script in ("postinst", "prerm", "postrm"):
                self.assertTrue(os.access(control / script, os.X_OK), script)
                run("sh", "-n", control / script)
                self.assertIn("set -e", (control / script).read_text())

    def test_the_bill_of_materials_names_what_is_linked(self):
        with tempfile.TemporaryDirectory() as folder:
            self.unpack(VERSIONS[-1], folder)
            path = pathlib.Path(folder) / "usr/share/doc"
            names = {}
            for component in COMPONENTS:
                bill = json.loads((path / f"collate-{component}" /
                                   "sbom.cdx.json").read_text())
                self.assertEqual(bill["bomFormat"], "CycloneDX")
                self.assertEqual(bill["metadata"]["component"]["version"],
                                 VERSIONS[-1])
                for part in bill["components"]:
                    self.assertTrue(part["version"], part)
                    self.assertIn(f"{part['name']}@{part['version']}",
                                  part["purl"])
                names[component] = {part["name"]
                                    for part in bill["components"]}
        self.assertLessEqual({"libsqlite3-0", "libgrpc++1.51", "libc6",
                              "libcli11-dev"}, names["service"])
        self.assertNotIn("libpoppler-cpp0v5", names["client"])


class UnpackedTest(PackagesTest):
    """The unit's command line, from a folder."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(dir=self.dir))
        self.work = pathlib.Path(tempfile.mkdtemp(dir=self.dir))

    def start(self, **settings):
        unit = (self.root / "usr/lib/systemd/system/collated.service"
                ).read_text()
        words = re.search("^ExecStart=(.*)$", unit, flags=re.M).group(1).split()
        # The same file, with every path below the folder and a free port.
        config = (self.root / "etc/collate/collated.textproto").read_text()
        moved = re.sub(r'"/(var|usr)/', rf'"{self.root}/\1/', config)
        moved = moved.replace("127.0.0.1:7443", "127.0.0.1:0")
        self.assertNotEqual(moved, config)
        (self.root / "usr/local/lib/collate/adapters").mkdir(
            parents=True, exist_ok=True)
        (self.root / "var/backups").mkdir(parents=True, exist_ok=True)
        path = self.work / "collated.textproto"
        path.write_text(moved)
        port = self.work / "port"
        port.unlink(missing_ok=True)
        command = [str(self.root) + words[0], words[1], str(path),
                   "--port-file", str(port)]
        service = Service(command, self.work, None, **settings)
        self.addCleanup(lambda: service.process.poll() is None and
                        service.process.kill())
        service.told = service.hear("READY=1")
        service.address = f"127.0.0.1:{port.read_text().strip()}"
        return service

    def collate(self, service, *arguments):
        return run(self.root / "usr/bin/collate", *arguments,
                   env={"COLLATE_SERVER": service.address})

    def test_it_serves_and_an_upgrade_keeps_the_data(self):
        self.unpack(VERSIONS[0], self.root)
        service = self.start()
        self.collate(service, "ingest", "--source", "home-office-prc",
                     "--published", "unknown", DOCUMENT)
        before = self.collate(service, *QUESTION)
        self.assertIn("4429", before)
        self.assertEqual(service.stop(), 0)

        self.unpack(VERSIONS[1], self.root)
        service = self.start()
        self.assertEqual(self.collate(service, *QUESTION), before)
        self.assertIn("clean", self.collate(service, "admin", "check"))
        self.assertEqual(service.stop(), 0)

    def test_it_tells_its_manager_that_it_stops(self):
        self.unpack(VERSIONS[-1], self.root)
        service = self.start()
        service.process.send_signal(signal.SIGTERM)
        service.hear("STOPPING=1")
        self.assertEqual(service.process.wait(60), 0)

    def test_the_watchdog_is_fed_while_it_answers_and_no_longer(self):
        self.unpack(VERSIONS[-1], self.root)
        service = self.start(watchdog=2)
        for _ in range(3):
            service.hear("WATCHDOG=1")
        service.process.send_signal(signal.SIGSTOP)
        # What was sent before it stood still.
        service.notify.settimeout(1)
        try:
            while True:
                service.notify.recv(4096)
        except socket.timeout:
            pass
        service.notify.settimeout(3)
        with self.assertRaises(socket.timeout):
            service.hear("WATCHDOG=1")
        service.process.send_signal(signal.SIGCONT)
        service.notify.settimeout(60)
        service.hear("WATCHDOG=1")
        self.assertEqual(service.stop(), 0)


class InstalledTest(PackagesTest):
    """On this machine. Every step of a package's life, in order."""

    def test_install_upgrade_remove_purge(self):
        self.refuse_where_something_is()
        policy = pathlib.Path("/usr/sbin/policy-rc.d")
        if not policy.exists():
            policy.write_text("#!/bin/sh\nexit 101\n")
            policy.chmod(0o755)
            self.addCleanup(policy.unlink)
        names = [f"collate-{component}" for component in COMPONENTS]
        # There was none before; purging leaves it.
        self.addCleanup(shutil.rmtree, "/var/backups/collate", True)
        self.addCleanup(run, "dpkg", "--purge", *names)
        data = pathlib.Path("/var/lib/collate")

        self.install_as_documented(VERSIONS[0])
        self.assertEqual((data.owner(), data.stat().st_mode & 0o777),
                         ("collate", 0o700))
        service = self.start()
        self.collate("ingest", "--source", "home-office-prc", "--published",
                     "unknown", DOCUMENT)
        before = self.collate(*QUESTION)
        self.assertIn("4429", before)
        self.assertIn("clean", self.collate("admin", "backup", "first"))
        self.assertEqual(service.stop(), 0)
        config = pathlib.Path("/etc/collate/collated.textproto")
        config.write_text(config.read_text() + "drain_seconds: 7\n")

        self.dpkg("--force-confold", "-i", *self.latest.values())
        self.assertIn("drain_seconds: 7", config.read_text())
        service = self.start()
        self.assertEqual(self.collate(*QUESTION), before)
        # What the backup does not have.
        self.collate("ingest", "--source", "nspcc-foi", "--recipe",
                     "published_figures", "--published", "unknown",
                     ROOT / "tests/data/foi/published/national.csv")
        self.assertIn("nspcc-foi", self.collate("releases"))
        service = self.restore_as_documented(service, "first")
        self.assertNotIn("nspcc-foi", self.collate("releases"))
        self.assertEqual(self.collate(*QUESTION), before)
        self.assertEqual(service.stop(), 0)
        self.adapter_of_the_kit()

        self.dpkg("--remove", *names)
        self.assertTrue((data / "collate.db").exists())
        self.assertTrue(config.exists())
        self.assertFalse(pathlib.Path("/usr/bin/collated").exists())

        self.dpkg("--purge", *names)
        self.assertFalse(data.exists())
        self.assertFalse(config.exists())
        backup = pathlib.Path("/var/backups/collate/first")
        self.assertTrue((backup / "collate.db").exists())

    def refuse_where_something_is(self):
        for path in ["/usr/bin/collated", "/etc/collate", "/var/lib/collate",
                     "/var/backups/collate", "/usr/local/lib/collate"]:
            if os.path.exists(path):
                self.skipTest(f"{path} is there: not on this machine")
        if os.geteuid() != 0:
            self.skipTest("needs root")

    def install_as_documented(self, version):
        """As GUIDE.md has it: sudo apt install, in a folder of packages."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.dir))
        for package in self.packages[version].values():
            (folder / package.name).symlink_to(package)
        command, = documented("plugins/GUIDE.md", "sudo apt install ")
        run("bash", "-c", f'sudo() {{ "$@"; }}; {command}', cwd=folder,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL)

    def restore_as_documented(self, service, name):
        """As UPGRADE.md has it, with the backup of that name. There is no
        systemctl where nothing manages services."""
        self.addCleanup(shutil.rmtree, "/var/lib/collate.broken", True)
        for line in documented("deploy/UPGRADE.md", "systemctl "):
            if line == "systemctl stop collated":
                self.assertEqual(service.stop(), 0)
            elif line == "systemctl start collated":
                service = self.start()
            elif line == "collate admin check":
                self.assertIn("clean", run("bash", "-c", line))
            else:
                run("bash", "-c", line.replace("20260131t235959z", name))
        return service

    def dpkg(self, *arguments):
        run("dpkg", *arguments, env={**os.environ,
                                     "DEBIAN_FRONTEND": "noninteractive"})

    def start(self, *arguments):
        unit = pathlib.Path("/usr/lib/systemd/system/collated.service")
        command = re.search("^ExecStart=(.*)$", unit.read_text(),
                            flags=re.M).group(1).split()
        # Where the service's user may speak to its manager.
        folder = pathlib.Path(tempfile.mkdtemp())
        folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, folder)
        service = Service([*command, *arguments], folder, "127.0.0.1:7443",
                          user="collate")
        self.addCleanup(lambda: service.process.poll() is None and
                        service.process.kill())
        service.hear("READY=1")
        return service

    def collate(self, *arguments):
        return run("/usr/bin/collate", *arguments)

    def adapter_of_the_kit(self):
        """Built in an empty folder against /usr, as GUIDE.md has it; with data
        of its own, since made-up figures never stand beside real ones."""
        data = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, data)
        shutil.chown(data, "collate", "collate")
        service = self.start("--data", data)
        work = self.dir / "my_returns"
        shutil.copytree("/usr/share/collate/sdk/template", work)
        run("cmake", "-S", work, "-B", work / "build")
        run("cmake", "--build", work / "build")
        library = work / "build/lib/collate/adapters/my_returns"
        self.assertNotIn("BROKEN", run("/usr/bin/collate-adapter-check",
                                       library / "libmy_returns.so",
                                       work / "fixtures"))
        # Its prefix is /usr/local, where the service's configuration looks.
        run("cmake", "--install", work / "build")
        self.addCleanup(shutil.rmtree,
                        "/usr/local/lib/collate/adapters/my_returns", True)
        self.assertIn("my_returns", self.collate("adapters", "reload"))
        self.collate("ingest", "--source", "my-returns", "--published",
                     "unknown", "--synthetic",
                     work / "fixtures/invented-return.csv")
        question = ["query", "offences", "--where", "offence=s15a", "--where",
                    "reporter=kent", "--period", "2023/24"]
        self.assertIn("182", self.collate(*question))
        shutil.rmtree("/usr/local/lib/collate/adapters/my_returns")
        self.collate("adapters", "reload")
        self.assertIn("182", self.collate(*question))
        self.assertIn("degraded", self.collate("sources", "--format", "csv"))
        self.assertEqual(service.stop(), 0)


if __name__ == "__main__":
    if os.environ.get("COLLATE_SANITIZE"):
        print("built with a sanitizer: not what is packaged")
        sys.exit(77)
    for tool in ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file"):
        if not shutil.which(tool):
            print(f"{tool} is not installed")
            sys.exit(77)
    install = "--install" in sys.argv
    chosen = [InstalledTest] if install else [ContentsTest, UnpackedTest]
    suite = unittest.TestSuite(
        unittest.defaultTestLoader.loadTestsFromTestCase(case)
        for case in chosen)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(0 if result.wasSuccessful() else 1)
