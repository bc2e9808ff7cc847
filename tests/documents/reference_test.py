"""The reference names everything that is public, each with a comment."""

import os
import pathlib
import re
import unittest

SOURCE_DIR = pathlib.Path(os.environ["COLLATE_SOURCE_DIR"])
REFERENCE = (pathlib.Path(os.environ["COLLATE_BINARY_DIR"])
             / "share/doc/collate/REFERENCE.md").read_text()
HEADINGS = re.findall(r"^#{2,3} (\S+)$", REFERENCE, re.M)


class Reference(unittest.TestCase):

    def test_every_method_message_and_enum_is_there(self):
        for path in (SOURCE_DIR / "protos/collate/v1").glob("*.proto"):
            text = path.read_text()
            for kind, name in re.findall(
                    r"^(service|message|enum) (\w+)", text, re.M):
                with self.subTest(file=path.name, kind=kind, name=name):
                    self.assertIn(name, HEADINGS)
            for name in re.findall(r"^  rpc (\w+)", text, re.M):
                self.assertIn(f"| `{name}` |", REFERENCE)

    def test_everything_has_a_comment(self):
        for row in re.findall(r"^\| `.*\|$", REFERENCE, re.M):
            self.assertRegex(row, r"\| [^|]*\S[^|]* \|$|\\\|.* \|$")
        for heading, following in re.findall(
                r"^#{2,3} (\S+)\n\n(.*)$", REFERENCE, re.M):
            with self.subTest(heading=heading):
                self.assertNotEqual(following.strip(), "")

    def test_every_link_leads_somewhere(self):
        anchors = {heading.replace(".", "").lower() for heading in HEADINGS}
        links = re.findall(r"\]\(#([^)]*)\)", REFERENCE)
        self.assertGreater(len(links), 100)
        self.assertLessEqual(set(links), anchors)


class Documents(unittest.TestCase):

    def test_links_between_documents_lead_to_files(self):
        documents = [path for path in SOURCE_DIR.rglob("*.md")
                     if not {"node_modules", "build"} & set(path.parts)]
        self.assertGreater(len(documents), 10)
        for path in documents:
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)",
                                     path.read_text()):
                if "://" in target:
                    continue
                with self.subTest(document=path.name, target=target):
                    self.assertTrue((path.parent / target).exists())


if __name__ == "__main__":
    unittest.main()
