// What is computed from the figures: a change, a share, a rate.

import { create } from "@bufbuild/protobuf";
import {
  DerivationSchema,
  MatchMethod,
  ShareBase,
} from "../generated/collate/v1/derivation_pb";
import type { StatisticsQuery } from "../generated/collate/v1/statistics_pb";
import { CommittedInput } from "./CommittedInput";
import { derivationOf, filterOf, withDerivation } from "./edit";
import { RateFields } from "./RateFields";
import type { Vocabulary } from "./vocabulary";

const SHARE_BASES: [ShareBase, string][] = [
  [ShareBase.KNOWN_OFFENCES, "offences in which it is known"],
  [ShareBase.ALL_OFFENCES, "all offences"],
  [ShareBase.MENTIONS, "all mentions"],
];

const MATCHES: [MatchMethod, string][] = [
  [
    MatchMethod.ALL_PERIODS,
    "reporters with a figure in every period asked for",
  ],
  [MatchMethod.FIXED_BASE, "reporters with a figure in both periods"],
  [MatchMethod.PAIRWISE, "each period on the one before it"],
];

export function ComputeFields({
  query,
  dimensions,
  vocabulary,
  onChange,
}: {
  query: StatisticsQuery;
  dimensions: string[];
  vocabulary: Vocabulary;
  onChange: (query: StatisticsQuery) => void;
}) {
  const change = derivationOf(query, "change");
  const share = derivationOf(query, "share");
  const shareable = dimensions.filter(
    (one) =>
      one !== "reporter" &&
      (query.groupBy.includes(one) || filterOf(query, one) !== undefined),
  );
  const setChange = (basePeriod: string, match: MatchMethod) =>
    onChange(
      withDerivation(
        query,
        "change",
        basePeriod
          ? create(DerivationSchema, {
              kind: {
                case: "change",
                value: {
                  basePeriod,
                  match,
                  allowUnequalPeriods: change?.allowUnequalPeriods,
                  allowOverlappingPeriods: change?.allowOverlappingPeriods,
                },
              },
            })
          : undefined,
      ),
    );
  return (
    <details class="compute" open={query.derivations.length > 0}>
      <summary>Changes, shares and rates</summary>
      <label>
        Change since
        <CommittedInput
          value={change?.basePeriod ?? ""}
          placeholder="no change"
          onCommit={(text) =>
            setChange(text, change?.match ?? MatchMethod.UNSPECIFIED)
          }
        />
        <span class="hint">
          A period, such as 2017/18. The change is given over a matched panel
          and as published.
        </span>
      </label>
      {change && (
        <label>
          Matched panel
          <select
            value={String(change.match || MatchMethod.ALL_PERIODS)}
            onChange={(event) =>
              setChange(change.basePeriod, Number(event.currentTarget.value))
            }
          >
            {MATCHES.map(([match, words]) => (
              <option key={match} value={String(match)}>
                {words}
              </option>
            ))}
          </select>
        </label>
      )}
      {(shareable.length > 0 || share) && (
        <label>
          Share
          <select
            value={share ? `${share.dimension} ${share.base}` : ""}
            onChange={(event) => {
              const [dimension, base] = event.currentTarget.value.split(" ");
              onChange(
                withDerivation(
                  query,
                  "share",
                  dimension
                    ? create(DerivationSchema, {
                        kind: {
                          case: "share",
                          value: { dimension, base: Number(base) },
                        },
                      })
                    : undefined,
                ),
              );
            }}
          >
            <option value="">no share</option>
            {[
              ...new Set([...shareable, ...(share ? [share.dimension] : [])]),
            ].flatMap((dimension) =>
              SHARE_BASES.map(([base, words]) => (
                <option
                  key={`${dimension} ${base}`}
                  value={`${dimension} ${base}`}
                >
                  {vocabulary.dimension(dimension)}, of {words}
                </option>
              )),
            )}
          </select>
        </label>
      )}
      <RateFields query={query} vocabulary={vocabulary} onChange={onChange} />
    </details>
  );
}
