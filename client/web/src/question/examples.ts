// Questions to begin with, about the figures that come with collate and the
// synthetic pack. One is offered only where figures that it asks for are
// loaded.

import { create } from "@bufbuild/protobuf";
import { ShareBase } from "../generated/collate/v1/derivation_pb";
import type { Availability } from "../generated/collate/v1/check_query_pb";
import {
  type StatisticsQuery,
  StatisticsQuerySchema,
} from "../generated/collate/v1/statistics_pb";

export interface Example {
  title: string;
  teaches: string;
  query: StatisticsQuery;
  // The only source that has figures of it; else any.
  source?: string;
}

const where = (dimension: string, ...members: string[]) => ({
  dimension,
  members,
});
const GROOMING = where("offence", "online_grooming_uk");
const KINGDOM = where("reporter", "united-kingdom");

export const EXAMPLES: Example[] = [
  {
    title:
      "How many online grooming offences were recorded in the United Kingdom in 2023/24?",
    teaches: "A published total, with the printed cells behind it.",
    query: create(StatisticsQuerySchema, {
      measures: ["offences"],
      filters: [KINGDOM, GROOMING],
      periods: ["2023/24"],
    }),
  },
  {
    title: "On which platforms, where the platform is known?",
    teaches:
      "Shares with their base, and two printed figures that contradict each other.",
    query: create(StatisticsQuerySchema, {
      measures: ["platform_share_percent"],
      filters: [KINGDOM, GROOMING],
      groupBy: ["platform"],
      periods: ["2023/24"],
      universe: "platform_known",
    }),
  },
  {
    title: "How did it change over the years?",
    teaches: "A series with years that nobody printed: gaps, never zeros.",
    query: create(StatisticsQuerySchema, {
      measures: ["offences"],
      filters: [KINGDOM, GROOMING],
      periodRange: { first: "2017/18", last: "2024/25" },
    }),
  },
  {
    title:
      "Which forces recorded the most sexual grooming offences in 2017/18?",
    teaches:
      "A ranking of 44 reporters, added up from the Home Office’s quarters.",
    query: create(StatisticsQuerySchema, {
      measures: ["offences"],
      filters: [where("offence", "88A")],
      groupBy: ["reporter"],
      periods: ["2017/18"],
      panel: "england-wales-forces-and-btp",
    }),
  },
  {
    title:
      "Four forces of the South East, one of them blank in 2021/22: how far up since 2017/18?",
    teaches: "A missing figure, and a change over both bases.",
    query: create(StatisticsQuerySchema, {
      measures: ["offences"],
      filters: [where("offence", "s15a")],
      panel: "onthewight-south-east-4",
      periodRange: { first: "2017/18", last: "2023/24" },
      derivations: [
        { kind: { case: "change", value: { basePeriod: "2017/18" } } },
      ],
    }),
  },
  {
    source: "synthetic-foi",
    title:
      "Synthetic: offences of all 45 forces, year by year, and the change on 2017/18",
    teaches:
      "Coverage in words, bounds of the whole panel, both bases of a change.",
    query: create(StatisticsQuerySchema, {
      measures: ["offences"],
      filters: [GROOMING],
      panel: "uk-territorial-forces",
      periodRange: { first: "2017/18", last: "2024/25" },
      derivations: [
        { kind: { case: "change", value: { basePeriod: "2017/18" } } },
      ],
    }),
  },
  {
    source: "synthetic-foi",
    title:
      "Synthetic: the share of four platforms among the offences whose platform is known, 2023/24",
    teaches:
      "Shares computed from forces’ own counts, with their base in words.",
    query: create(StatisticsQuerySchema, {
      measures: ["platform_uses"],
      panel: "uk-territorial-forces",
      universe: "platform_known",
      filters: [
        GROOMING,
        where(
          "platform",
          "snapchat",
          "whatsapp",
          "facebook-and-messenger",
          "instagram",
        ),
      ],
      groupBy: ["platform"],
      periods: ["2023/24"],
      derivations: [
        {
          kind: {
            case: "share",
            value: { dimension: "platform", base: ShareBase.KNOWN_OFFENCES },
          },
        },
      ],
    }),
  },
];

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
