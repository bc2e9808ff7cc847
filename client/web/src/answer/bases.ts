// The number of offences that published percentages are of. It is asked of the
// service beside the percentages and said in words; nothing is multiplied by it,
// because a published percentage is never turned into a count.

import { clone, create } from "@bufbuild/protobuf";
import {
  type Cell,
  type StatisticsQuery,
  StatisticsQuerySchema,
} from "../generated/collate/v1/statistics_pb";
import { universeWords } from "./derived_words";
import { boundsWords, reportedBounds, reportedOf } from "./figures";

export type Bases = ReadonlyMap<string, string>;

// The question about the base; undefined where percentages of a known
// dimension are not what is asked about.
export function baseQuestion(
  query: StatisticsQuery,
  unit: string,
): StatisticsQuery | undefined {
  const dimension = /^(.+)_known$/.exec(query.universe)?.[1];
  if (unit !== "per cent" || !dimension || query.measures.length !== 1)
    return undefined;
  const named = query.filters.some((one) => one.dimension === dimension);
  if (!named && !query.groupBy.includes(dimension)) return undefined;
  // A base for each reporter or other breakdown is no base of the answer.
  if (query.groupBy.some((one) => one !== dimension)) return undefined;
  const {
    filters,
    periods,
    periodRange,
    panel,
    universe,
    asOf,
    loadedBy,
    releases,
  } = clone(StatisticsQuerySchema, query);
  return create(StatisticsQuerySchema, {
    measures: ["offences"],
    periods,
    periodRange,
    panel,
    universe,
    asOf,
    loadedBy,
    releases,
    filters: filters.filter((one) => one.dimension !== dimension),
  });
}

// "of the 1,824 offences whose platform is known" by period; only where a
// number is printed.
export function basesOf(cells: Cell[], universe: string): Bases {
  return new Map(
    cells.flatMap((cell): [string, string][] =>
      reportedOf(cell) === undefined
        ? []
        : [
            [
              cell.period?.text ?? "",
              `of the ${boundsWords(reportedBounds(cell))} ${universeWords(cell.unit, universe)}`,
            ],
          ],
    ),
  );
}

export function basesNote(bases: Bases): string {
  if (bases.size === 0) return "";
  return `Percentages as published, ${[...bases].map(([period, words]) => `${period}: ${words}`).join("; ")}.`;
}
