// One figure, opened: what it means, who is behind it, and every printed cell
// that it was made of. A modal dialog, so that Escape closes it and the focus
// goes back to the figure.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ExplainCellResponse } from "../generated/collate/v1/statistics_service_pb";
import type {
  Cell,
  Conflict,
  Leaf,
} from "../generated/collate/v1/statistics_pb";
import { Basis, Method } from "../generated/collate/v1/statistics_pb";
import { State } from "../generated/collate/v1/observation_pb";
import { conflictSubject, differenceWords } from "../answer/conflict_words";
import {
  changeFlagWords,
  comparisonWords,
  leftOutWords,
  outcomeMeaning,
  rateHeading,
  rateWords,
  reportersWords,
  shareSentence,
  sidesWords,
} from "../answer/derived_words";
import {
  boundsWords,
  figureBounds,
  grouped,
  isExact,
  reportedBounds,
  reportedOf,
} from "../answer/figures";
import {
  cellName,
  coverageSentence,
  flagMeaning,
  flagWords,
  incompleteWords,
  memberWords,
  panelWords,
  stateMeaning,
  statedWords,
  stateWords,
} from "../answer/words";
import { statistics } from "../service/calls";
import { type Problem, problemOf } from "../service/problem";
import { ProblemBox } from "../service/ProblemBox";
import { CitationView, Token } from "./CitationView";
import { placeWords } from "./region";

const METHODS: Record<number, string> = {
  [Method.EXACT]: "as published",
  [Method.TILED]: "shorter periods added up",
  [Method.PARTS]: "parts added up",
  [Method.LOWER_BOUND]: "a lower bound, from the parts that are published",
};

// Figures listed before somebody asks for all.
const FIRST_LEAVES = 60;

function Derivations({ cell }: { cell: Cell }) {
  return (
    <>
      {cell.derived.map(({ kind }, i) => {
        if (kind.case === "share")
          return (
            <p key={i}>
              {shareSentence(kind.value)} (from{" "}
              {reportersWords(kind.value.reporterCount)}).
            </p>
          );
        if (kind.case === "rate")
          return (
            <p key={i}>
              {rateHeading(kind.value)}: {rateWords(kind.value)}
            </p>
          );
        if (kind.case !== "change") return null;
        const {
          matchedPanel: matched,
          asPublished: published,
          basePeriod,
        } = kind.value;
        return (
          <table key={i} class="plain">
            <caption>Change on {basePeriod?.text}, over both bases</caption>
            <thead>
              <tr>
                <th scope="col">Basis</th>
                <th scope="col">Change</th>
                <th scope="col">From, to</th>
                <th scope="col">Who</th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row">
                  Matched panel{" "}
                  <span class="hint">
                    only reporters with a figure in every period compared
                  </span>
                </th>
                <td class="number">
                  {comparisonWords(matched)}
                  {matched && (
                    <span class="hint">{outcomeMeaning(matched.outcome)}</span>
                  )}
                </td>
                <td class="number">{sidesWords(matched)}</td>
                <td>
                  {reportersWords(matched?.currentReporterCount ?? 0)}
                  {!!matched?.leftOut.length && (
                    <span class="hint">
                      without {matched.leftOut.map(leftOutWords).join(", ")}
                    </span>
                  )}
                  {matched?.flags.map((flag) => (
                    <span key={flag} class="hint">
                      {changeFlagWords(flag)}
                    </span>
                  ))}
                </td>
              </tr>
              <tr>
                <th scope="row">
                  As published{" "}
                  <span class="hint">
                    whoever printed a figure, period by period
                  </span>
                </th>
                <td class="number">
                  {comparisonWords(published)}
                  {published && (
                    <span class="hint">
                      {outcomeMeaning(published.outcome)}
                    </span>
                  )}
                </td>
                <td class="number">{sidesWords(published)}</td>
                <td>
                  {published?.baseReporterCount ?? 0} then,{" "}
                  {published?.currentReporterCount ?? 0} now
                  {published?.flags.map((flag) => (
                    <span key={flag} class="hint">
                      {changeFlagWords(flag)}
                    </span>
                  ))}
                </td>
              </tr>
            </tbody>
          </table>
        );
      })}
    </>
  );
}

function conflictsOf(cell: Cell): [of: string, conflict: Conflict][] {
  const all: [string, Conflict][] = cell.conflicts.map((one) => ["", one]);
  for (const { kind } of cell.derived) {
    if (kind.case === "share")
      all.push(
        ...kind.value.baseConflicts.map((one): [string, Conflict] => [
          "In the base. ",
          one,
        ]),
      );
    if (kind.case === "change")
      all.push(
        ...kind.value.baseConflicts.map((one): [string, Conflict] => [
          "In the base. ",
          one,
        ]),
      );
    if (kind.case === "rate")
      all.push(
        ...kind.value.denominatorConflicts.map((one): [string, Conflict] => [
          "In the denominator. ",
          one,
        ]),
      );
  }
  return all;
}

function LeafView({
  leaf,
  answer,
  open,
}: {
  leaf: Leaf;
  answer: ExplainCellResponse;
  open: boolean;
}) {
  const reported = reportedOf(leaf);
  const bounds = figureBounds(leaf);
  const name = leaf.coordinates.map(memberWords).join(", ") || "The figure";
  const [shown, setShown] = useState(open ? 0 : -1);
  return (
    <li class="leaf">
      <p class="leaf-head">
        <strong>{name}</strong>
        <span class={reported === undefined ? "missing" : "number"}>
          {reported === undefined ? stateWords(leaf.state) : grouped(reported)}
        </span>
        <span class="hint">
          {[
            reported !== undefined &&
              leaf.state !== State.REPORTED &&
              stateWords(leaf.state),
            bounds &&
              !isExact(reported, bounds) &&
              `can be ${boundsWords(bounds)}`,
            METHODS[leaf.method],
            leaf.source && `source ${leaf.source}`,
            leaf.reason,
          ]
            .filter(Boolean)
            .join("; ")}
        </span>
      </p>
      {leaf.available.length > 0 && (
        <p class="hint">Offered instead: {leaf.available.join("; ")}</p>
      )}
      {leaf.citations.length > 0 && (
        <ul class="citations">
          {leaf.citations.map((citation, i) => (
            <li key={i}>
              <button
                type="button"
                class="quiet place"
                aria-expanded={shown === i}
                onClick={() => setShown(shown === i ? -1 : i)}
              >
                <span>
                  {citation.document},{" "}
                  {placeWords(citation.locator, citation.document)}
                </span>
                <Token raw={citation.raw} />
                {citation.printedBy && (
                  <span class="hint">printed by {citation.printedBy}</span>
                )}
              </button>
              {shown === i && (
                <CitationView
                  citation={citation}
                  open
                  reader={answer.releases.find(
                    (one) => one.release === citation.release,
                  )}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {leaf.others.map((other, i) => (
        <p key={i} class="hint">
          {other.conflicting ? "Contradicted by " : "Also printed by "}
          {[other.source, ...(other.figure?.printedBy ?? [])].join(", ")}:{" "}
          {other.figure && boundsWords(figureBounds(other.figure))}
          {other.citations
            .map(
              (one) =>
                ` (${one.document}, ${placeWords(one.locator, one.document)}: “${one.raw}”)`,
            )
            .join("")}
        </p>
      ))}
    </li>
  );
}

function Explanation({
  answer,
  base,
}: {
  answer: ExplainCellResponse;
  base: string | undefined;
}) {
  const cell = answer.cell!;
  const reported = reportedOf(cell);
  const bounds = reportedBounds(cell);
  const conflicts = conflictsOf(cell);
  const [all, setAll] = useState(false);
  const leaves = all ? answer.leaves : answer.leaves.slice(0, FIRST_LEAVES);
  const firstCited = answer.leaves.findIndex(
    (leaf) => leaf.citations.length > 0,
  );
  return (
    <>
      <p class="sheet-figure">
        {reported === undefined ? (
          <span class="missing">{stateWords(cell.state)}</span>
        ) : (
          <>
            <span class="number">{grouped(reported)}</span> {cell.unit}
            {base && ` ${base}`}
          </>
        )}
      </p>
      {reported !== undefined && incompleteWords(cell) ? (
        <p>
          <strong>Not all of it: {incompleteWords(cell)}.</strong>{" "}
          <em>{stateWords(cell.state)}</em>: {stateMeaning(cell.state)}
        </p>
      ) : (
        <p>{stateMeaning(cell.state)}</p>
      )}
      <dl class="facts">
        {bounds && !isExact(reported, bounds) && (
          <div>
            <dt>The printed figures can be</dt>
            <dd>{boundsWords(bounds)}</dd>
          </div>
        )}
        <div>
          <dt>The whole panel can be</dt>
          <dd>{panelWords(cell)}</dd>
        </div>
        <div>
          <dt>Coverage</dt>
          <dd>{coverageSentence(cell.coverage)}</dd>
        </div>
        <div>
          <dt>Basis</dt>
          <dd>
            {cell.basis === Basis.PUBLISHED_TOTAL
              ? `A published total: somebody printed it of the area as a whole, and it is in no sum.${cell.coverage?.stated ? ` ${statedWords(cell.coverage.stated)}.` : ""}`
              : "A sum over the reporters of the panel."}
          </dd>
        </div>
        {cell.sources.length > 0 && (
          <div>
            <dt>Sources</dt>
            <dd>
              {cell.sources
                .map(
                  (one) =>
                    `${one.source} (${reportersWords(one.reporterCount)})`,
                )
                .join(", ")}
            </dd>
          </div>
        )}
      </dl>
      <Derivations cell={cell} />
      {conflicts.length > 0 && (
        <section class="conflicts">
          <h3>What is printed and does not fit</h3>
          <ul>
            {conflicts.map(([of, conflict], i) => (
              <li key={i}>
                {of}
                {conflictSubject(conflict)}.
                <ul>
                  {conflict.differences.map((one, k) => (
                    <li key={k}>{differenceWords(one)}</li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        </section>
      )}
      {cell.flags.length > 0 && (
        <section>
          <h3>What to know about it</h3>
          <dl class="glossary">
            {cell.flags.map((flag) => (
              <div key={flag}>
                <dt>{flagWords(flag)}</dt>
                <dd>{flagMeaning(flag)}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <section>
        <h3>Where it is printed</h3>
        <p class="hint">
          {cell.citationCount === 0
            ? "Nobody printed a figure that it could be made of."
            : `${grouped(String(cell.citationCount))} printed ${cell.citationCount === 1 ? "cell" : "cells"} behind ${grouped(String(answer.leaves.length))} ${answer.leaves.length === 1 ? "figure" : "figures"}. Open one to see it in its document.`}
        </p>
        <ul class="leaves">
          {leaves.map((leaf, i) => (
            <LeafView
              key={i}
              leaf={leaf}
              answer={answer}
              open={i === firstCited}
            />
          ))}
        </ul>
        {!all && answer.leaves.length > FIRST_LEAVES && (
          <button type="button" onClick={() => setAll(true)}>
            Show all {grouped(String(answer.leaves.length))} figures
          </button>
        )}
      </section>
    </>
  );
}

export function CellSheet({
  cell,
  base,
  subject,
  onClose,
}: {
  cell: Cell;
  // What a published percentage is of.
  base: string | undefined;
  subject: string;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [answer, setAnswer] = useState<ExplainCellResponse>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    dialog.current?.showModal();
    statistics
      .explainCell({ handle: cell.handle })
      .then(setAnswer, (error: unknown) => setProblem(problemOf(error)));
  }, []);
  return (
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby="sheet-title"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="sheet-body">
        <header>
          <div>
            <p class="hint">{subject}</p>
            <h2 id="sheet-title" tabIndex={-1}>
              {cellName(cell)}
            </h2>
          </div>
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </header>
        {problem && <ProblemBox problem={problem} />}
        {!answer && !problem && (
          <p role="status">Looking up where it comes from…</p>
        )}
        {answer?.cell && <Explanation answer={answer} base={base} />}
      </div>
    </dialog>
  );
}
