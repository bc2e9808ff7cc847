"""Calls over HTTP as any program makes them, and what operators look at."""

import base64
import unittest

import harness

EXCERPT = (harness.SOURCE_DIR / "tests/data/police"
           / "prc-pfa-mar2013-onwards-tables201718-88A.csv")
RELEASE = {"source": "home-office-prc", "publishTimeUnknown": {}}
INGEST = "collate.v1.IngestionService/IngestDocument"
QUERY = "collate.v1.StatisticsService/QueryStatistics"


class Http(harness.ServiceTest):

    @classmethod
    def ingest(cls):
        pass

    def hand_in(self, **changes):
        return self.service.call(INGEST, {
            "release": RELEASE,
            "document": {"name": EXCERPT.name},
            "content": base64.b64encode(EXCERPT.read_bytes()).decode(),
            **changes})

    def test_a_document_in_one_message_answers_like_one_in_many(self):
        status, _, answer = self.hand_in(validateOnly=True)
        self.assertEqual(status, 200, answer)
        self.assertNotIn("published", answer["report"])
        status, _, nothing = self.service.call(QUERY, {"query": harness.QUERY})
        self.assertEqual(status, 200)
        self.assertNotEqual(nothing["cells"][0]["state"], "STATE_REPORTED")

        status, _, answer = self.hand_in()
        self.assertEqual(status, 200, answer)
        self.assertTrue(answer["report"]["published"])
        status, _, answer = self.service.call(QUERY, {"query": harness.QUERY})
        self.assertEqual(answer["cells"][0]["reported"], "4429")
        self.assertEqual(answer["cells"][0]["coverage"]["complete"], 43)

    def test_what_is_stated_of_a_document_is_held_against_it(self):
        status, _, error = self.hand_in(
            document={"name": EXCERPT.name, "sha256": "0" * 64})
        self.assertEqual(status, 400)
        self.assertEqual(error["details"][0]["debug"]["reason"],
                         "DIGEST_MISMATCH")
        status, _, error = self.hand_in(
            document={"name": EXCERPT.name, "byteCount": "3"})
        self.assertEqual(status, 400)
        self.assertEqual(error["code"], "invalid_argument")

    def test_errors_name_field_and_near_matches(self):
        query = dict(harness.QUERY, measures=["offence"])
        status, headers, error = self.service.call(
            QUERY, {"query": query}, {"x-request-id": "http-test"})
        self.assertEqual(status, 400)
        self.assertEqual(headers["x-request-id"], "http-test")
        info, request = [detail["debug"] for detail in error["details"]]
        self.assertEqual(info["reason"], "UNKNOWN_MEASURE")
        self.assertIn("offences", info["metadata"]["near_matches"])
        self.assertIn("measures", request["fieldViolations"][0]["field"])

    def test_metrics_tell_calls_and_state(self):
        self.service.call("collate.v1.CatalogueService/ListMeasures", {})
        status, headers, text = self.service.fetch("/metrics")
        self.assertEqual(status, 200)
        self.assertIn("version=0.0.4", headers["content-type"])
        names = {line.split("{")[0].split(" ")[0]
                 for line in text.splitlines() if not line.startswith("#")}
        for name in ("collate_rpcs_total", "collate_rpc_duration_seconds_bucket",
                     "collate_calls_refused_total", "collate_releases",
                     "collate_snapshot_bytes", "collate_executor_pending",
                     "collate_workers_running", "collate_connections",
                     "collate_audit_lost_total"):
            self.assertIn(name, names)
        # Each is told with what it is.
        helped = {line.split(" ")[2] for line in text.splitlines()
                  if line.startswith("# HELP")}
        for name in names:
            stem = name.removesuffix("_bucket").removesuffix(
                "_sum").removesuffix("_count")
            self.assertIn(stem, helped)

    def test_probes_answer(self):
        self.assertEqual(self.service.fetch("/healthz")[::2], (200, "ok\n"))
        self.assertEqual(self.service.fetch("/readyz")[::2], (200, "ready\n"))


if __name__ == "__main__":
    unittest.main()
