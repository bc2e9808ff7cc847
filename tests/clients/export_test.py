"""Exports read by programs that are not ours: Python's csv, json and hashlib.

Every format gives the numbers that gRPC gives, for a real file and for the
worked example of four reporters, of which some have no number.
"""

import csv
import hashlib
import io
import json
import unittest

import harness

harness.make_stubs("export")
from collate.v1 import export_pb2  # noqa: E402
from collate.v1 import observation_pb2  # noqa: E402
from collate.v1 import statistics_pb2  # noqa: E402
from collate.v1 import statistics_service_pb2  # noqa: E402

STRUCTURES = json.loads(
    (harness.BINARY_DIR / "share/collate/sdmx/structures.sdmx.json")
    .read_text())["data"]["dataStructures"]
# The letters of CL_OBS_STATUS 2.2 and CL_CONF_STATUS 1.2.
OBS_STATUS = set("ABDEFGHIJKLMNOPQSUVW")
CONF_STATUS = set("FNCDSAOTGMEPRQ")


def number(text):
    return int(text) if text else None


def state_name(state):
    return observation_pb2.State.Name(state).removeprefix("STATE_")


def columns(structure):
    """What the shipped definition says that a file of it has."""
    parts = next(one for one in STRUCTURES
                 if one["id"] == structure)["dataStructureComponents"]
    return (["STRUCTURE", "STRUCTURE_ID", "ACTION"]
            + [one["id"] for one in parts["dimensionList"]["dimensions"]]
            + [parts["dimensionList"]["timeDimension"]["id"]]
            + [one["id"] for one in parts["measureList"]["measures"]]
            + [one["id"] for one in parts["attributeList"]["attributes"]])


def sdmx_rows(text, structure):
    reader = csv.DictReader(io.StringIO(text), strict=True)
    rows = list(reader)
    assert reader.fieldnames == columns(structure), reader.fieldnames
    version = next(one["version"] for one in STRUCTURES
                   if one["id"] == structure)
    for row in rows:
        assert row["STRUCTURE_ID"] == f"COLLATE:{structure}({version})", row
        assert row["OBS_STATUS"] in OBS_STATUS, row
        assert row["CONF_STATUS"] in CONF_STATUS, row
    return rows


def gss_rows(text):
    """The block as pairs, and the table as rows by column."""
    lines = csv.reader(io.StringIO(text), strict=True)
    block = []
    for line in lines:
        if not line:
            break
        block.append(line)
    names = next(lines)
    return block, [dict(zip(names, line, strict=True)) for line in lines]


def json_stat_cells(text):
    """{(member of each dimension): (value or None, state, extension)}."""
    data = json.loads(text)
    assert (data["version"], data["class"]) == ("2.0", "dataset")
    cells = {}
    for position, state in data["status"].items():
        rest, key = int(position), []
        for name, size in reversed(list(zip(data["id"], data["size"],
                                            strict=True))):
            members = data["dimension"][name]["category"]["index"]
            assert len(members) == size
            key.append(members[rest % size])
            rest //= size
        cells[tuple(reversed(key))] = (
            data["value"].get(position), state,
            data["extension"]["collate"]["cells"][position])
    assert set(data["value"]) <= set(data["status"])
    return data, cells


class Exports:
    """What holds whatever the service has been given."""

    SYNTHETIC = False
    QUESTIONS = ()

    FLAGS = ("--adapters", harness.BINARY_DIR / "tests/adapters",
             "--site", harness.SOURCE_DIR / "tests/data/synthetic/site")

    def observations(self, measure="offences"):
        request = export_pb2.ExportObservationsRequest(measures=[measure])
        parts = list(self.stub.ExportObservations(request, timeout=60))
        return parts

    def printed(self):
        """{(release, place): (value or None, lower, upper, state)}."""
        result = {}
        for part in self.observations():
            for one in part.batch.observations:
                result[one.citation.release, one.citation.locator] = (
                    one.value if one.HasField("value") else None,
                    one.bounds.lower if one.bounds.HasField("lower") else None,
                    one.bounds.upper if one.bounds.HasField("upper") else None,
                    state_name(one.state))
        return result

    def test_the_stream_proves_its_end(self):
        parts = self.observations()
        self.assertEqual(parts[0].WhichOneof("part"), "header")
        self.assertEqual(parts[-1].WhichOneof("part"), "footer")
        digest, count = hashlib.sha256(), 0
        for part in parts[1:-1]:
            content = part.batch.SerializeToString()
            digest.update(len(content).to_bytes(8, "little"))
            digest.update(content)
            count += len(part.batch.observations)
        self.assertEqual(parts[-1].footer.sha256, digest.hexdigest())
        self.assertEqual(parts[-1].footer.observation_count, count)
        self.assertEqual(parts[0].header.observation_count, count)
        self.assertGreater(count, 0)

    def test_csv_has_every_printed_cell(self):
        block, rows = gss_rows(self.service.collate("export", "offences"))
        self.assertEqual(block[0], ["collate export", "observations"])
        self.assertEqual("SYNTHETIC" in dict(block), self.SYNTHETIC)
        self.assertEqual(
            {(row["releases"], row["locator"]): (
                number(row["value"]), number(row["lower"]),
                number(row["upper"]), row["state"]) for row in rows},
            self.printed())
        for row in rows:
            self.assertEqual(row["value"] == "",
                             row["value_marker"] in ("[c]", "[x]", "[z]"))

    def test_sdmx_csv_has_every_printed_cell(self):
        rows = sdmx_rows(self.service.collate("export", "offences", "--format",
                                              "sdmx-csv"), "OBSERVATIONS")
        self.assertEqual(
            {(row["RELEASE"], row["LOCATOR"]): (
                number(row["OBS_VALUE"]), number(row["LOWER"]),
                number(row["UPPER"]), row["STATE"]) for row in rows},
            self.printed())

    def test_ndjson_has_every_printed_cell(self):
        lines = [json.loads(line) for line in self.service.collate(
            "export", "offences", "--format", "ndjson").splitlines()]
        self.assertIn("header", lines[0])
        self.assertEqual(int(lines[-1]["footer"]["observationCount"]),
                         len(lines) - 2)

        def end(one, name):
            return number(one.get("bounds", {}).get(name))

        self.assertEqual(
            {(one["citation"]["release"], one["citation"]["locator"]): (
                number(one.get("value")), end(one, "lower"), end(one, "upper"),
                one["state"].removeprefix("STATE_"))
             for one in (line["observation"] for line in lines[1:-1])},
            self.printed())

    def test_json_stat_has_every_printed_cell(self):
        data, cells = json_stat_cells(self.service.collate(
            "export", "offences", "--format", "json-stat"))
        release = data["id"].index("release")
        self.assertEqual(
            {(key[release], more["locator"]): (
                value, number(more.get("lower")), number(more.get("upper")),
                state) for key, (value, state, more) in cells.items()},
            self.printed())
        self.assertEqual(data["extension"]["collate"]["synthetic"],
                         self.SYNTHETIC)

    def answer(self, panel, period, offence, *group_by):
        """Cells by gRPC, and the same question as words."""
        query = statistics_pb2.StatisticsQuery(
            measures=["offences"], periods=[period], panel=panel,
            group_by=group_by)
        words = ["query", "offences", "--period", period, "--panel", panel]
        if offence:
            query.filters.add(dimension="offence", members=[offence])
            words += ["--where", f"offence={offence}"]
        for dimension in group_by:
            words += ["--by", dimension]
        cells = self.stub.QueryStatistics(
            statistics_service_pb2.QueryStatisticsRequest(query=query),
            timeout=30).cells

        def ends(interval):
            return tuple(
                getattr(interval, end) if interval.HasField(end) else None
                for end in ("lower", "upper"))

        return words, {
            cell.coordinates[0].member if cell.coordinates else "_T": (
                cell.reported if cell.HasField("reported") else None,
                *ends(cell.reported_bounds), *ends(cell.panel_bounds),
                cell.coverage.complete, cell.coverage.due,
                cell.coverage.expected, state_name(cell.state))
            for cell in cells}

    def test_answers_in_sdmx_csv_have_the_numbers_of_grpc(self):
        for question in self.QUESTIONS:
            words, expected = self.answer(*question)
            rows = sdmx_rows(self.service.collate(*words, "--format",
                                                  "sdmx-csv"), "ANSWERS")
            self.assertEqual(
                {row["REPORTER"]: (*(number(row[name]) for name in (
                    "OBS_VALUE", "LOWER", "UPPER", "PANEL_LOWER",
                    "PANEL_UPPER", "COV_COMPLETE", "COV_DUE",
                    "COV_EXPECTED")), row["STATE"]) for row in rows}, expected)
            panel, _, offence = question[:3]
            for row in rows:
                self.assertEqual(row["UNIVERSE"], "_T")
                self.assertEqual(row["PANEL"], panel)
                self.assertRegex(row["ANSWER"], "^answers/[0-9a-f]{64}$")
                self.assertEqual(row["BREAKDOWN"],
                                 f"offence={offence}" if offence else "_T")
                self.assertEqual(row["DOCUMENT"] == "", row["LOCATOR"] == "")

    def test_no_two_questions_have_one_key(self):
        keys = set()
        parts = next(one for one in STRUCTURES if one["id"] == "ANSWERS")[
            "dataStructureComponents"]["dimensionList"]
        names = [one["id"] for one in parts["dimensions"]]
        names.append(parts["timeDimension"]["id"])
        for question in self.QUESTIONS:
            words, _ = self.answer(*question)
            rows = sdmx_rows(self.service.collate(*words, "--format",
                                                  "sdmx-csv"), "ANSWERS")
            found = {tuple(row[name] for name in names) for row in rows}
            self.assertEqual(len(found), len(rows))
            self.assertFalse(found & keys)
            keys |= found

    def test_answers_in_gss_csv_have_the_numbers_of_grpc(self):
        for question in self.QUESTIONS:
            words, expected = self.answer(*question)
            block, rows = gss_rows(self.service.collate(*words, "--format",
                                                        "gss-csv"))
            self.assertEqual(
                {row.get("reporter", "_T"): (*(number(row[name]) for name in (
                    "value", "lower", "upper", "panel_lower", "panel_upper",
                    "reporters_complete", "reporters_due",
                    "reporters_expected")), row["state"]) for row in rows},
                expected)
            self.assertEqual("SYNTHETIC" in dict(block), self.SYNTHETIC)

    def test_answers_in_json_stat_have_the_numbers_of_grpc(self):
        for question in self.QUESTIONS:
            words, expected = self.answer(*question)
            data, cells = json_stat_cells(self.service.collate(
                *words, "--format", "json-stat"))
            found = {}
            for key, (value, state, more) in cells.items():
                coverage = more["coverage"]
                reporter = (key[data["id"].index("reporter")]
                            if "reporter" in data["id"] else "_T")
                found[reporter] = (
                    value, *(number(more.get(name)) for name in (
                        "lower", "upper", "panel_lower", "panel_upper")),
                    coverage["complete"], coverage["due"],
                    coverage["expected"], state)
            self.assertEqual(found, expected)


class RealFile(Exports, harness.StubTest):

    QUESTIONS = (("england-wales-forces", "2017/18", "88A", "reporter"),
                 ("uk-territorial-forces", "2017/18", "88A", "reporter"),
                 ("england-wales-forces", "2017/18", "88A"))

    def test_the_printed_cells_add_up(self):
        self.assertEqual(sum(one[0] for one in self.printed().values()), 4444)


class FourReporters(Exports, harness.StubTest):

    SYNTHETIC = True
    QUESTIONS = (("synthetic-four", "2023/24", ""),
                 ("synthetic-four", "2023/24", "", "reporter"))

    @classmethod
    def ingest(cls):
        cls.service.ingest_four_reporters()

    def test_the_worked_example(self):
        _, cells = self.answer("synthetic-four", "2023/24", "")
        self.assertEqual(cells["_T"][:8], (80, 81, 84, 111, None, 2, 4, 4))


if __name__ == "__main__":
    unittest.main()
