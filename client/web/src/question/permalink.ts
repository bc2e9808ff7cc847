// The page's state is its address: `/?q=QUESTION`, where QUESTION is the
// StatisticsQuery in protobuf's JSON form. Whoever opens the address asks the
// same question.

import { fromJsonString, toJsonString } from "@bufbuild/protobuf";
import {
  type StatisticsQuery,
  StatisticsQuerySchema,
} from "../generated/collate/v1/statistics_pb";

export function linkTo(query: StatisticsQuery): string {
  return `/?q=${encodeURIComponent(toJsonString(StatisticsQuerySchema, query))}`;
}

// undefined where the address holds no question; an error where it holds one
// that cannot be read, because an unknown field must not be dropped in silence.
export function questionOf(search: string): StatisticsQuery | undefined {
  const text = new URLSearchParams(search).get("q");
  return text ? fromJsonString(StatisticsQuerySchema, text) : undefined;
}
