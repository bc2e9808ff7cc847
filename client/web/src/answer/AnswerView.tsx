// An answer: the headline, table and chart side by side, what to know about
// it, where it is from, and the ways to take it away.

import { toJson } from "@bufbuild/protobuf";
import { useMemo, useState } from "preact/hooks";
import {
  type QueryStatisticsResponse,
  QueryStatisticsResponseSchema,
} from "../generated/collate/v1/statistics_service_pb";
import {
  Basis,
  type Cell,
  CellFlag,
  type StatisticsQuery,
} from "../generated/collate/v1/statistics_pb";
import { State } from "../generated/collate/v1/observation_pb";
import { CellSheet } from "../cell/CellSheet";
import { ChartFigure } from "../chart/ChartFigure";
import { LoadedTables } from "../question/LoadedTables";
import { linkTo } from "../question/permalink";
import { scopeWords, subjectWords } from "../question/words";
import type { Vocabulary } from "../question/vocabulary";
import { download } from "../service/download";
import { idOf, sourceOf } from "../service/names";
import { type Problem, problemOf } from "../service/problem";
import { ProblemBox } from "../service/ProblemBox";
import { askAll } from "./ask";
import { type Bases, basesNote } from "./bases";
import { answerCsv } from "./csv";
import {
  comparisonWords,
  leftOutWords,
  reportersWords,
  shareSentence,
  sidesWords,
} from "./derived_words";
import {
  grouped,
  isExact,
  boundsWords,
  reportedBounds,
  reportedOf,
} from "./figures";
import { FigureTable } from "./FigureTable";
import { tableOf } from "./table";
import {
  cellName,
  coverageSentence,
  panelWords,
  statedWords,
  stateMeaning,
  stateWords,
} from "./words";

export interface Answer {
  query: StatisticsQuery;
  response: QueryStatisticsResponse;
  // What published percentages are of, by period: "of the 1,824 offences whose
  // platform is known".
  bases: Bases;
}

// A single cell, in large print.
function Headline({
  cell,
  base,
  onPick,
}: {
  cell: Cell;
  base: string | undefined;
  onPick: () => void;
}) {
  const reported = reportedOf(cell);
  const bounds = reportedBounds(cell);
  const { stated } = cell.coverage ?? {};
  return (
    <div class="headline">
      <p class="headline-figure">
        <button
          type="button"
          class={reported === undefined ? "missing" : undefined}
          onClick={onPick}
          aria-haspopup="dialog"
        >
          {reported === undefined ? stateWords(cell.state) : grouped(reported)}
        </button>
        {reported !== undefined && (
          <span class="headline-unit">
            {cell.unit}
            {base && ` ${base}`}
          </span>
        )}
      </p>
      {reported === undefined && <p>{stateMeaning(cell.state)}</p>}
      {bounds && !isExact(reported, bounds) && (
        <p>The printed figures can be {boundsWords(bounds)}.</p>
      )}
      <p>
        {cell.basis === Basis.PUBLISHED_TOTAL && cell.citationCount > 0
          ? `A published total${stated ? `, ${statedWords(stated)}` : ""}.`
          : `${coverageSentence(cell.coverage)}. The whole panel: ${panelWords(cell)}.`}
      </p>
      {cell.derived.map(({ kind }, i) => {
        if (kind.case === "share")
          return <p key={i}>{shareSentence(kind.value)}.</p>;
        if (kind.case !== "change") return null;
        const { matchedPanel: matched, asPublished: published } = kind.value;
        return (
          <p key={i}>
            <strong>{comparisonWords(matched)}</strong> on{" "}
            {kind.value.basePeriod?.text} over a matched panel of{" "}
            {reportersWords(matched?.currentReporterCount ?? 0)} (
            {sidesWords(matched)});{" "}
            <strong>{comparisonWords(published)}</strong> as published (
            {sidesWords(published)}).
          </p>
        );
      })}
    </div>
  );
}

// What is true of all rows is said once; what differs, up to a few times.
function coverageLines(cells: Cell[]): string[] {
  const lines = new Map<string, string[]>();
  for (const cell of cells) {
    const { coverage } = cell;
    const isPartial =
      coverage && coverage.missing.length > 0 && coverage.expected > 1;
    if (!coverage || (!coverage.stated && !isPartial)) continue;
    const sentence = coverage.stated
      ? `published total, ${statedWords(coverage.stated)}`
      : coverageSentence(coverage);
    lines.set(sentence, [...(lines.get(sentence) ?? []), cellName(cell)]);
  }
  return [...lines].map(
    ([sentence, names]) =>
      `${
        names.length === cells.length
          ? "Every row"
          : names.length > 6
            ? `${names.slice(0, 6).join("; ")} and ${names.length - 6} more`
            : names.join("; ")
      }: ${sentence}.`,
  );
}

function changeLines(cells: Cell[]): string[] {
  return [
    ...new Set(
      cells.flatMap((cell) =>
        cell.derived.flatMap(({ kind }) =>
          kind.case === "change" && kind.value.matchedPanel?.leftOut.length
            ? [
                `Not in the matched panel of the change on ${kind.value.basePeriod?.text}: ${kind.value.matchedPanel.leftOut.map(leftOutWords).join(", ")}.`,
              ]
            : kind.case === "share" && kind.value.leftOut.length
              ? [
                  `In neither side of the share: ${kind.value.leftOut.map(leftOutWords).join(", ")}.`,
                ]
              : [],
        ),
      ),
    ),
  ];
}

const MOST_LINES = 8;

function Lines({ lines }: { lines: string[] }) {
  const [all, setAll] = useState(false);
  if (lines.length === 0) return null;
  return (
    <>
      <ul class="lines">
        {(all ? lines : lines.slice(0, MOST_LINES)).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {!all && lines.length > MOST_LINES && (
        <button type="button" class="quiet" onClick={() => setAll(true)}>
          Show all {grouped(String(lines.length))}
        </button>
      )}
    </>
  );
}

function Sources({
  releases,
  vocabulary,
}: {
  releases: string[];
  vocabulary: Vocabulary;
}) {
  const bySource = new Map<string, string[]>();
  for (const release of releases) {
    bySource.set(sourceOf(release), [
      ...(bySource.get(sourceOf(release)) ?? []),
      release,
    ]);
  }
  return (
    <ul class="sources">
      {[...bySource].map(([id, names]) => {
        const source = vocabulary.source(id);
        return (
          <li key={id}>
            <strong>{source?.title || id}</strong>
            {source?.publisher && `, ${source.publisher}`}
            {source?.licence && `. Licence: ${source.licence}`}
            {source?.attribution && `. ${source.attribution}`}
            <details>
              <summary>
                {names.length === 1
                  ? "1 release"
                  : `${grouped(String(names.length))} releases`}
              </summary>
              <ul>
                {names.map((name) => (
                  <li key={name}>
                    <code class="break">{name}</code>
                  </li>
                ))}
              </ul>
            </details>
          </li>
        );
      })}
    </ul>
  );
}

export function AnswerView({
  answer,
  vocabulary,
  isAsking,
  onMore,
  onAsk,
}: {
  answer: Answer;
  vocabulary: Vocabulary;
  isAsking: boolean;
  onMore: () => void;
  onAsk: (query: StatisticsQuery) => void;
}) {
  const { query, response } = answer;
  const { cells } = response;
  const [open, setOpen] = useState<number>();
  const [problem, setProblem] = useState<Problem>();
  const [copied, setCopied] = useState(false);
  const table = useMemo(
    () =>
      tableOf(
        cells,
        query.groupBy.map((one) => vocabulary.dimension(one)),
        vocabulary.measure,
      ),
    [cells, query, vocabulary],
  );
  const breakDays = useMemo(
    () =>
      query.filters
        .filter((one) => !one.exclude)
        .flatMap((one) =>
          one.members.flatMap((member) =>
            vocabulary.breaksOf(one.dimension, member),
          ),
        ),
    [query, vocabulary],
  );
  const subject = subjectWords(query, vocabulary);
  const scope = scopeWords(query, vocabulary);
  const single = cells.length === 1 ? cells[0] : undefined;
  const missing = cells.filter((cell) => reportedOf(cell) === undefined).length;
  const offered = vocabulary.availability.filter((one) =>
    query.measures.includes(one.measure),
  );
  const isSynthetic =
    cells.some((cell) => cell.flags.includes(CellFlag.SYNTHETIC_INPUT)) ||
    response.caveats.some((caveat) => caveat.code === "SYNTHETIC_INPUT");
  const link = linkTo(query);
  const source =
    `Source: ${[...new Set(response.releases.map(sourceOf))].map((id) => vocabulary.source(id)?.title || id).join(", ")}` +
    `. ${isSynthetic ? "SYNTHETIC: the figures are made up. " : ""}collate, ${response.name || "answer without a name"}`;
  const take = (kind: "csv" | "json") => {
    setProblem(undefined);
    askAll(query).then(
      (all) => {
        if (kind === "csv") {
          download(
            "collate-answer.csv",
            [answerCsv(all, query.groupBy)],
            "text/csv",
          );
        } else {
          const json = toJson(QueryStatisticsResponseSchema, all, {
            alwaysEmitImplicit: true,
          });
          download(
            "collate-answer.json",
            [JSON.stringify(json, null, 1)],
            "application/json",
          );
        }
      },
      (error: unknown) => setProblem(problemOf(error)),
    );
  };
  const copy = () =>
    navigator.clipboard.writeText(new URL(link, location.href).href).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <article
      class={isAsking ? "answer asking" : "answer"}
      aria-labelledby="answer-title"
      aria-busy={isAsking}
    >
      <header>
        <h2 id="answer-title" tabIndex={-1}>
          {subject}
        </h2>
        <p class="scope">{scope}</p>
        {isSynthetic && (
          <p class="synthetic">
            <strong>Synthetic.</strong> Made-up figures take part, so these
            numbers are made up.
          </p>
        )}
      </header>
      {single && (
        <Headline
          cell={single}
          base={answer.bases.get(single.period?.text ?? "")}
          onPick={() => setOpen(0)}
        />
      )}
      {!single && (
        <>
          <p id="table-hint" class="hint">
            {`${grouped(String(response.totalSize))} rows${missing ? `, ${grouped(String(missing))} of them without a number` : ""}. `}
            Activate a figure to see where it is printed; arrow keys move
            between figures.
          </p>
          <div class="side-by-side">
            <section class="table-part" aria-label="Table">
              <FigureTable
                table={table}
                caption={`${subject}, ${scope}`}
                total={response.totalSize}
                onPick={setOpen}
              />
              {response.nextPageToken && (
                <p>
                  {grouped(String(cells.length))} of{" "}
                  {grouped(String(response.totalSize))} rows are here.{" "}
                  <button type="button" onClick={onMore} disabled={isAsking}>
                    Load more rows
                  </button>
                </p>
              )}
            </section>
            <ChartFigure
              key={link}
              cells={cells}
              title={`${subject}, ${scope}`}
              note={basesNote(answer.bases)}
              bases={answer.bases}
              breakDays={breakDays}
              breaksOf={vocabulary.breaksOf}
              source={source}
              onPick={setOpen}
            />
          </div>
        </>
      )}
      {table.notes.length > 0 && (
        <section class="notes-part" aria-labelledby="notes-title">
          <h3 id="notes-title">Notes</h3>
          <ol class="note-list">
            {table.notes.map((note) => (
              <li key={`${note.words} ${note.meaning}`}>
                <strong>{note.words}</strong>. {note.meaning}
              </li>
            ))}
          </ol>
        </section>
      )}
      <States cells={cells} />
      {missing === cells.length && offered.length > 0 && (
        <section aria-labelledby="loaded-title">
          <h3 id="loaded-title">What is loaded of it</h3>
          <p>
            Nothing answers the question as it is asked. These tables are loaded
            of its measure; each opens as a question.
          </p>
          <LoadedTables
            tables={offered}
            vocabulary={vocabulary}
            onAsk={onAsk}
          />
        </section>
      )}
      <section aria-labelledby="behind-title">
        <h3 id="behind-title">Who is behind it, and who is missing</h3>
        <p>
          {response.panel?.title
            ? `Panel: ${response.panel.title}${response.panel.code ? ` (${response.panel.code})` : ""}, ${reportersWords(response.panel.reporterCount)}.`
            : ""}{" "}
          {single ? `Coverage: ${coverageSentence(single.coverage)}.` : ""}
        </p>
        {!single && <Lines lines={coverageLines(cells)} />}
        <Lines lines={changeLines(cells)} />
      </section>
      {response.caveats.length > 0 && (
        <section aria-labelledby="caveats-title">
          <h3 id="caveats-title">Caveats</h3>
          <dl class="glossary">
            {response.caveats.map((caveat, i) => (
              <div key={i}>
                <dt>
                  <code>{caveat.code}</code>
                </dt>
                <dd>{caveat.message}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <section aria-labelledby="sources-title">
        <h3 id="sources-title">Sources</h3>
        {response.releases.length ? (
          <Sources releases={response.releases} vocabulary={vocabulary} />
        ) : (
          <p>No release has a figure of it.</p>
        )}
      </section>
      <section aria-labelledby="take-title">
        <h3 id="take-title">Take it away</h3>
        <p class="actions">
          <button type="button" onClick={() => take("csv")}>
            Download CSV
          </button>
          <button type="button" onClick={() => take("json")}>
            Download JSON
          </button>
          {/* Browsers give the clipboard only to pages that came safely. */}
          {isSecureContext && (
            <button type="button" onClick={copy}>
              {copied ? "Link copied" : "Copy the link"}
            </button>
          )}
          <a href={link}>Link to this question</a>
        </p>
        {response.name && (
          <p class="hint">
            The answer’s name is{" "}
            <code class="break">answers/{idOf(response.name)}</code>: the
            service gives it again byte for byte, or says what has changed.
          </p>
        )}
        {problem && <ProblemBox problem={problem} />}
      </section>
      {open !== undefined && cells[open] && (
        <CellSheet
          cell={cells[open]}
          base={answer.bases.get(cells[open].period?.text ?? "")}
          subject={`${subject} · ${scope}`}
          onClose={() => setOpen(undefined)}
        />
      )}
    </article>
  );
}

// What the words in place of numbers mean that occur here.
function States({ cells }: { cells: Cell[] }) {
  const states = [
    ...new Set(
      cells
        .filter((cell) => reportedOf(cell) === undefined)
        .map((cell) => cell.state),
    ),
  ].filter((state) => state !== State.UNSPECIFIED);
  if (states.length === 0) return null;
  return (
    <section aria-labelledby="states-title">
      <h3 id="states-title">In place of a number</h3>
      <dl class="glossary">
        {states.map((state) => (
          <div key={state}>
            <dt>{stateWords(state)}</dt>
            <dd>{stateMeaning(state)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
