"""collate_client, the pandas helper, against the real daemon."""

import os
import subprocess
import sys
import threading
import unittest

import harness

try:
    import pandas as pd
except ImportError as missing:
    harness.skip(f"python3-pandas is not installed: {missing}")

PYTHON = harness.SOURCE_DIR / "client/python"
STUBS = harness.BINARY_DIR / "tests/clients/python/helper"


def make_stubs():
    try:
        import grpc  # noqa: F401
    except ImportError as missing:
        harness.skip(f"python3-grpcio is not installed: {missing}")
    if not os.environ["COLLATE_GRPC_PYTHON_PLUGIN"]:
        harness.skip("protobuf-compiler-grpc is not installed")
    subprocess.run(
        [PYTHON / "make_stubs", STUBS], check=True,
        env=dict(os.environ, PROTOC=os.environ["COLLATE_PROTOC"],
                 GRPC_PYTHON_PLUGIN=os.environ["COLLATE_GRPC_PYTHON_PLUGIN"]))


make_stubs()
sys.path[:0] = [str(PYTHON), str(STUBS)]
import grpc  # noqa: E402
from concurrent import futures  # noqa: E402

import collate_client  # noqa: E402
from collate.v1 import statistics_service_pb2  # noqa: E402
from collate.v1 import statistics_service_pb2_grpc  # noqa: E402


class PythonClient(harness.ServiceTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls.enterClassContext(
            collate_client.Client(cls.service.address, timeout=30))

    def query(self, **changes):
        asked = dict(where={"offence": "88A"}, periods=["2017/18"],
                     panel="england-wales-forces")
        return self.client.query("offences", **(asked | changes))

    def test_a_frame_has_number_bounds_state_and_coverage(self):
        answer = self.query()
        self.assertEqual(len(answer.frame), 1)
        row = answer.frame.iloc[0]
        self.assertEqual(
            (row["value"], row["lower"], row["upper"], row["panel_lower"],
             row["panel_upper"]), (4429,) * 5)
        self.assertEqual((row["state"], row["coverage"]),
                         ("REPORTED", "43 of 43"))
        self.assertEqual(row["period_start"], pd.Timestamp(2017, 4, 1))
        self.assertTrue(answer.name.startswith("answers/"))

    def test_missing_is_na_and_never_zero(self):
        table = self.query(panel="uk-territorial-forces",
                           by=["reporter"]).frame
        self.assertEqual(len(table), 45)
        missing = table[table.value.isna()]
        self.assertEqual(set(missing.reporter), {"police-scotland", "psni"})
        self.assertEqual(set(missing.state), {"NO_RELEASE"})
        for name in ("value", "lower", "upper", "panel_upper"):
            self.assertTrue(missing[name].isna().all(), name)
            self.assertEqual(str(table[name].dtype), "Int64")
        self.assertEqual(table.value.sum(), 4429)
        self.assertEqual(missing.iloc[0].missing[0][1], "NO_RELEASE")

    def test_citations_add_up_to_the_number(self):
        answer = self.query()
        self.assertEqual(len(answer.citations), 43 * 4)
        self.assertEqual(answer.citations.raw.astype(int).sum(), 4429)
        self.assertEqual(set(answer.citations.release), set(answer.releases))
        self.assertEqual(len(self.query(cited=False).citations), 0)

    def test_a_change_has_both_its_bases(self):
        table = self.query(
            periods=["2017/18 Q4"],
            derive=[collate_client.Change("2017/18 Q1")]).frame
        row = table.iloc[0]
        self.assertEqual(row["change_matched_outcome"], "GIVEN")
        self.assertAlmostEqual(row["change_matched_lower"],
                               100 * (1363 - 893) / 893, places=4)
        self.assertEqual(row["change_published_outcome"], "GIVEN")

    def test_a_share_needs_a_base_and_an_absent_one_is_na(self):
        table = self.client.query(
            "platform_uses", by=["platform"],
            where={"platform": "snapchat"}, universe="platform_known",
            periods=["2017/18"], panel="england-wales-forces",
            derive=[collate_client.Share("platform", "KNOWN_OFFENCES")]).frame
        self.assertEqual(set(table.share_outcome), {"NOT_DETERMINABLE"})
        self.assertTrue(table.share_lower.isna().all())

    def test_an_error_has_reason_metadata_and_field(self):
        with self.assertRaises(collate_client.CollateError) as raised:
            self.query(where={"offence": "88Z"})
        error = raised.exception
        self.assertEqual(error.code, grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(error.reason, "UNKNOWN_MEMBER")
        self.assertIn("88A", error.metadata["near_matches"])
        self.assertIn("query.filters[0].members[0]", error.fields)

    def test_the_catalogue_is_frames(self):
        self.assertIn("offences", set(self.client.measures().measure))
        reporters = self.client.members("reporter")
        self.assertIn("Kent", set(reporters.title))

    def test_a_token_is_not_sent_in_the_clear(self):
        with self.assertRaises(ValueError):
            collate_client.Client("example.org:7443", token="secret")

    def test_the_example_runs(self):
        ended = subprocess.run(
            ["/usr/bin/python3", "-B", PYTHON / "example.py"],
            env=dict(os.environ, COLLATE_SERVER=self.service.address,
                     PYTHONPATH=f"{PYTHON}:{STUBS}"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
            encoding="utf-8")
        self.assertIn("sum of what is printed: 4429", ended.stdout)
        self.assertIn("UNKNOWN_MEMBER", ended.stdout)
        self.assertIn("<NA>", ended.stdout)


class Failing(statistics_service_pb2_grpc.StatisticsServiceServicer):
    """Refuses the first calls as the service does while it stops or is busy."""

    def __init__(self):
        self.refusals = []
        self.calls = 0
        self.pages = 1
        self.silent = False

    def QueryStatistics(self, request, context):
        self.calls += 1
        if self.silent:
            given_up = threading.Event()
            context.add_callback(given_up.set)
            given_up.wait()
        if self.refusals:
            code, pushback = self.refusals.pop(0)
            if pushback is not None:
                context.set_trailing_metadata(
                    (("grpc-retry-pushback-ms", pushback),))
            context.abort(code, "not now")
        page = statistics_service_pb2.QueryStatisticsResponse(name="answers/1")
        second = request.page_token != ""
        page.caveats.add(code="NO_PANEL", message="none")
        page.caveats.add(code="SERIES_BREAK", message=f"page {second}")
        page.releases.append(f"sources/s/releases/{1 - second}")
        if self.pages == 2 and not second:
            page.next_page_token = "2"
        return page


class Retries(unittest.TestCase):
    """The published service config, of which this client is one user."""

    def setUp(self):
        self.servicer = Failing()
        server = grpc.server(futures.ThreadPoolExecutor(2))
        statistics_service_pb2_grpc.add_StatisticsServiceServicer_to_server(
            self.servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.port = port
        self.addCleanup(lambda: server.stop(None).wait())
        self.client = self.enterContext(
            collate_client.Client(f"127.0.0.1:{port}", timeout=30))

    def ask(self, *refusals):
        self.servicer.refusals = list(refusals)
        return self.client.query("offences", periods=["2017/18"])

    def test_who_stops_is_asked_again(self):
        answer = self.ask((grpc.StatusCode.UNAVAILABLE, None),
                          (grpc.StatusCode.UNAVAILABLE, None))
        self.assertEqual((answer.name, self.servicer.calls), ("answers/1", 3))

    def test_who_is_busy_says_when(self):
        answer = self.ask((grpc.StatusCode.RESOURCE_EXHAUSTED, "20"))
        self.assertEqual((answer.name, self.servicer.calls), ("answers/1", 2))

    def test_what_is_over_a_limit_is_not_asked_again(self):
        with self.assertRaises(collate_client.CollateError):
            self.ask((grpc.StatusCode.RESOURCE_EXHAUSTED, "-1"))
        self.assertEqual(self.servicer.calls, 1)

    def test_a_mistake_is_not_asked_again(self):
        with self.assertRaises(collate_client.CollateError):
            self.ask((grpc.StatusCode.INVALID_ARGUMENT, None))
        self.assertEqual(self.servicer.calls, 1)

    def test_caveats_and_releases_are_those_of_all_pages(self):
        self.servicer.pages = 2
        answer = self.ask()
        self.assertEqual(answer.caveats, (("NO_PANEL", "none"),
                                          ("SERIES_BREAK", "page False"),
                                          ("SERIES_BREAK", "page True")))
        self.assertEqual(answer.releases, ("sources/s/releases/0",
                                           "sources/s/releases/1"))

    def test_a_deadline_is_an_error_and_ends_all(self):
        self.servicer.silent = True
        with collate_client.Client(f"127.0.0.1:{self.port}",
                                   timeout=0.2) as hasty:
            with self.assertRaises(collate_client.CollateError) as raised:
                hasty.query("offences", periods=["2017/18"])
        self.assertEqual(raised.exception.code,
                         grpc.StatusCode.DEADLINE_EXCEEDED)
        self.assertEqual(self.servicer.calls, 1)

    def test_there_is_an_end(self):
        with self.assertRaises(collate_client.CollateError):
            self.ask(*[(grpc.StatusCode.UNAVAILABLE, "1")] * 9)
        self.assertEqual(self.servicer.calls, 4)


if __name__ == "__main__":
    unittest.main()
