"""What the service refuses, as one kind of exception."""

from __future__ import annotations

import dataclasses

import grpc

from google.rpc import error_details_pb2
from google.rpc import status_pb2


@dataclasses.dataclass
class CollateError(Exception):
    """A call that was not answered.

    `reason` is stable, e.g. "UNKNOWN_MEMBER", and is what programs look at;
    `message` is for people. `metadata` has what can be acted upon, such as
    "near_matches", and `fields` which part of the request is at fault.
    """

    code: grpc.StatusCode
    reason: str
    message: str
    metadata: dict[str, str] = dataclasses.field(default_factory=dict)
    fields: dict[str, str] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        parts = [f"{self.message} [{self.reason or self.code.name}]"]
        parts += [f"{path}: {what}" for path, what in self.fields.items()]
        return "; ".join(parts)


def from_rpc(error: grpc.RpcError) -> CollateError:
    """Unpacks google.rpc.Status where the service sent one."""
    result = CollateError(error.code(), "", error.details() or "")
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        for detail in status_pb2.Status.FromString(value).details:
            info = error_details_pb2.ErrorInfo()
            request = error_details_pb2.BadRequest()
            if detail.Is(info.DESCRIPTOR):
                detail.Unpack(info)
                result.reason = info.reason
                result.metadata = dict(info.metadata)
            elif detail.Is(request.DESCRIPTOR):
                detail.Unpack(request)
                result.fields = {one.field: one.description
                                 for one in request.field_violations}
    return result
