// The page: the question on one side, the answer on the other, and the address
// as their state.

import { useEffect, useRef, useState } from "preact/hooks";
import { ask, joined } from "./answer/ask";
import { type Answer, AnswerView } from "./answer/AnswerView";
import { baseQuestion, basesOf } from "./answer/bases";
import { reportedOf } from "./answer/figures";
import { coverageSentence } from "./answer/words";
import {
  View,
  type StatisticsQuery,
} from "./generated/collate/v1/statistics_pb";
import { LoadPanel } from "./load/LoadPanel";
import { emptyQuestion, withWordAt } from "./question/edit";
import { linkTo, questionOf } from "./question/permalink";
import { QuestionForm } from "./question/QuestionForm";
import { scopeWords, subjectWords } from "./question/words";
import { readMembers, readVocabulary, Vocabulary } from "./question/vocabulary";
import { onUnauthenticated } from "./service/calls";
import { type Problem, problemOf } from "./service/problem";
import { ProblemBox } from "./service/ProblemBox";
import { TokenDialog } from "./service/TokenDialog";
import { Welcome } from "./Welcome";

// What a screen reader is told once an answer stands there.
function announcement({ response }: Answer): string {
  const { cells } = response;
  const missing = cells.filter((cell) => reportedOf(cell) === undefined).length;
  const count =
    response.totalSize === 1 ? "1 row" : `${response.totalSize} rows`;
  const coverage =
    cells.length === 1
      ? ` Coverage: ${coverageSentence(cells[0]!.coverage)}.`
      : "";
  return `Answer loaded: ${count}${missing ? `, ${missing} without a number` : ""}.${coverage}`;
}

// The base of percentages is asked at the same time where the vocabulary says
// that there will be some; without it the percentages stand all the same.
async function answerOf(
  query: StatisticsQuery,
  knownUnit: string,
  signal: AbortSignal,
): Promise<Answer> {
  const basesIf = async (unit: string) => {
    const base = baseQuestion(query, unit);
    const response =
      base && (await ask(base, View.BASIC, "", signal).catch(() => undefined));
    return basesOf(response?.cells ?? [], query.universe);
  };
  const [response, early] = await Promise.all([
    ask(query, View.BASIC, "", signal),
    knownUnit ? basesIf(knownUnit) : undefined,
  ]);
  return {
    query,
    response,
    bases: early ?? (await basesIf(response.cells[0]?.unit ?? "")),
  };
}

export function App() {
  const [vocabulary, setVocabulary] = useState(() => new Vocabulary());
  const [isReady, setReady] = useState(false);
  const [draft, setDraft] = useState<StatisticsQuery>(emptyQuestion);
  const [answer, setAnswer] = useState<Answer>();
  const [asked, setAsked] = useState<StatisticsQuery>();
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  // Of small screens alone; see question.css.
  const [isFolded, setFolded] = useState(false);
  const [said, setSaid] = useState("");
  const [isLoading, setLoading] = useState(false);
  const [file, setFile] = useState<File>();
  const [isDragging, setDragging] = useState(false);
  const [token, setToken] = useState<(token: string | undefined) => void>();
  const pending = useRef<AbortController>();

  const run = (query: StatisticsQuery) => {
    pending.current?.abort();
    const abort = new AbortController();
    pending.current = abort;
    setDraft(query);
    setAsked(query);
    setProblem(undefined);
    setLoading(false);
    setAsking(true);
    answerOf(
      query,
      vocabulary.unit(query.measures[0] ?? ""),
      abort.signal,
    ).then(
      (next) => {
        setAnswer(next);
        setFolded(true);
        setAsking(false);
        setSaid(announcement(next));
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setAnswer(undefined);
        setFolded(false);
        setAsking(false);
        setProblem(problemOf(error));
      },
    );
  };
  const onAsk = (query: StatisticsQuery) => {
    const link = linkTo(query);
    if (link !== location.pathname + location.search)
      history.pushState(null, "", link);
    run(query);
  };
  const fromAddress = (): StatisticsQuery | undefined => {
    try {
      const query = questionOf(location.search);
      if (query) {
        run(query);
        return query;
      }
      setAnswer(undefined);
      setFolded(false);
      setAsked(undefined);
      setProblem(undefined);
      setDraft(emptyQuestion());
    } catch (error) {
      setAnswer(undefined);
      setProblem({
        ...problemOf(error),
        message: `The question in the address cannot be read: ${problemOf(error).message}`,
      });
    }
    return undefined;
  };
  const readAll = (shown: StatisticsQuery) =>
    readVocabulary()
      .then(async (read) => {
        const members = await readMembers(
          neededDimensions(read, shown).filter((one) => !read.has(one)),
        );
        setVocabulary(read.with(members));
        setReady(true);
      })
      .catch((error: unknown) => setProblem(problemOf(error)));

  useEffect(() => {
    onUnauthenticated(
      () =>
        new Promise((resolve) => {
          setToken(() => (given: string | undefined) => {
            setToken(undefined);
            resolve(given);
          });
        }),
    );
    void readAll(fromAddress() ?? draft);
    const back = () => {
      fromAddress();
    };
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);

  const need = (dimensions: string[]) => {
    const missing = [...new Set(dimensions)].filter(
      (one) => !vocabulary.has(one),
    );
    if (missing.length === 0) return;
    readMembers(missing).then(
      (members) => setVocabulary((before) => before.with(members)),
      // Codes stand for titles then.
      () =>
        setVocabulary((before) => before.with(missing.map((one) => [one, []]))),
    );
  };
  // Titles of what is shown, and choices of what may be picked next.
  useEffect(() => {
    if (isReady) need(neededDimensions(vocabulary, draft));
  }, [isReady, vocabulary, draft]);

  useEffect(() => {
    document.title =
      answer && isReady
        ? `${subjectWords(answer.query, vocabulary)}, ${scopeWords(answer.query, vocabulary)} – collate`
        : "collate explorer";
  }, [answer, vocabulary, isReady]);

  // A file may be dropped anywhere.
  useEffect(() => {
    const hasFiles = (event: DragEvent) =>
      event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setDragging(true);
    };
    const leave = (event: DragEvent) => {
      if (!event.relatedTarget) setDragging(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setDragging(false);
      setFile(event.dataTransfer?.files[0]);
      setLoading(true);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);

  const more = () => {
    if (!answer) return;
    setAsking(true);
    ask(answer.query, View.BASIC, answer.response.nextPageToken)
      .then(
        (next) => {
          const response = joined(answer.response, next);
          setAnswer({ ...answer, response });
          setSaid(
            `${response.cells.length} of ${response.totalSize} rows loaded.`,
          );
        },
        (error: unknown) => setProblem(problemOf(error)),
      )
      .finally(() => setAsking(false));
  };
  const pickNear =
    problem?.field && asked
      ? (word: string) => {
          const fixed = withWordAt(asked, problem.field, word);
          if (fixed) onAsk(fixed);
        }
      : undefined;
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          // The address is the question's.
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        Skip to the answer
      </a>
      <header class="masthead">
        <div>
          <h1>
            <a
              href="/"
              onClick={(event) => {
                event.preventDefault();
                setLoading(false);
                history.pushState(null, "", "/");
                fromAddress();
              }}
            >
              collate
            </a>
          </h1>
          <p>
            Published figures on online offences, each with the cell it came
            from
          </p>
        </div>
        <button
          type="button"
          class="quiet-on-dark"
          onClick={() => setLoading(true)}
        >
          Load a document
        </button>
      </header>
      <div class="page">
        <aside class={isFolded ? "side folded" : "side"} aria-label="Question">
          <h2 class="visually-hidden">Question</h2>
          {answer && (
            <button
              type="button"
              class="unfold"
              aria-expanded={!isFolded}
              onClick={() => setFolded(!isFolded)}
            >
              {isFolded ? "Change the question" : "Hide the question"}
            </button>
          )}
          {isReady ? (
            <QuestionForm
              query={draft}
              vocabulary={vocabulary}
              isAsking={isAsking}
              onChange={setDraft}
              onAsk={onAsk}
            />
          ) : (
            !problem && <p role="status">Asking the service what it has…</p>
          )}
        </aside>
        <main id="main" tabIndex={-1}>
          <p class="visually-hidden" role="status" aria-live="polite">
            {said}
          </p>
          {problem && <ProblemBox problem={problem} onPick={pickNear} />}
          {isLoading ? (
            <LoadPanel
              vocabulary={vocabulary}
              file={file}
              onFile={setFile}
              onClose={() => {
                setLoading(false);
                setFile(undefined);
              }}
              onPublished={() => void readAll(draft)}
            />
          ) : answer && isReady ? (
            <AnswerView
              answer={answer}
              vocabulary={vocabulary}
              isAsking={isAsking}
              onMore={more}
              onAsk={onAsk}
            />
          ) : isAsking || answer ? (
            <p class="hint">Asking…</p>
          ) : (
            isReady &&
            !problem && (
              <Welcome
                vocabulary={vocabulary}
                onAsk={onAsk}
                onLoad={() => setLoading(true)}
                onNeed={(dimensions) => need(["reporter", ...dimensions])}
              />
            )
          )}
        </main>
      </div>
      <footer class="foot">
        <p>
          A reporter that did not answer never counts as zero. Figures keep
          their publishers’ licences; see the sources below each answer.
        </p>
      </footer>
      {isDragging && (
        <div class="drop-here" aria-hidden="true">
          <p>Drop the document to load it</p>
        </div>
      )}
      {token && <TokenDialog onDone={token} />}
    </>
  );
}

function neededDimensions(
  vocabulary: Vocabulary,
  query: StatisticsQuery,
): string[] {
  const measure = query.measures[0];
  if (!measure) return [];
  const known = new Set(vocabulary.dimensions.map((one) => one.name));
  return [
    ...new Set([
      "reporter",
      ...query.groupBy,
      ...query.filters.map((one) => one.dimension),
      ...vocabulary.availability
        .filter((one) => one.measure === measure)
        .flatMap((one) =>
          one.dimensions.map((dimension) => dimension.dimension),
        ),
    ]),
  ].filter((one) => known.has(`dimensions/${one}`));
}
