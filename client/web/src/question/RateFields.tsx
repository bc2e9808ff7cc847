// A rate: of what, on which day or in which period, and per how many.

import { create } from "@bufbuild/protobuf";
import { useId } from "preact/hooks";
import {
  DerivationSchema,
  RateDerivationSchema,
} from "../generated/collate/v1/derivation_pb";
import type { StatisticsQuery } from "../generated/collate/v1/statistics_pb";
import { denominatorsOf, ofMeasure, periodGroups } from "./choices";
import { CommittedInput } from "./CommittedInput";
import { derivationOf, withDerivation } from "./edit";
import type { Vocabulary } from "./vocabulary";

const PER = ["1", "1000", "10000", "100000", "1000000"];
// What 0 means.
const DEFAULT_PER = 1000n;

export function RateFields({
  query,
  vocabulary,
  onChange,
}: {
  query: StatisticsQuery;
  vocabulary: Vocabulary;
  onChange: (query: StatisticsQuery) => void;
}) {
  const id = useId();
  const rate = derivationOf(query, "rate");
  const denominators = new Set([
    ...denominatorsOf(
      vocabulary.measures,
      vocabulary.availability,
      query.measures[0] ?? "",
    ),
    ...(rate ? [rate.denominator] : []),
  ]);
  const periodsOf = (measure: string) =>
    periodGroups(ofMeasure(vocabulary.availability, measure)).flatMap(
      (group) => group.periods,
    );
  const set = (changes: {
    denominator?: string;
    denominatorPeriod?: string;
    per?: bigint;
  }) => {
    // What there is no control for stays.
    const value = create(RateDerivationSchema, {
      denominator: rate?.denominator,
      denominatorPeriod: rate?.denominatorPeriod,
      per: rate?.per,
      numeratorOnly: rate?.numeratorOnly,
      ...changes,
    });
    onChange(
      withDerivation(
        query,
        "rate",
        value.denominator
          ? create(DerivationSchema, { kind: { case: "rate", value } })
          : undefined,
      ),
    );
  };
  if (denominators.size === 0) return null;
  const per = String(rate?.per || DEFAULT_PER);
  return (
    <>
      <label>
        Rate per
        <select
          value={rate?.denominator ?? ""}
          onChange={(event) => {
            const denominator = event.currentTarget.value;
            set({
              denominator,
              // The latest there is, which the reader may change.
              denominatorPeriod: periodsOf(denominator).at(-1)?.text ?? "",
            });
          }}
        >
          <option value="">no rate</option>
          {[...denominators].map((code) => (
            <option key={code} value={code}>
              {vocabulary.measure(code)}
            </option>
          ))}
        </select>
      </label>
      {rate && (
        <div class="pair">
          <label>
            For each
            <select
              value={per}
              onChange={(event) =>
                set({ per: BigInt(event.currentTarget.value) })
              }
            >
              {[...new Set([...PER, per])].map((one) => (
                <option key={one} value={one}>
                  {Number(one).toLocaleString("en-GB")}{" "}
                  {vocabulary.unit(rate.denominator)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {vocabulary.measure(rate.denominator)} of
            <CommittedInput
              list={`${id}-denominators`}
              value={rate.denominatorPeriod}
              placeholder="a day or period"
              onCommit={(denominatorPeriod) => set({ denominatorPeriod })}
            />
          </label>
          <datalist id={`${id}-denominators`}>
            {periodsOf(rate.denominator).map((one) => (
              <option key={one.text} value={one.text} />
            ))}
          </datalist>
        </div>
      )}
    </>
  );
}
