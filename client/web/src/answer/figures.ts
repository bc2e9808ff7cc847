// The numbers of cells, leaves and observations, whole or decimal, as plain
// decimal text: exact at any size, and absent where there is none.

import type {
  DecimalInterval,
  Interval,
} from "../generated/collate/v1/observation_pb";
import type { Cell } from "../generated/collate/v1/statistics_pb";

// An interval; an end that is absent is unknown, never zero.
export interface Bounds {
  lower?: string;
  upper?: string;
}

// "1234567.25" as "1,234,567.25".
export function grouped(text: string): string {
  const point = text.indexOf(".");
  const whole = point < 0 ? text : text.slice(0, point);
  const rest = point < 0 ? "" : text.slice(point);
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + rest;
}

export function boundsOf(
  interval: Interval | DecimalInterval | undefined,
): Bounds | undefined {
  if (!interval) return undefined;
  const bounds: Bounds = {};
  if (interval.lower !== undefined && interval.lower !== "") {
    bounds.lower = String(interval.lower);
  }
  if (interval.upper !== undefined && interval.upper !== "") {
    bounds.upper = String(interval.upper);
  }
  return bounds;
}

// What the service sends in two fields, of which one is set.
interface Numbers {
  reported?: bigint;
  decimalReported: string;
  bounds?: Interval;
  decimalBounds?: DecimalInterval;
}

export function reportedOf(
  figure: Pick<Numbers, "reported" | "decimalReported">,
): string | undefined {
  if (figure.reported !== undefined) return String(figure.reported);
  return figure.decimalReported || undefined;
}

export function figureBounds(
  figure: Pick<Numbers, "bounds" | "decimalBounds">,
): Bounds | undefined {
  return boundsOf(figure.decimalBounds ?? figure.bounds);
}

export function reportedBounds(cell: Cell): Bounds | undefined {
  return boundsOf(cell.decimalReportedBounds ?? cell.reportedBounds);
}

export function panelBounds(cell: Cell): Bounds | undefined {
  return boundsOf(cell.decimalPanelBounds ?? cell.panelBounds);
}

// "4,429", "81 to 84", "at least 111", "at most 9" or "unknown".
export function boundsWords(bounds: Bounds | undefined): string {
  const lower = bounds?.lower === undefined ? undefined : grouped(bounds.lower);
  const upper = bounds?.upper === undefined ? undefined : grouped(bounds.upper);
  if (lower === undefined && upper === undefined) return "unknown";
  if (lower === undefined) return `at most ${upper}`;
  if (upper === undefined) return `at least ${lower}`;
  return lower === upper ? lower : `${lower} to ${upper}`;
}

// Whether the bounds say no more than the printed number.
export function isExact(
  number: string | undefined,
  bounds: Bounds | undefined,
): boolean {
  return (
    number !== undefined && bounds?.lower === number && bounds?.upper === number
  );
}

type Rounding = "down" | "up" | "nearest";

// Text of at most 6 decimals in tenths.
function tenths(text: string, rounding: Rounding): number | undefined {
  const match = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  const size = Number(match[2] + (match[3] ?? "").padEnd(6, "0"));
  if (!Number.isSafeInteger(size)) return undefined;
  const millionths = match[1] ? -size : size;
  if (rounding === "down") return Math.floor(millionths / 100_000);
  if (rounding === "up") return Math.ceil(millionths / 100_000);
  return (
    Math.sign(millionths) * Math.floor(Math.abs(millionths) / 100_000 + 0.5)
  );
}

function endWords(text: string, rounding: Rounding, signed: boolean): string {
  const value = tenths(text, rounding);
  if (value === undefined) return `${text}%`;
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : signed && value > 0 ? "+" : "";
  return `${sign}${grouped(String(Math.floor(size / 10)))}.${size % 10}%`;
}

// "48.0%", "+89.4%", "from 47.9% to 48.2%": one decimal, the ends rounded
// outwards unless both round to the same.
export function percentWords(
  percent: DecimalInterval | undefined,
  signed: boolean,
): string {
  const lower = percent?.lower ?? "";
  const upper = percent?.upper ?? "";
  if (!lower && !upper) return "unknown";
  if (!lower) return `at most ${endWords(upper, "up", signed)}`;
  if (!upper) return `at least ${endWords(lower, "down", signed)}`;
  const nearest = endWords(lower, "nearest", signed);
  if (nearest === endWords(upper, "nearest", signed)) return nearest;
  return `${endWords(lower, "down", signed)} to ${endWords(upper, "up", signed)}`;
}
