// Which periods: any text that the service reads, with what is loaded to pick
// from.

import { useId } from "preact/hooks";
import { PeriodKind } from "../generated/collate/v1/observation_pb";
import type { StatisticsQuery } from "../generated/collate/v1/statistics_pb";
import { narrowed, ofMeasure, periodGroups } from "./choices";
import { CommittedInput } from "./CommittedInput";
import { withPeriods, withRange } from "./edit";
import type { Vocabulary } from "./vocabulary";

export function PeriodFields({
  query,
  vocabulary,
  onChange,
}: {
  query: StatisticsQuery;
  vocabulary: Vocabulary;
  onChange: (query: StatisticsQuery) => void;
}) {
  const id = useId();
  const available = ofMeasure(vocabulary.availability, query.measures[0] ?? "");
  const groups = periodGroups(
    narrowed(available, query.filters, query.universe),
  );
  const first = query.periodRange?.first ?? query.periods[0] ?? "";
  const last = query.periodRange?.last ?? query.periods[0] ?? "";
  const several = query.periods.length > 1;
  return (
    <fieldset>
      <legend>When</legend>
      {several ? (
        <ul class="chips" aria-label="Chosen periods">
          {query.periods.map((text) => (
            <li key={text}>
              {text}
              <button
                type="button"
                aria-label={`Remove ${text}`}
                onClick={() =>
                  onChange(
                    withPeriods(
                      query,
                      query.periods.filter((one) => one !== text),
                    ),
                  )
                }
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <div class="pair">
          <label>
            First period
            <CommittedInput
              list={`${id}-periods`}
              value={first}
              onCommit={(text) =>
                onChange(
                  withRange(query, text, first === last || !last ? text : last),
                )
              }
            />
          </label>
          <label>
            Last period
            <CommittedInput
              list={`${id}-periods`}
              value={last}
              onCommit={(text) =>
                onChange(withRange(query, first || text, text || first))
              }
            />
          </label>
        </div>
      )}
      <datalist id={`${id}-periods`}>
        {groups.flatMap((group) =>
          group.periods.map((one) => (
            <option key={one.text} value={one.text} />
          )),
        )}
      </datalist>
      <div class="offers">
        {groups.map((group) => {
          const isRange =
            group.kind !== PeriodKind.INTERVAL &&
            group.kind !== PeriodKind.DAY &&
            group.kind !== PeriodKind.ROLLING_YEAR;
          if (!isRange) return null;
          const from = group.periods[0]!.text;
          const to = group.periods.at(-1)!.text;
          return (
            <button
              key={group.kind}
              type="button"
              class="quiet"
              onClick={() => onChange(withRange(query, from, to))}
            >
              {group.title}: {from === to ? from : `${from} to ${to}`}
            </button>
          );
        })}
        {groups.some(
          (group) =>
            group.kind === PeriodKind.INTERVAL ||
            group.kind === PeriodKind.ROLLING_YEAR,
        ) && (
          <details>
            <summary>Other spans with figures</summary>
            {groups
              .filter(
                (group) =>
                  group.kind === PeriodKind.INTERVAL ||
                  group.kind === PeriodKind.ROLLING_YEAR,
              )
              .flatMap((group) => group.periods)
              .map((one) => (
                <button
                  key={one.text}
                  type="button"
                  class="quiet"
                  onClick={() => onChange(withPeriods(query, [one.text]))}
                >
                  {one.text}
                </button>
              ))}
          </details>
        )}
      </div>
    </fieldset>
  );
}
