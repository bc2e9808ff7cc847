// What the service would say of a question before it is asked: its mistakes
// with what is near them, and how many rows there would be.

import { useEffect, useState } from "preact/hooks";
import type {
  CheckQueryResponse,
  QueryProblem,
} from "../generated/collate/v1/check_query_pb";
import type { StatisticsQuery } from "../generated/collate/v1/statistics_pb";
import { grouped } from "../answer/figures";
import { codeWords } from "../answer/words";
import { statistics } from "../service/calls";
import { type Problem, problemOf } from "../service/problem";
import { ProblemBox } from "../service/ProblemBox";
import { withWordAt } from "./edit";

// Between the last change and the check.
const CHECK_AFTER_MS = 120;

function useCheck(query: StatisticsQuery): {
  check?: CheckQueryResponse;
  failed?: Problem;
} {
  const [result, setResult] = useState<{
    check?: CheckQueryResponse;
    failed?: Problem;
  }>({});
  useEffect(() => {
    if (query.measures.length === 0) {
      setResult({});
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      statistics.checkQuery({ query }, { signal: abort.signal }).then(
        (check) => setResult({ check }),
        (error: unknown) => {
          if (!abort.signal.aborted) setResult({ failed: problemOf(error) });
        },
      );
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query]);
  return result;
}

function Problems({
  problems,
  onFix,
}: {
  problems: QueryProblem[];
  onFix: (problem: QueryProblem, word: string) => void;
}) {
  return (
    <ul class="check-problems">
      {problems.map((problem, i) => (
        <li key={i}>
          {problem.message}
          {problem.nearMatches.length > 0 && (
            <span class="near-matches">
              Did you mean{" "}
              {problem.nearMatches.map((word) => (
                <button
                  key={word}
                  type="button"
                  class="quiet near"
                  onClick={() => onFix(problem, word)}
                >
                  {word}
                </button>
              ))}
              ?
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

export function QuestionCheck({
  query,
  onChange,
}: {
  query: StatisticsQuery;
  onChange: (query: StatisticsQuery) => void;
}) {
  const { check, failed } = useCheck(query);
  const fix = (problem: QueryProblem, word: string) => {
    const fixed = withWordAt(query, problem.field, word);
    if (fixed) onChange(fixed);
  };
  // That a question which is still being put names no period is no news.
  const problems = (check?.problems ?? []).filter(
    (one) => one.field !== "query.periods" || query.periods.length > 0,
  );
  return (
    <>
      <div class="check-line" role="status">
        {problems.length > 0 && <Problems problems={problems} onFix={fix} />}
        {check && problems.length === 0 && check.cellCount > 0n && (
          <p class="hint">
            {check.cellCount === 1n
              ? "One row."
              : `${grouped(String(check.cellCount))} rows.`}
            {query.groupBy.length > 0 &&
              ` By ${query.groupBy.map(codeWords).join(" and ")}.`}
          </p>
        )}
      </div>
      {failed && <ProblemBox problem={failed} />}
    </>
  );
}
