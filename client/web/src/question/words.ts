// A question in words: the title of its answer.

import type { StatisticsQuery } from "../generated/collate/v1/statistics_pb";
import { universeWords } from "../answer/derived_words";

// Codes to titles; a code that is not known stands for itself.
export interface Titles {
  measure(code: string): string;
  unit(measure: string): string;
  panel(code: string): string;
  dimension(code: string): string;
  member(dimension: string, code: string): string;
}

const list = (words: string[], limit = 4) =>
  words.length <= limit
    ? words.join(", ")
    : `${words.slice(0, limit).join(", ")} and ${words.length - limit} more`;

export function periodWords(query: StatisticsQuery): string {
  if (query.periodRange)
    return `${query.periodRange.first} to ${query.periodRange.last}`;
  return list(query.periods);
}

function filterWords(
  query: StatisticsQuery,
  titles: Titles,
  isReporter: boolean,
): string[] {
  return query.filters
    .filter((one) => (one.dimension === "reporter") === isReporter)
    .map((filter) => {
      const names = list(
        filter.members.map((member) => titles.member(filter.dimension, member)),
      );
      return `${filter.exclude ? "without " : ""}${names}${filter.includeDescendants ? " and what lies below" : ""}`;
    });
}

// "Recorded offences: Online grooming offences, United Kingdom".
export function subjectWords(query: StatisticsQuery, titles: Titles): string {
  const parts = filterWords(query, titles, false);
  if (query.universe) parts.push(universeWords("cases", query.universe));
  const subject = query.measures
    .map((measure) => titles.measure(measure))
    .join("; ");
  return parts.length ? `${subject}: ${parts.join("; ")}` : subject;
}

// "by platform, 2023/24, Territorial forces of England and Wales (43)".
export function scopeWords(query: StatisticsQuery, titles: Titles): string {
  const parts = [...filterWords(query, titles, true)];
  if (query.panel) parts.push(titles.panel(query.panel));
  parts.push(periodWords(query));
  if (query.groupBy.length)
    parts.push(
      `by ${query.groupBy.map((one) => titles.dimension(one).toLowerCase()).join(" and ")}`,
    );
  return parts.filter(Boolean).join(", ");
}
