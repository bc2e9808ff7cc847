// Cells of an answer for tests, from protobuf's JSON.

import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import {
  type Cell,
  CellSchema,
} from "../../../../client/web/src/generated/collate/v1/statistics_pb";

const YEAR = (first: number) => ({
  startDate: `${first}-04-01`,
  endDate: `${first + 1}-04-01`,
  kind: "PERIOD_KIND_FINANCIAL_YEAR",
  text: `${first}/${String(first + 1).slice(2)}`,
});

export function cell(
  first: number,
  more: Record<string, JsonValue> = {},
): Cell {
  return fromJson(CellSchema, {
    measure: "offences",
    unit: "offences",
    period: YEAR(first),
    state: "STATE_REPORTED",
    basis: "BASIS_PANEL_SUM",
    ...more,
  });
}

export function printed(
  first: number,
  value: number,
  more: Record<string, JsonValue> = {},
): Cell {
  const bounds = { lower: String(value), upper: String(value) };
  return cell(first, {
    reported: String(value),
    reportedBounds: bounds,
    panelBounds: bounds,
    coverage: {
      expected: 1,
      due: 1,
      complete: 1,
      tally: [{ state: "STATE_REPORTED", count: 1 }],
    },
    citationCount: 1,
    ...more,
  });
}

export const of = (dimension: string, member: string, title: string) => ({
  coordinates: [{ dimension, member, title }],
});
