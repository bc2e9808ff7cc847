// Asking, page by page.

import { clone } from "@bufbuild/protobuf";
import {
  type QueryStatisticsResponse,
  QueryStatisticsResponseSchema,
} from "../generated/collate/v1/statistics_service_pb";
import {
  type StatisticsQuery,
  View,
} from "../generated/collate/v1/statistics_pb";
import { statistics } from "../service/calls";

// Rows that come at once.
export const PAGE_SIZE = 5000;

export function ask(
  query: StatisticsQuery,
  view = View.BASIC,
  pageToken = "",
  signal?: AbortSignal,
): Promise<QueryStatisticsResponse> {
  return statistics.queryStatistics(
    { query, view, pageSize: PAGE_SIZE, pageToken },
    { signal },
  );
}

// Two pages of one answer as one.
export function joined(
  one: QueryStatisticsResponse,
  next: QueryStatisticsResponse,
): QueryStatisticsResponse {
  const both = clone(QueryStatisticsResponseSchema, next);
  both.cells = [...one.cells, ...next.cells];
  both.releases = [...new Set([...one.releases, ...next.releases])].sort();
  const said = new Set<string>();
  both.caveats = [...one.caveats, ...next.caveats].filter((caveat) => {
    const key = `${caveat.code} ${caveat.message}`;
    return said.has(key) ? false : said.add(key);
  });
  return both;
}

// The whole answer, with its citations.
export async function askAll(
  query: StatisticsQuery,
): Promise<QueryStatisticsResponse> {
  let all = await ask(query, View.CITED);
  while (all.nextPageToken)
    all = joined(all, await ask(query, View.CITED, all.nextPageToken));
  return all;
}
