// The question, field by field. Choices are what has figures; everything else
// can be asked as well and is answered by its state.

import { useMemo } from "preact/hooks";
import type { StatisticsQuery } from "../generated/collate/v1/statistics_pb";
import { universeWords } from "../answer/derived_words";
import { idOf } from "../service/names";
import {
  firstUniverse,
  loadedMeasures,
  membersByDimension,
  ofMeasure,
  reportersOf,
  universesOf,
} from "./choices";
import { ComputeFields } from "./ComputeFields";
import {
  extrasOf,
  filterOf,
  withFilter,
  withGroup,
  withMeasure,
  withPanel,
  withUniverse,
} from "./edit";
import { type Choice, MemberPicker } from "./MemberPicker";
import { PeriodFields } from "./PeriodFields";
import { QuestionCheck } from "./QuestionCheck";
import type { Vocabulary } from "./vocabulary";

function choicesOf(
  vocabulary: Vocabulary,
  dimension: string,
  loaded: string[],
): Choice[] {
  const has = new Set(loaded);
  const members = vocabulary.membersOf(dimension);
  const known = members.map(
    (one): Choice => ({
      code: one.code,
      title: one.title || one.code,
      isLoaded: has.has(one.code),
      labels: one.labels,
    }),
  );
  if (members.length > 0) return known;
  return loaded.map((code) => ({
    code,
    title: code,
    isLoaded: true,
    labels: [],
  }));
}

export function QuestionForm({
  query,
  vocabulary,
  isAsking,
  onChange,
  onAsk,
}: {
  query: StatisticsQuery;
  vocabulary: Vocabulary;
  isAsking: boolean;
  onChange: (query: StatisticsQuery) => void;
  onAsk: (query: StatisticsQuery) => void;
}) {
  const measure = query.measures[0] ?? "";
  const available = useMemo(
    () => ofMeasure(vocabulary.availability, measure),
    [vocabulary, measure],
  );
  const loaded = useMemo(
    () => loadedMeasures(vocabulary.availability),
    [vocabulary],
  );
  const members = useMemo(() => membersByDimension(available), [available]);
  const universes = universesOf(available);
  const dimensions = [
    ...new Set([
      ...members.keys(),
      ...query.groupBy,
      ...query.filters.map((one) => one.dimension),
    ]),
  ].filter((one) => one !== "reporter");
  const extras = extrasOf(query);
  const reporters = filterOf(query, "reporter");
  const shown = vocabulary.measures.find((one) => idOf(one.name) === measure);
  const picker = (
    dimension: string,
    label: string,
    loadedMembers: string[],
    hint?: string,
  ) => (
    <MemberPicker
      label={label}
      hint={hint}
      choices={choicesOf(vocabulary, dimension, loadedMembers)}
      chosen={filterOf(query, dimension)?.members ?? []}
      titleOf={(code) => vocabulary.member(dimension, code)}
      onChange={(chosen) => onChange(withFilter(query, dimension, chosen))}
    />
  );
  const group = (dimension: string, words: string) => (
    <label class="check">
      <input
        type="checkbox"
        checked={query.groupBy.includes(dimension)}
        onChange={(event) =>
          onChange(withGroup(query, dimension, event.currentTarget.checked))
        }
      />
      {words}
    </label>
  );
  return (
    <form
      class="question"
      aria-label="The question"
      onSubmit={(event) => {
        event.preventDefault();
        onAsk(query);
      }}
    >
      <fieldset>
        <legend>What is counted</legend>
        <label>
          Measure
          <select
            value={measure}
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              onChange(
                withUniverse(
                  withMeasure(query, chosen),
                  firstUniverse(ofMeasure(vocabulary.availability, chosen)),
                ),
              );
            }}
          >
            <option value="">Choose a measure</option>
            {measure &&
              !vocabulary.measures.some(
                (one) => idOf(one.name) === measure,
              ) && <option value={measure}>{measure}</option>}
            <optgroup label="With figures">
              {vocabulary.measures
                .filter((one) => loaded.has(idOf(one.name)))
                .map((one) => (
                  <option key={one.name} value={idOf(one.name)}>
                    {one.title}
                  </option>
                ))}
            </optgroup>
            <optgroup label="Nothing loaded">
              {vocabulary.measures
                .filter((one) => !loaded.has(idOf(one.name)))
                .map((one) => (
                  <option key={one.name} value={idOf(one.name)}>
                    {one.title}
                  </option>
                ))}
            </optgroup>
          </select>
        </label>
        {shown?.description && <p class="hint">{shown.description}</p>}
        {(universes.some(Boolean) || query.universe) && (
          <label>
            Of which cases
            <select
              value={query.universe}
              onChange={(event) =>
                onChange(withUniverse(query, event.currentTarget.value))
              }
            >
              {[...new Set(["", ...universes, query.universe])].map((one) => (
                <option key={one} value={one}>
                  {one ? `only ${universeWords("cases", one)}` : "all cases"}
                </option>
              ))}
            </select>
          </label>
        )}
      </fieldset>
      {measure && (
        <>
          {dimensions.length > 0 && (
            <fieldset>
              <legend>Which part</legend>
              {dimensions.map((dimension) => (
                <div key={dimension} class="dimension">
                  {picker(
                    dimension,
                    vocabulary.dimension(dimension),
                    members.get(dimension) ?? [],
                  )}
                  {group(dimension, `one row for each`)}
                </div>
              ))}
            </fieldset>
          )}
          <fieldset>
            <legend>Who reports</legend>
            <label>
              Panel: who ought to be there
              <select
                value={query.panel}
                onChange={(event) =>
                  onChange(withPanel(query, event.currentTarget.value))
                }
              >
                <option value="">no panel</option>
                {vocabulary.panels.map((one) => (
                  <option key={one.name} value={idOf(one.name)}>
                    {one.title}
                  </option>
                ))}
                {query.panel &&
                  !vocabulary.panels.some(
                    (one) => idOf(one.name) === query.panel,
                  ) && <option value={query.panel}>{query.panel}</option>}
              </select>
            </label>
            {!query.panel && !reporters && (
              <p class="hint">
                Without a panel or reporters, coverage can only speak of those
                who answered.
              </p>
            )}
            <div class="dimension">
              {picker("reporter", "Reporters", reportersOf(available))}
              {group("reporter", "one row for each")}
            </div>
          </fieldset>
          <PeriodFields
            query={query}
            vocabulary={vocabulary}
            onChange={onChange}
          />
          <ComputeFields
            query={query}
            dimensions={dimensions}
            vocabulary={vocabulary}
            onChange={onChange}
          />
        </>
      )}
      {extras.length > 0 && (
        <fieldset>
          <legend>The question also says</legend>
          <ul class="chips">
            {extras.map((extra) => (
              <li key={extra.words}>
                {extra.words}
                <button
                  type="button"
                  aria-label={`Remove: ${extra.words}`}
                  onClick={() => onChange(extra.without)}
                >
                  ×
                </button>
              </li>
            ))}
          </ul>
        </fieldset>
      )}
      <QuestionCheck query={query} onChange={onChange} />
      <div class="submit">
        <button type="submit" class="primary" disabled={!measure || isAsking}>
          Show the answer
        </button>
      </div>
    </form>
  );
}
