// What stands where no question was asked yet: what to do first.

import { grouped } from "./answer/figures";
import { EXAMPLES, isAnswerable } from "./question/examples";
import { LoadedTables } from "./question/LoadedTables";
import { linkTo } from "./question/permalink";
import type { Vocabulary } from "./question/vocabulary";
import { idOf, spanWords } from "./service/names";
import type { StatisticsQuery } from "./generated/collate/v1/statistics_pb";

export function Welcome({
  vocabulary,
  onAsk,
  onLoad,
  onNeed,
}: {
  vocabulary: Vocabulary;
  onAsk: (query: StatisticsQuery) => void;
  onLoad: () => void;
  // Titles of these dimensions' members are shown.
  onNeed: (dimensions: string[]) => void;
}) {
  const { availability } = vocabulary;
  const examples = EXAMPLES.filter((one) => isAnswerable(one, availability));
  const sources = [...new Set(availability.map((one) => one.source))];
  if (availability.length === 0) {
    return (
      <article class="welcome">
        <h2>Nothing is loaded yet</h2>
        <p>
          This service answers from documents that it was given, and it has none
          so far. Load the first one: a spreadsheet that answers a request for
          information, or a published table.
        </p>
        <p class="actions">
          <button type="button" class="primary" onClick={onLoad}>
            Load a document
          </button>
        </p>
        <p>Or on the command line, with the figures that come with collate:</p>
        <pre>
          <code>
            collate ingest --source nspcc-foi --recipe published_figures
            --published unknown national.csv platform_share.csv force_year.csv
          </code>
        </pre>
        <p class="hint">
          The files are in tests/data/foi/published. Then this page has
          questions to begin with.
        </p>
      </article>
    );
  }
  return (
    <article class="welcome">
      <h2>Ask what is published about online offences</h2>
      <p class="lead">
        Every answer says who is behind a number and who is missing, what it can
        be when figures are withheld, and where each input was printed. Pick a
        measure to begin, or start with one of these questions.
      </p>
      {examples.length > 0 && (
        <ul class="examples">
          {examples.map((one) => (
            <li key={one.title}>
              <a
                href={linkTo(one.query)}
                onClick={(event) => {
                  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                  event.preventDefault();
                  onAsk(one.query);
                }}
              >
                {one.title}
              </a>
              <span class="hint">{one.teaches}</span>
            </li>
          ))}
        </ul>
      )}
      <h3>What is loaded</h3>
      <div
        class="table-holder"
        tabIndex={0}
        role="region"
        aria-label="What is loaded"
      >
        <table class="plain">
          <caption class="visually-hidden">
            Sources with their measures, periods and reporters
          </caption>
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">Measures</th>
              <th scope="col">Periods</th>
              <th scope="col" class="number">
                Reporters
              </th>
              <th scope="col" class="number">
                Figures
              </th>
            </tr>
          </thead>
          <tbody>
            {sources.map((name) => {
              const own = availability.filter((one) => one.source === name);
              const source = vocabulary.source(idOf(name));
              return (
                <tr key={name}>
                  <th scope="row">
                    {source?.title || idOf(name)}
                    {source?.publisher && (
                      <span class="hint">{source.publisher}</span>
                    )}
                    <details
                      onToggle={() =>
                        onNeed(
                          own.flatMap((one) =>
                            one.dimensions.map(
                              (dimension) => dimension.dimension,
                            ),
                          ),
                        )
                      }
                    >
                      <summary>
                        {own.length === 1
                          ? "Ask its table"
                          : `Ask one of its ${own.length} tables`}
                      </summary>
                      <LoadedTables
                        tables={own}
                        vocabulary={vocabulary}
                        onAsk={onAsk}
                      />
                    </details>
                  </th>
                  <td>
                    {[
                      ...new Set(
                        own.map((one) => vocabulary.measure(one.measure)),
                      ),
                    ].join("; ")}
                  </td>
                  <td>{spanWords(own.flatMap((one) => one.periods))}</td>
                  <td class="number">
                    {grouped(
                      String(new Set(own.flatMap((one) => one.reporters)).size),
                    )}
                  </td>
                  <td class="number">
                    {grouped(
                      String(
                        own.reduce(
                          (sum, one) => sum + one.observationCount,
                          0n,
                        ),
                      ),
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <h3>How to read an answer</h3>
      <dl class="glossary">
        <div>
          <dt>Reported</dt>
          <dd>
            The sum of what was printed. It is absent, never 0, when nobody
            printed a number.
          </dd>
        </div>
        <div>
          <dt>Whole panel</dt>
          <dd>
            What the number of everybody who ought to be there can be, the
            silent ones included. “At least” says that nobody knows an upper
            end.
          </dd>
        </div>
        <div>
          <dt>Coverage</dt>
          <dd>
            How many of those who owe a number gave one, and the name and reason
            of each who did not.
          </dd>
        </div>
        <div>
          <dt>Matched panel, as published</dt>
          <dd>
            A change over the same reporters in both periods, beside the change
            over whoever printed a figure.
          </dd>
        </div>
      </dl>
    </article>
  );
}
