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

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

export function dayWords(time: Timestamp): string {
  return DAY.format(new Date(Number(time.seconds) * 1000));
}
