"""Python's gRPC with stubs made from the protocol's files alone."""

import unittest

import harness

harness.make_stubs("grpcio")
import grpc  # noqa: E402
from collate.v1 import observation_pb2  # noqa: E402
from collate.v1 import statistics_pb2  # noqa: E402
from collate.v1 import statistics_service_pb2  # noqa: E402
from google.protobuf import json_format  # noqa: E402
from google.rpc import error_details_pb2  # noqa: E402
from google.rpc import status_pb2  # noqa: E402


class Grpcio(harness.StubTest):

    def query(self, view=statistics_pb2.VIEW_BASIC, **changes):
        request = statistics_service_pb2.QueryStatisticsRequest(view=view)
        json_format.ParseDict(dict(harness.QUERY, **changes), request.query)
        return self.stub.QueryStatistics(request, timeout=30)

    def test_complete_cell(self):
        answer = self.query()
        self.assertEqual(len(answer.cells), 1)
        cell = answer.cells[0]
        self.assertEqual(cell.state, observation_pb2.STATE_REPORTED)
        self.assertEqual(cell.reported, 4429)
        self.assertEqual((cell.panel_bounds.lower, cell.panel_bounds.upper),
                         (4429, 4429))
        self.assertEqual((cell.coverage.complete, cell.coverage.due,
                          cell.coverage.expected), (43, 43, 43))

    def test_missing_reporters_are_named_and_no_number_is_zero(self):
        answer = self.query(panel="uk-territorial-forces",
                            group_by=["reporter"])
        self.assertEqual(len(answer.cells), 45)
        missing = {cell.coordinates[0].member: cell for cell in answer.cells
                   if cell.state != observation_pb2.STATE_REPORTED}
        self.assertEqual(set(missing), {"police-scotland", "psni"})
        for cell in missing.values():
            self.assertEqual(cell.state, observation_pb2.STATE_NO_RELEASE)
            self.assertFalse(cell.HasField("reported"))
            self.assertEqual(cell.coverage.complete, 0)

    def test_citations_lead_to_printed_tokens_that_add_up(self):
        cell = self.query(view=statistics_pb2.VIEW_CITED).cells[0]
        self.assertEqual(len(cell.citations), cell.citation_count)
        self.assertEqual(len(cell.citations), 43 * 4)
        self.assertEqual(
            sum(int(citation.raw) for citation in cell.citations), 4429)

    def test_errors_carry_reason_and_field(self):
        with self.assertRaises(grpc.RpcError) as raised:
            self.query(measures=["offence"])
        error = raised.exception
        self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        rich = status_pb2.Status.FromString(
            dict(error.trailing_metadata())["grpc-status-details-bin"])
        info = error_details_pb2.ErrorInfo()
        request = error_details_pb2.BadRequest()
        for detail in rich.details:
            for message in (info, request):
                if detail.Is(message.DESCRIPTOR):
                    detail.Unpack(message)
        self.assertEqual(info.reason, "UNKNOWN_MEASURE")
        self.assertEqual(info.domain, "collate")
        self.assertIn("measures", request.field_violations[0].field)


if __name__ == "__main__":
    unittest.main()
