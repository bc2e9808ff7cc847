// An answer as CSV: the columns, order and spelling of
// `collate query --view cited --format csv` (client/README.md), byte for byte.

import type { QueryStatisticsResponse } from "../generated/collate/v1/statistics_service_pb";
import type {
  Cell,
  Comparison,
  Operand,
  Share,
} from "../generated/collate/v1/statistics_pb";
import {
  Basis,
  ChangeFlag,
  Outcome,
} from "../generated/collate/v1/statistics_pb";
import { MatchMethod, ShareBase } from "../generated/collate/v1/derivation_pb";
import type {
  DecimalInterval,
  Interval,
} from "../generated/collate/v1/observation_pb";
import { boundsOf, panelBounds, reportedBounds, reportedOf } from "./figures";
import { flagCode, stateCode } from "./words";

// A number, which no spreadsheet can run.
class Plain {
  constructor(readonly text: string) {}
}
type Field = string | Plain | undefined;

const plain = (value: number | bigint | string | undefined): Field =>
  value === undefined ? undefined : new Plain(String(value));

function ends(interval: Interval | DecimalInterval | undefined): Field[] {
  const bounds = boundsOf(interval);
  return [plain(bounds?.lower), plain(bounds?.upper)];
}

export function csvField(value: Field): string {
  if (value === undefined) return "";
  if (value instanceof Plain) return value.text;
  // A text that begins like a formula gets an apostrophe, so that no
  // spreadsheet runs it.
  const field = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[,"\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

// "rate" of the only one of its kind, else "rate1", "rate2".
function prefixes(first: Cell | undefined): string[] {
  const kinds = (first?.derived ?? []).map((one) => one.kind.case ?? "");
  return kinds.map((kind, i) =>
    kinds.filter((other) => other === kind).length === 1
      ? kind
      : `${kind}${kinds.slice(0, i + 1).filter((other) => other === kind).length}`,
  );
}

const COMPARISON = [
  "outcome",
  "lower",
  "upper",
  "base",
  "base_lower",
  "base_upper",
  "current",
  "current_lower",
  "current_upper",
  "base_reporters",
  "current_reporters",
  "flags",
];
const SHARE = [
  "dimension",
  "base_kind",
  "outcome",
  "lower",
  "upper",
  "numerator",
  "numerator_lower",
  "numerator_upper",
  "base",
  "base_lower",
  "base_upper",
  "reporters",
  "left_out",
];
const RATE = ["state", "lower", "upper", "per", "denominator", "reporters"];

function operand(side: Operand | undefined): Field[] {
  return [plain(side?.reported), ...ends(side?.bounds)];
}

function comparison(one: Comparison | undefined): Field[] {
  return [
    Outcome[one?.outcome ?? 0]!,
    ...ends(one?.percent),
    ...operand(one?.base),
    ...operand(one?.current),
    plain(one?.baseReporterCount ?? 0),
    plain(one?.currentReporterCount ?? 0),
    (one?.flags ?? [])
      .map((flag) => ChangeFlag[flag] ?? `UNKNOWN_${flag}`)
      .join(";"),
  ];
}

function share(one: Share): Field[] {
  return [
    one.dimension,
    ShareBase[one.baseKind]!,
    Outcome[one.outcome]!,
    ...ends(one.percent),
    ...operand(one.numerator),
    ...operand(one.base),
    plain(one.reporterCount),
    one.leftOut.map((left) => left.reporter).join(";"),
  ];
}

export function answerCsv(
  answer: Pick<QueryStatisticsResponse, "cells">,
  groupBy: string[],
): string {
  const first = answer.cells[0];
  const names = prefixes(first);
  const derived = first?.derived ?? [];
  const header: string[] = [
    "measure",
    "unit",
    ...groupBy,
    "period",
    "period_start",
    "period_end",
    "state",
    "reported",
    "reported_lower",
    "reported_upper",
    "panel_lower",
    "panel_upper",
    "expected",
    "due",
    "complete",
    "flags",
  ];
  derived.forEach((one, i) => {
    if (one.kind.case === "rate")
      header.push(...RATE.map((name) => `${names[i]}_${name}`));
  });
  header.push(
    "citation_count",
    "citation_release",
    "citation_document",
    "citation_sha256",
    "citation_locator",
    "citation_raw",
    "basis",
    "stated_reporters",
    "citation_printed_by",
  );
  derived.forEach((one, i) => {
    const prefix = names[i];
    if (one.kind.case === "change") {
      header.push(
        `${prefix}_match`,
        `${prefix}_base_period`,
        ...COMPARISON.map((name) => `${prefix}_matched_${name}`),
        `${prefix}_matched_left_out`,
        ...COMPARISON.map((name) => `${prefix}_published_${name}`),
      );
    } else if (one.kind.case === "share") {
      header.push(...SHARE.map((name) => `${prefix}_${name}`));
    }
  });
  header.push("sources");

  const lines = [header.map(csvField).join(",")];
  for (const cell of answer.cells) {
    const reported = reportedBounds(cell);
    const panel = panelBounds(cell);
    const row: Field[] = [
      cell.measure,
      cell.unit,
      ...groupBy.map((_, i) => cell.coordinates[i]?.member ?? ""),
      cell.period?.text ?? "",
      cell.period?.startDate ?? "",
      cell.period?.endDate ?? "",
      stateCode(cell.state),
      plain(reportedOf(cell)),
      plain(reported?.lower),
      plain(reported?.upper),
      plain(panel?.lower),
      plain(panel?.upper),
      plain(cell.coverage?.expected ?? 0),
      plain(cell.coverage?.due ?? 0),
      plain(cell.coverage?.complete ?? 0),
      cell.flags.map(flagCode).join(";"),
    ];
    for (const { kind } of cell.derived) {
      if (kind.case !== "rate") continue;
      row.push(
        stateCode(kind.value.state),
        ...ends(kind.value.bounds),
        plain(kind.value.per),
        `${kind.value.denominatorMeasure}@${kind.value.denominatorPeriod?.text ?? ""}`,
        plain(kind.value.reporterCount),
      );
    }
    const citation = cell.citations[0];
    row.push(
      plain(cell.citationCount),
      citation?.release ?? "",
      citation?.document ?? "",
      citation?.documentSha256 ?? "",
      citation?.locator ?? "",
      citation?.raw ?? "",
      Basis[cell.basis]!,
      plain(cell.coverage?.stated?.reporterCount),
      citation?.printedBy ?? "",
    );
    for (const { kind } of cell.derived) {
      if (kind.case === "change") {
        row.push(
          MatchMethod[kind.value.match]!,
          kind.value.basePeriod?.text ?? "",
          ...comparison(kind.value.matchedPanel),
          (kind.value.matchedPanel?.leftOut ?? [])
            .map((left) => left.reporter)
            .join(";"),
          ...comparison(kind.value.asPublished),
        );
      } else if (kind.case === "share") {
        row.push(...share(kind.value));
      }
    }
    row.push(
      cell.sources.map((one) => `${one.source}:${one.reporterCount}`).join(";"),
    );
    lines.push(row.map(csvField).join(","));
  }
  return lines.join("\n") + "\n";
}
