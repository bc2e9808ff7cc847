// What can be picked, from what is loaded (CheckQuery's availability).

import type { Availability } from "../generated/collate/v1/check_query_pb";
import { create } from "@bufbuild/protobuf";
import type { Measure } from "../generated/collate/v1/catalogue_pb";
import {
  type StatisticsQuery,
  StatisticsQuerySchema,
} from "../generated/collate/v1/statistics_pb";
import type { Period } from "../generated/collate/v1/observation_pb";
import { PeriodKind } from "../generated/collate/v1/observation_pb";
import { idOf } from "../service/names";

// Measures with figures, in the order of the vocabulary.
export function loadedMeasures(availability: Availability[]): Set<string> {
  return new Set(availability.map((one) => one.measure));
}

export function ofMeasure(
  availability: Availability[],
  measure: string,
): Availability[] {
  return availability.filter((one) => one.measure === measure);
}

// What a rate of `measure` can be taken of: stocks with figures, such as a
// population, in the order of the vocabulary. Periods of a stock are not added.
export function denominatorsOf(
  measures: Measure[],
  availability: Availability[],
  measure: string,
): string[] {
  const loaded = loadedMeasures(availability);
  return measures
    .filter(
      (one) =>
        one.additiveDimensions.includes("reporter") && !one.additiveOverTime,
    )
    .map((one) => idOf(one.name))
    .filter((code) => code !== measure && loaded.has(code));
}

// Dimension -> members with figures, in vocabulary order of their first table.
export function membersByDimension(
  availability: Availability[],
): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const at = (dimension: string) => {
    const members = found.get(dimension) ?? new Set<string>();
    found.set(dimension, members);
    return members;
  };
  for (const one of availability) {
    for (const dimension of one.dimensions) {
      const members = at(dimension.dimension);
      for (const member of dimension.members) members.add(member);
    }
  }
  return new Map(
    [...found]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([k, v]) => [k, [...v]]),
  );
}

export function reportersOf(availability: Availability[]): string[] {
  return [...new Set(availability.flatMap((one) => one.reporters))];
}

export function universesOf(availability: Availability[]): string[] {
  return [...new Set(availability.map((one) => one.universe))].sort();
}

const KINDS: Record<number, string> = {
  [PeriodKind.FINANCIAL_YEAR]: "Financial years",
  [PeriodKind.FINANCIAL_QUARTER]: "Quarters of a financial year",
  [PeriodKind.CALENDAR_YEAR]: "Calendar years",
  [PeriodKind.CALENDAR_QUARTER]: "Calendar quarters",
  [PeriodKind.MONTH]: "Months",
  [PeriodKind.ROLLING_YEAR]: "Other 12 months",
  [PeriodKind.INTERVAL]: "Other spans",
  [PeriodKind.DAY]: "Days",
};

export interface PeriodGroup {
  kind: PeriodKind;
  title: string;
  periods: Period[];
}

// Periods with figures, each once, by kind; a financial year that four loaded
// quarters tile is offered, too, because the service adds those up.
export function periodGroups(availability: Availability[]): PeriodGroup[] {
  const byText = new Map<string, Period>();
  const quarters = new Map<string, Set<string>>();
  for (const one of availability) {
    for (const period of one.periods) {
      byText.set(period.text, period);
      const quarter = /^(\d{4}\/\d{2}) Q([1-4])$/.exec(period.text);
      if (!quarter) continue;
      const year = quarters.get(quarter[1]!) ?? new Set<string>();
      quarters.set(quarter[1]!, year.add(quarter[2]!));
    }
  }
  for (const [year, parts] of quarters) {
    const first = byText.get(`${year} Q1`);
    const last = byText.get(`${year} Q4`);
    if (parts.size < 4 || byText.has(year) || !first || !last) continue;
    byText.set(year, {
      ...first,
      endDate: last.endDate,
      kind: PeriodKind.FINANCIAL_YEAR,
      text: year,
    });
  }
  const groups = new Map<PeriodKind, Period[]>();
  for (const period of byText.values()) {
    const group = groups.get(period.kind) ?? [];
    group.push(period);
    groups.set(period.kind, group);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([kind, periods]) => ({
      kind,
      title: KINDS[kind] ?? "Other periods",
      periods: periods.sort(
        (a, b) =>
          a.startDate.localeCompare(b.startDate) ||
          b.endDate.localeCompare(a.endDate),
      ),
    }));
}

// Those tables that have figures of what is asked so far; all, where none has.
export function narrowed(
  availability: Availability[],
  filters: { dimension: string; members: string[]; exclude: boolean }[],
  universe: string,
): Availability[] {
  const fitting = availability.filter(
    (one) =>
      one.universe === universe &&
      filters.every((filter) => {
        if (filter.exclude || filter.members.length === 0) return true;
        const members =
          filter.dimension === "reporter"
            ? one.reporters
            : one.dimensions.find(
                (dimension) => dimension.dimension === filter.dimension,
              )?.members;
        return (
          !members || filter.members.some((member) => members.includes(member))
        );
      }),
  );
  return fitting.length > 0 ? fitting : availability;
}

// The question that one table answers: its latest period, one row for each of
// whatever it has several of.
export function questionOfTable(table: Availability): StatisticsQuery {
  const axes: [dimension: string, members: string[]][] = [
    ["reporter", table.reporters],
    ...table.dimensions.map((one): [string, string[]] => [
      one.dimension,
      one.members,
    ]),
  ];
  const latest = [...table.periods].sort(
    (a, b) =>
      b.endDate.localeCompare(a.endDate) ||
      a.startDate.localeCompare(b.startDate),
  )[0];
  return create(StatisticsQuerySchema, {
    measures: [table.measure],
    universe: table.universe,
    filters: axes.map(([dimension, members]) => ({ dimension, members })),
    groupBy: axes
      .filter(([, members]) => members.length > 1)
      .map(([dimension]) => dimension),
    periods: latest ? [latest.text] : [],
  });
}

// The universe to begin with: all cases, unless figures are of others alone.
export function firstUniverse(tables: Availability[]): string {
  const universes = universesOf(tables);
  return universes.includes("") ? "" : (universes[0] ?? "");
}
