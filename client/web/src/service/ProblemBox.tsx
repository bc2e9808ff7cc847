// What the service said when it refused, and the words that are near.

import type { Problem } from "./problem";

export function ProblemBox({
  problem,
  onPick,
}: {
  problem: Problem;
  // Puts a near match in place of the word at fault.
  onPick?: (word: string) => void;
}) {
  return (
    <div class="problem" role="alert">
      <p class="problem-title">
        {problem.kind === "unavailable"
          ? "The service could not answer"
          : "The service refused this"}
      </p>
      <p>{problem.message}</p>
      {problem.nearMatches.length > 0 && (
        <p>
          Did you mean{" "}
          {problem.nearMatches.map((word) =>
            onPick ? (
              <button
                key={word}
                type="button"
                class="quiet near"
                onClick={() => onPick(word)}
              >
                {word}
              </button>
            ) : (
              <code key={word}>{word} </code>
            ),
          )}
          ?
        </p>
      )}
      {(problem.reason || problem.field) && (
        <dl class="facts small">
          {problem.reason && (
            <div>
              <dt>Reason</dt>
              <dd>
                <code>{problem.reason}</code>
                {problem.kind && ` (${problem.kind})`}
              </dd>
            </div>
          )}
          {problem.field && (
            <div>
              <dt>Field</dt>
              <dd>
                <code>{problem.field}</code>
              </dd>
            </div>
          )}
          {problem.details.map(([key, value]) => (
            <div key={key}>
              <dt>{key.replaceAll("_", " ")}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
