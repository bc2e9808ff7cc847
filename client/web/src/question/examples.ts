// Questions to begin with, about the figures that come with collate and the
// synthetic pack. One is offered only where figures that it asks for are
// loaded.

import { fromJsonString } from "@bufbuild/protobuf";
import type { Availability } from "../generated/collate/v1/check_query_pb";
import {
  type StatisticsQuery,
  StatisticsQuerySchema,
} from "../generated/collate/v1/statistics_pb";
import examples from "./examples.json";

export interface Example {
  title: string;
  teaches: string;
  query: StatisticsQuery;
  // The only source that has figures of it; else any.
  source?: string;
}

export const EXAMPLES: Example[] = examples.map((one) => ({
  ...one,
  query: fromJsonString(StatisticsQuerySchema, JSON.stringify(one.query)),
}));

// Whether some loaded table has figures of what the question asks.
export function isAnswerable(
  { query, source }: Example,
  availability: Availability[],
): boolean {
  return availability.some(
    (one) =>
      one.measure === query.measures[0] &&
      one.universe === query.universe &&
      (source === undefined
        ? query.groupBy.every(
            (dimension) =>
              dimension === "reporter" ||
              one.dimensions.some((own) => own.dimension === dimension),
          ) &&
          query.filters.every((filter) => {
            const members =
              filter.dimension === "reporter"
                ? one.reporters
                : (one.dimensions.find(
                    (own) => own.dimension === filter.dimension,
                  )?.members ?? []);
            return filter.members.some((member) => members.includes(member));
          })
        : one.source === `sources/${source}`),
  );
}
