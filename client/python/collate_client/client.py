"""The service as Python sees it."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any, Callable, Mapping, Sequence, Union

import grpc
import pandas as pd

from collate.v1 import catalogue_service_pb2
from collate.v1 import catalogue_service_pb2_grpc
from collate.v1 import derivation_pb2
from collate.v1 import statistics_pb2
from collate.v1 import statistics_service_pb2
from collate.v1 import statistics_service_pb2_grpc

from . import errors
from . import frames

# Which calls are made again, and when; of the clients of all languages.
SERVICE_CONFIG = pathlib.Path(__file__).parents[2] / "service_config.json"
# One cell may carry thousands of citations.
MAX_MESSAGE_BYTES = 256 << 20

Members = Union[str, Sequence[str]]


@dataclasses.dataclass(frozen=True)
class Change:
    """The change on a base period, over a matched panel and as published."""

    base_period: str
    match: str = "ALL_PERIODS"  # FIXED_BASE, PAIRWISE

    def _add(self, query: Any) -> None:
        change = query.derivations.add().change
        change.base_period = self.base_period
        change.match = derivation_pb2.MatchMethod.Value(
            "MATCH_METHOD_" + self.match)


@dataclasses.dataclass(frozen=True)
class Share:
    """A share of a dimension's members. The base has no default."""

    dimension: str
    base: str  # KNOWN_OFFENCES, ALL_OFFENCES, MENTIONS

    def _add(self, query: Any) -> None:
        share = query.derivations.add().share
        share.dimension = self.dimension
        share.base = derivation_pb2.ShareBase.Value(
            "SHARE_BASE_" + self.base)


@dataclasses.dataclass(frozen=True)
class Answer:
    """All of an answer.

    `frame` has a row for each cell. `value` is the sum of the printed figures,
    `lower` and `upper` what those reporters' figures can come to,
    `panel_lower` and `panel_upper` what the whole panel's can. An absent number
    is pandas.NA.
    """

    name: str  # "answers/...": the service gives it again under this name
    frame: pd.DataFrame
    citations: pd.DataFrame
    caveats: tuple[tuple[str, str], ...]  # codes and what they mean here
    releases: tuple[str, ...]


class Client:
    """A connection. Thread-safe; close it, or use it in a `with`.

    `ca`, `certificate` and `key` are paths of PEM files; with `tls` or `ca` the
    connection is encrypted. A bearer token is shown only over an encrypted
    connection, or to this machine. `timeout` is in seconds, for each call and
    all that is made again of it.
    """

    def __init__(self, server: str = "127.0.0.1:7443", *, tls: bool = False,
                 ca: str | None = None, certificate: str | None = None,
                 key: str | None = None, token: str | None = None,
                 timeout: float = 60.0) -> None:
        def read(path: str | None) -> bytes | None:
            return pathlib.Path(path).read_bytes() if path else None

        encrypted = tls or ca is not None or certificate is not None
        host = server.rsplit(":", 1)[0]
        local = (server.startswith("unix:")
                 or host in ("127.0.0.1", "[::1]", "localhost"))
        if token and not encrypted and not local:
            raise ValueError(f"a token is not sent to {server} without "
                             "encryption; give tls=True")
        options = [
            ("grpc.service_config", SERVICE_CONFIG.read_text()),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            # A web proxy of the environment has no part in this.
            ("grpc.enable_http_proxy", 0),
        ]
        if encrypted:
            self._channel = grpc.secure_channel(
                server, grpc.ssl_channel_credentials(
                    read(ca), read(key), read(certificate)), options)
        else:
            self._channel = grpc.insecure_channel(server, options)
        self._metadata = ((("authorization", f"Bearer {token}"),)
                          if token else ())
        self._timeout = timeout
        self._statistics = statistics_service_pb2_grpc.StatisticsServiceStub(
            self._channel)
        self._catalogue = catalogue_service_pb2_grpc.CatalogueServiceStub(
            self._channel)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        self._channel.close()

    def query(self, measures: str | Sequence[str], *,
              periods: Sequence[str] | None = None,
              period_range: tuple[str, str] | None = None,
              where: Mapping[str, Members] | None = None,
              where_not: Mapping[str, Members] | None = None,
              by: Sequence[str] = (), panel: str = "", universe: str = "",
              derive: Sequence[Change | Share] = (),
              cited: bool = True) -> Answer:
        """Asks a question; CollateError says why it is refused.

        Several measures come out as one frame, none added to another.
        """
        query = statistics_pb2.StatisticsQuery(
            measures=[measures] if isinstance(measures, str) else measures,
            group_by=by, panel=panel, universe=universe,
            periods=periods or ())
        if period_range is not None:
            query.period_range.first, query.period_range.last = period_range
        for exclude, filters in ((False, where), (True, where_not)):
            for dimension, members in (filters or {}).items():
                query.filters.add(
                    dimension=dimension, exclude=exclude,
                    members=[members] if isinstance(members, str) else members)
        for one in derive:
            one._add(query)
        return self.ask(query, cited=cited)

    def ask(self, query: statistics_pb2.StatisticsQuery, *,
            cited: bool = True) -> Answer:
        """The same of a question as the protocol has it."""
        # Published meanwhile: an answer is never a mixture of two.
        for attempt in range(3):
            try:
                return self._ask(query, cited)
            except errors.CollateError as error:
                if error.reason != "ANSWER_CHANGED" or attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _ask(self, query: statistics_pb2.StatisticsQuery,
             cited: bool) -> Answer:
        view = (statistics_pb2.VIEW_CITED if cited
                else statistics_pb2.VIEW_BASIC)
        request = statistics_service_pb2.QueryStatisticsRequest(
            query=query, view=view)
        cells: list[Any] = []
        # Each page has those of its own cells; said once.
        caveats: dict[tuple[str, str], None] = {}
        releases: set[str] = set()
        while True:
            page = self._call(self._statistics.QueryStatistics, request)
            cells += page.cells
            caveats |= {(one.code, one.message): None for one in page.caveats}
            releases |= set(page.releases)
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        return Answer(
            name=page.name, frame=frames.frame(cells),
            citations=frames.citations(cells), caveats=tuple(caveats),
            releases=tuple(sorted(releases)))

    def measures(self) -> pd.DataFrame:
        """What can be asked about."""
        return self._list(
            self._catalogue.ListMeasures,
            catalogue_service_pb2.ListMeasuresRequest(), "measures",
            lambda one: (one.name.split("/")[-1], one.title, one.unit),
            ["measure", "title", "unit"])

    def members(self, dimension: str, level: str = "") -> pd.DataFrame:
        """Codes of a dimension."""
        return self._list(
            self._catalogue.ListMembers,
            catalogue_service_pb2.ListMembersRequest(
                parent=f"dimensions/{dimension}", level=level), "members",
            lambda one: (one.code, one.title, one.level),
            ["member", "title", "level"])

    def _list(self, method: Callable[..., Any], request: Any, field: str,
              row: Callable[[Any], tuple[str, ...]],
              columns: list[str]) -> pd.DataFrame:
        rows = []
        while True:
            page = self._call(method, request)
            rows += [row(one) for one in getattr(page, field)]
            if not page.next_page_token:
                return pd.DataFrame(rows, columns=columns)
            request.page_token = page.next_page_token

    def _call(self, method: Callable[..., Any], request: Any) -> Any:
        try:
            return method(request, timeout=self._timeout,
                          metadata=self._metadata)
        except grpc.RpcError as error:
            raise errors.from_rpc(error) from None
