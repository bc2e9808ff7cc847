// Resource names and times for reading.

import type { Timestamp } from "@bufbuild/protobuf/wkt";

// "kent" of "reporters/kent".
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

// The source of "sources/{source}/releases/{release}".
export function sourceOf(release: string): string {
  return release.split("/")[1] ?? "";
}

const DAY = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

export function dayWords(time: Timestamp): string {
  return DAY.format(new Date(Number(time.seconds) * 1000));
}

const MONTH = new Intl.DateTimeFormat("en-GB", {
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

// "April 2017 to March 2025": the months from the first day of periods to their
// last, whatever periods they are.
export function spanWords(
  periods: { startDate: string; endDate: string }[],
): string {
  const starts = periods.map((one) => one.startDate).sort();
  const ends = periods.map((one) => one.endDate).sort();
  const first = starts[0];
  const end = ends.at(-1);
  if (!first || !end) return "";
  // The end is the day after the last one.
  const last = new Date(Date.parse(end) - 86_400_000);
  const [from, to] = [MONTH.format(new Date(first)), MONTH.format(last)];
  return from === to ? from : `${from} to ${to}`;
}
