"""One question, asked by every client over every protocol: one answer."""

import json
import os
import subprocess
import unittest

import harness

BUF = harness.buf()
harness.make_stubs("same_answers")
from collate.v1 import statistics_pb2  # noqa: E402
from collate.v1 import statistics_service_pb2  # noqa: E402
from google.protobuf import json_format  # noqa: E402

import node_test  # noqa: E402

METHOD = "collate.v1.StatisticsService/QueryStatistics"
REQUEST = {
    "query": dict(harness.QUERY, panel="uk-territorial-forces",
                  groupBy=["reporter"]),
    "view": "VIEW_CITED",
}


class SameAnswers(harness.StubTest):

    def setUp(self):
        request = json_format.ParseDict(
            REQUEST, statistics_service_pb2.QueryStatisticsRequest())
        answer = self.stub.QueryStatistics(request, timeout=30)
        self.assertEqual(len(answer.cells), 45)
        self.grpcio = json_format.MessageToDict(answer)

    def buf_curl(self, *words):
        done = subprocess.run(
            [BUF, "curl", *words, "-d", json.dumps(REQUEST)],
            env=dict(os.environ, NO_PROXY="127.0.0.1"),
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_buf_curl_over_grpc(self):
        self.assertEqual(self.buf_curl(
            "--http2-prior-knowledge", "--protocol", "grpc",
            f"http://{self.service.address}/{METHOD}"), self.grpcio)

    def test_buf_curl_over_connect(self):
        self.assertEqual(self.buf_curl(
            "--protocol", "connect", "--schema", harness.SOURCE_DIR / "protos",
            f"{self.service.http}/{METHOD}"), self.grpcio)

    def test_plain_json_over_http(self):
        status, _, answer = self.service.call(METHOD, REQUEST)
        self.assertEqual(status, 200)
        self.assertEqual(answer, self.grpcio)

    def test_clients_of_node(self):
        done = node_test.run_node(
            self.service, "same_answers", json.dumps(REQUEST))
        self.assertEqual(done.returncode, 0, done.stderr)
        answers = json.loads(done.stdout)
        self.assertEqual(set(answers), {
            "grpc-js", "connect-node over gRPC", "connect-node over Connect",
            "connect-web in JSON", "connect-web in protobuf"})
        for client, answer in answers.items():
            with self.subTest(client=client):
                self.assertEqual(answer, self.grpcio)


if __name__ == "__main__":
    unittest.main()
