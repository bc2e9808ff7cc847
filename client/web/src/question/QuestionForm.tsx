// The question, field by field. Choices are what has figures; everything else
// can be asked as well and is answered by its state.

import { create } from "@bufbuild/protobuf";
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { DerivationSchema, MatchMethod, ShareBase } from "../generated/collate/v1/derivation_pb";
import type { CheckQueryResponse, QueryProblem } from "../generated/collate/v1/check_query_pb";
import { PeriodKind } from "../generated/collate/v1/observation_pb";
import type { StatisticsQuery } from "../generated/collate/v1/statistics_pb";
import { universeWords } from "../answer/derived_words";
import { codeWords } from "../answer/words";
import { grouped } from "../answer/figures";
import { statistics } from "../service/calls";
import { idOf } from "../service/names";
import { type Problem, problemOf } from "../service/problem";
import { ProblemBox } from "../service/ProblemBox";
import { firstUniverse, loadedMeasures, membersByDimension, narrowed, ofMeasure, periodGroups, reportersOf, universesOf } from "./choices";
import {
  derivationOf, extrasOf, filterOf, withDerivation, withFilter, withGroup, withMeasure, withPanel, withPeriods, withRange,
  withUniverse, withWordAt,
} from "./edit";
import { CommittedInput } from "./CommittedInput";
import { type Choice, MemberPicker } from "./MemberPicker";
import type { Vocabulary } from "./vocabulary";

// Between the last change and the check.
const CHECK_AFTER_MS = 120;

const SHARE_BASES: [ShareBase, string][] = [
  [ShareBase.KNOWN_OFFENCES, "offences in which it is known"],
  [ShareBase.ALL_OFFENCES, "all offences"],
  [ShareBase.MENTIONS, "all mentions"],
];

const MATCHES: [MatchMethod, string][] = [
  [MatchMethod.ALL_PERIODS, "reporters with a figure in every period asked for"],
  [MatchMethod.FIXED_BASE, "reporters with a figure in both periods"],
  [MatchMethod.PAIRWISE, "each period on the one before it"],
];

function choicesOf(vocabulary: Vocabulary, dimension: string, loaded: string[]): Choice[] {
  const has = new Set(loaded);
  const members = vocabulary.membersOf(dimension);
  const known = members.map((one): Choice => ({ code: one.code, title: one.title || one.code,
    isLoaded: has.has(one.code), labels: one.labels }));
  if (members.length > 0) return known;
  return loaded.map((code) => ({ code, title: code, isLoaded: true, labels: [] }));
}

function useCheck(query: StatisticsQuery): { check?: CheckQueryResponse; failed?: Problem } {
  const [result, setResult] = useState<{ check?: CheckQueryResponse; failed?: Problem }>({});
  useEffect(() => {
    if (query.measures.length === 0) {
      setResult({});
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      statistics.checkQuery({ query }, { signal: abort.signal }).then(
        (check) => setResult({ check }),
        (error: unknown) => { if (!abort.signal.aborted) setResult({ failed: problemOf(error) }); });
    }, CHECK_AFTER_MS);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [query]);
  return result;
}

function Problems({ problems, onFix }: { problems: QueryProblem[]; onFix: (problem: QueryProblem, word: string) => void }) {
  return (
    <ul class="check-problems">
      {problems.map((problem, i) => (
        <li key={i}>{problem.message}
          {problem.nearMatches.length > 0 && (
            <span class="near-matches">Did you mean{" "}
              {problem.nearMatches.map((word) => (
                <button key={word} type="button" class="quiet near" onClick={() => onFix(problem, word)}>{word}</button>
              ))}?</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function PeriodFields({ query, vocabulary, onChange }: {
  query: StatisticsQuery;
  vocabulary: Vocabulary;
  onChange: (query: StatisticsQuery) => void;
}) {
  const id = useId();
  const available = ofMeasure(vocabulary.availability, query.measures[0] ?? "");
  const groups = periodGroups(narrowed(available, query.filters, query.universe));
  const first = query.periodRange?.first ?? query.periods[0] ?? "";
  const last = query.periodRange?.last ?? query.periods[0] ?? "";
  const several = query.periods.length > 1;
  return (
    <fieldset>
      <legend>When</legend>
      {several ? (
        <ul class="chips" aria-label="Chosen periods">
          {query.periods.map((text) => (
            <li key={text}>{text}<button type="button" aria-label={`Remove ${text}`}
              onClick={() => onChange(withPeriods(query, query.periods.filter((one) => one !== text)))}>×</button></li>
          ))}
        </ul>
      ) : (
        <div class="pair">
          <label>First period
            <CommittedInput list={`${id}-periods`} value={first}
              onCommit={(text) => onChange(withRange(query, text, first === last || !last ? text : last))} />
          </label>
          <label>Last period
            <CommittedInput list={`${id}-periods`} value={last}
              onCommit={(text) => onChange(withRange(query, first || text, text || first))} />
          </label>
        </div>
      )}
      <datalist id={`${id}-periods`}>
        {groups.flatMap((group) => group.periods.map((one) => <option key={one.text} value={one.text} />))}
      </datalist>
      <div class="offers">
        {groups.map((group) => {
          const isRange = group.kind !== PeriodKind.INTERVAL && group.kind !== PeriodKind.DAY && group.kind !== PeriodKind.ROLLING_YEAR;
          if (!isRange) return null;
          const from = group.periods[0]!.text;
          const to = group.periods.at(-1)!.text;
          return (
            <button key={group.kind} type="button" class="quiet" onClick={() => onChange(withRange(query, from, to))}>
              {group.title}: {from === to ? from : `${from} to ${to}`}
            </button>
          );
        })}
        {groups.some((group) => group.kind === PeriodKind.INTERVAL || group.kind === PeriodKind.ROLLING_YEAR) && (
          <details>
            <summary>Other spans with figures</summary>
            {groups.filter((group) => group.kind === PeriodKind.INTERVAL || group.kind === PeriodKind.ROLLING_YEAR)
              .flatMap((group) => group.periods).map((one) => (
                <button key={one.text} type="button" class="quiet" onClick={() => onChange(withPeriods(query, [one.text]))}>{one.text}</button>
              ))}
          </details>
        )}
      </div>
    </fieldset>
  );
}

function ComputeFields({ query, dimensions, vocabulary, onChange }: {
  query: StatisticsQuery;
  dimensions: string[];
  vocabulary: Vocabulary;
  onChange: (query: StatisticsQuery) => void;
}) {
  const change = derivationOf(query, "change");
  const share = derivationOf(query, "share");
  const shareable = dimensions.filter((one) => one !== "reporter"
    && (query.groupBy.includes(one) || filterOf(query, one) !== undefined));
  const setChange = (basePeriod: string, match: MatchMethod) => onChange(withDerivation(query, "change", basePeriod
    ? create(DerivationSchema, { kind: { case: "change", value: { basePeriod, match,
      allowUnequalPeriods: change?.allowUnequalPeriods, allowOverlappingPeriods: change?.allowOverlappingPeriods } } }) : undefined));
  return (
    <details class="compute" open={change !== undefined || share !== undefined}>
      <summary>Changes and shares</summary>
      <label>Change since
        <CommittedInput value={change?.basePeriod ?? ""} placeholder="no change"
          onCommit={(text) => setChange(text, change?.match ?? MatchMethod.UNSPECIFIED)} />
        <span class="hint">A period, such as 2017/18. The change is given over a matched panel and as published.</span>
      </label>
      {change && (
        <label>Matched panel
          <select value={String(change.match || MatchMethod.ALL_PERIODS)}
            onChange={(event) => setChange(change.basePeriod, Number(event.currentTarget.value))}>
            {MATCHES.map(([match, words]) => <option key={match} value={String(match)}>{words}</option>)}
          </select>
        </label>
      )}
      {(shareable.length > 0 || share) && (
        <label>Share
          <select value={share ? `${share.dimension} ${share.base}` : ""} onChange={(event) => {
            const [dimension, base] = event.currentTarget.value.split(" ");
            onChange(withDerivation(query, "share", dimension
              ? create(DerivationSchema, { kind: { case: "share", value: { dimension, base: Number(base) } } }) : undefined));
          }}>
            <option value="">no share</option>
            {[...new Set([...shareable, ...(share ? [share.dimension] : [])])].flatMap((dimension) => SHARE_BASES.map(([base, words]) => (
              <option key={`${dimension} ${base}`} value={`${dimension} ${base}`}>{vocabulary.dimension(dimension)}, of {words}</option>
            )))}
          </select>
        </label>
      )}
    </details>
  );
}

export function QuestionForm({ query, vocabulary, isAsking, onChange, onAsk }: {
  query: StatisticsQuery;
  vocabulary: Vocabulary;
  isAsking: boolean;
  onChange: (query: StatisticsQuery) => void;
  onAsk: (query: StatisticsQuery) => void;
}) {
  const measure = query.measures[0] ?? "";
  const available = useMemo(() => ofMeasure(vocabulary.availability, measure), [vocabulary, measure]);
  const loaded = useMemo(() => loadedMeasures(vocabulary.availability), [vocabulary]);
  const members = useMemo(() => membersByDimension(available), [available]);
  const { check, failed } = useCheck(query);
  const universes = universesOf(available);
  const dimensions = [...new Set([...members.keys(), ...query.groupBy, ...query.filters.map((one) => one.dimension)])]
    .filter((one) => one !== "reporter");
  const extras = extrasOf(query);
  const reporters = filterOf(query, "reporter");
  const shown = vocabulary.measures.find((one) => idOf(one.name) === measure);
  const fix = (problem: QueryProblem, word: string) => {
    const fixed = withWordAt(query, problem.field, word);
    if (fixed) onChange(fixed);
  };
  const picker = (dimension: string, label: string, loadedMembers: string[], hint?: string) => (
    <MemberPicker label={label} hint={hint} choices={choicesOf(vocabulary, dimension, loadedMembers)}
      chosen={filterOf(query, dimension)?.members ?? []} titleOf={(code) => vocabulary.member(dimension, code)}
      onChange={(chosen) => onChange(withFilter(query, dimension, chosen))} />
  );
  const group = (dimension: string, words: string) => (
    <label class="check">
      <input type="checkbox" checked={query.groupBy.includes(dimension)}
        onChange={(event) => onChange(withGroup(query, dimension, event.currentTarget.checked))} />
      {words}
    </label>
  );
  // The first problem of a question that is still being put is no news.
  const problems = (check?.problems ?? []).filter((one) => one.field !== "query.periods" || query.periods.length > 0);
  return (
    <form class="question" aria-label="The question" onSubmit={(event) => { event.preventDefault(); onAsk(query); }}>
      <fieldset>
        <legend>What is counted</legend>
        <label>Measure
          <select value={measure} onChange={(event) => {
            const chosen = event.currentTarget.value;
            onChange(withUniverse(withMeasure(query, chosen), firstUniverse(ofMeasure(vocabulary.availability, chosen))));
          }}>
            <option value="">Choose a measure</option>
            {measure && !vocabulary.measures.some((one) => idOf(one.name) === measure) && <option value={measure}>{measure}</option>}
            <optgroup label="With figures">
              {vocabulary.measures.filter((one) => loaded.has(idOf(one.name))).map((one) => (
                <option key={one.name} value={idOf(one.name)}>{one.title}</option>))}
            </optgroup>
            <optgroup label="Nothing loaded">
              {vocabulary.measures.filter((one) => !loaded.has(idOf(one.name))).map((one) => (
                <option key={one.name} value={idOf(one.name)}>{one.title}</option>))}
            </optgroup>
          </select>
        </label>
        {shown?.description && <p class="hint">{shown.description}</p>}
        {(universes.some(Boolean) || query.universe) && (
          <label>Of which cases
            <select value={query.universe} onChange={(event) => onChange(withUniverse(query, event.currentTarget.value))}>
              {[...new Set(["", ...universes, query.universe])].map((one) => (
                <option key={one} value={one}>{one ? `only ${universeWords("cases", one)}` : "all cases"}</option>))}
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
                  {picker(dimension, vocabulary.dimension(dimension), members.get(dimension) ?? [])}
                  {group(dimension, `one row for each`)}
                </div>
              ))}
            </fieldset>
          )}
          <fieldset>
            <legend>Who reports</legend>
            <label>Panel: who ought to be there
              <select value={query.panel} onChange={(event) => onChange(withPanel(query, event.currentTarget.value))}>
                <option value="">no panel</option>
                {vocabulary.panels.map((one) => <option key={one.name} value={idOf(one.name)}>{one.title}</option>)}
                {query.panel && !vocabulary.panels.some((one) => idOf(one.name) === query.panel) && <option value={query.panel}>{query.panel}</option>}
              </select>
            </label>
            {!query.panel && !reporters && <p class="hint">Without a panel or reporters, coverage can only speak of those who answered.</p>}
            <div class="dimension">
              {picker("reporter", "Reporters", reportersOf(available))}
              {group("reporter", "one row for each")}
            </div>
          </fieldset>
          <PeriodFields query={query} vocabulary={vocabulary} onChange={onChange} />
          <ComputeFields query={query} dimensions={dimensions} vocabulary={vocabulary} onChange={onChange} />
        </>
      )}
      {extras.length > 0 && (
        <fieldset>
          <legend>The question also says</legend>
          <ul class="chips">
            {extras.map((extra) => <li key={extra.words}>{extra.words}
              <button type="button" aria-label={`Remove: ${extra.words}`} onClick={() => onChange(extra.without)}>×</button></li>)}
          </ul>
        </fieldset>
      )}
      <div class="check-line" role="status">
        {problems.length > 0 && <Problems problems={problems} onFix={fix} />}
        {check && problems.length === 0 && check.cellCount > 0n && (
          <p class="hint">{check.cellCount === 1n ? "One row." : `${grouped(String(check.cellCount))} rows.`}
            {query.groupBy.length > 0 && ` By ${query.groupBy.map(codeWords).join(" and ")}.`}</p>
        )}
      </div>
      {failed && <ProblemBox problem={failed} />}
      <div class="submit">
        <button type="submit" class="primary" disabled={!measure || isAsking}>Show the answer</button>
      </div>
    </form>
  );
}
