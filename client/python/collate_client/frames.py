"""Cells of answers as rows of pandas frames.

Whole numbers are Int64 and decimal ones Float64: both have a place for a
number that is not there (pandas.NA), which is never filled in.
"""

from __future__ import annotations

from typing import Any, Iterable

import pandas as pd

from collate.v1 import observation_pb2
from collate.v1 import statistics_pb2

WHOLE = ("value", "lower", "upper", "panel_lower", "panel_upper")


def _code(enum: Any, number: int, prefix: str) -> str:
    return enum.Name(number)[len(prefix):]


def state_code(number: int) -> str:
    """"NO_RELEASE" of STATE_NO_RELEASE."""
    return _code(observation_pb2.State, number, "STATE_")


def _whole_ends(interval: Any) -> tuple[Any, Any]:
    return (interval.lower if interval.HasField("lower") else pd.NA,
            interval.upper if interval.HasField("upper") else pd.NA)


def _decimal(text: str) -> Any:
    return float(text) if text else pd.NA


def _decimal_ends(interval: Any) -> tuple[Any, Any]:
    return _decimal(interval.lower), _decimal(interval.upper)


def _numbers(cell: Any) -> dict[str, Any]:
    """The printed sum, what it can be, and what the whole panel can be."""
    if cell.decimal_reported or cell.HasField("decimal_panel_bounds"):
        value = _decimal(cell.decimal_reported)
        bounds = _decimal_ends(cell.decimal_reported_bounds)
        panel = _decimal_ends(cell.decimal_panel_bounds)
    else:
        value = cell.reported if cell.HasField("reported") else pd.NA
        bounds = _whole_ends(cell.reported_bounds)
        panel = _whole_ends(cell.panel_bounds)
    return {"value": value, "lower": bounds[0], "upper": bounds[1],
            "panel_lower": panel[0], "panel_upper": panel[1]}


def _side(prefix: str, comparison: Any) -> dict[str, Any]:
    lower, upper = _decimal_ends(comparison.percent)
    return {f"{prefix}_outcome": _code(statistics_pb2.Outcome,
                                       comparison.outcome, "OUTCOME_"),
            f"{prefix}_lower": lower, f"{prefix}_upper": upper}


def _derived(cell: Any) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for one in cell.derived:
        kind = one.WhichOneof("kind")
        if kind == "change":
            row["change_base_period"] = one.change.base_period.text
            row |= _side("change_matched", one.change.matched_panel)
            row |= _side("change_published", one.change.as_published)
        elif kind == "share":
            lower, upper = _decimal_ends(one.share.percent)
            row |= {"share_outcome": _code(statistics_pb2.Outcome,
                                           one.share.outcome, "OUTCOME_"),
                    "share_lower": lower, "share_upper": upper}
    return row


def frame(cells: Iterable[Any]) -> pd.DataFrame:
    """A row for each cell."""
    rows = []
    for cell in cells:
        row: dict[str, Any] = {"measure": cell.measure, "unit": cell.unit}
        for one in cell.coordinates:
            row[one.dimension] = one.member
        row |= {"period": cell.period.text,
                "period_start": cell.period.start_date,
                "period_end": cell.period.end_date}
        row |= _numbers(cell)
        row["state"] = state_code(cell.state)
        coverage = cell.coverage
        row |= {"coverage": f"{coverage.complete} of {coverage.due}",
                "complete": coverage.complete, "due": coverage.due,
                "expected": coverage.expected,
                "missing": tuple(
                    (one.reporter, state_code(one.state), one.reason)
                    for one in coverage.missing),
                "flags": tuple(_code(statistics_pb2.CellFlag, flag,
                                     "CELL_FLAG_") for flag in cell.flags)}
        rows.append(row | _derived(cell))
    table = pd.DataFrame(rows)
    for name in table.columns:
        if name in WHOLE:
            whole = all(value is pd.NA or isinstance(value, int)
                        for value in table[name])
            table[name] = table[name].astype("Int64" if whole else "Float64")
        elif name.endswith(("_lower", "_upper")):
            table[name] = table[name].astype("Float64")
    for name in ("period_start", "period_end"):
        if name in table:
            table[name] = pd.to_datetime(table[name])
    return table


def citations(cells: Iterable[Any]) -> pd.DataFrame:
    """A row for each printed cell; `cell` is the row of the frame."""
    columns = ["cell", "release", "document", "sha256", "locator", "raw"]
    return pd.DataFrame(
        [(i, one.release, one.document, one.document_sha256, one.locator,
          one.raw)
         for i, cell in enumerate(cells) for one in cell.citations],
        columns=columns)
