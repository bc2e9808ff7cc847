"""buf curl, which knows nothing but what reflection tells it."""

import json
import os
import subprocess
import unittest

import harness

BUF = harness.buf()
SERVICES = {
    "collate.v1.CatalogueService",
    "collate.v1.IngestionService",
    "collate.v1.OperationsService",
    "collate.v1.StatisticsService",
    "grpc.health.v1.Health",
}


class BufCurl(harness.ServiceTest):

    def curl(self, method, *arguments):
        # A web proxy of the environment has no part in this.
        environment = dict(os.environ, NO_PROXY="127.0.0.1")
        return subprocess.run(
            [BUF, "curl", "--http2-prior-knowledge", "--protocol", "grpc",
             *arguments, f"http://{self.service.address}/{method}"],
            cwd=self.service._directory.name, env=environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def call(self, method, request):
        done = self.curl(method, "-d", json.dumps(request))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_reflection_lists_every_service(self):
        done = self.curl("", "--list-services")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLessEqual(SERVICES, set(done.stdout.split()))

    def test_query_gives_number_state_and_coverage(self):
        answer = self.call("collate.v1.StatisticsService/QueryStatistics",
                           {"query": harness.QUERY})
        self.assertEqual(len(answer["cells"]), 1)
        cell = answer["cells"][0]
        self.assertEqual(cell["state"], "STATE_REPORTED")
        self.assertEqual(cell["reported"], "4429")
        self.assertEqual(cell["panelBounds"],
                         {"lower": "4429", "upper": "4429"})
        self.assertEqual(cell["coverage"]["complete"], 43)
        self.assertEqual(cell["coverage"]["due"], 43)

    def test_health_is_described_and_serving(self):
        answer = self.call("grpc.health.v1.Health/Check", {})
        self.assertEqual(answer["status"], "SERVING")

    def test_unknown_member_is_a_typed_error(self):
        query = dict(harness.QUERY,
                     filters=[{"dimension": "offence", "members": ["88B9"]}])
        done = self.curl("collate.v1.StatisticsService/QueryStatistics",
                         "-d", json.dumps({"query": query}))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("invalid_argument", done.stderr)
        self.assertIn("88B9", done.stderr)


if __name__ == "__main__":
    unittest.main()
