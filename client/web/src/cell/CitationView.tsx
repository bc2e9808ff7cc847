// One printed cell: where it stands, what it says, who read it, and what stands
// around it in the original.

import { useEffect, useState } from "preact/hooks";
import type { Citation } from "../generated/collate/v1/observation_pb";
import type { ReleaseProvenance } from "../generated/collate/v1/explanation_pb";
import { download } from "../service/download";
import { type Problem, problemOf } from "../service/problem";
import { ProblemBox } from "../service/ProblemBox";
import { dayWords, idOf } from "../service/names";
import { readCells, readDocument } from "./document";
import {
  cellsOf,
  placeOf,
  placeWords,
  type Region,
  regionOf,
  sheetRegionOf,
} from "./region";

// What is cut into lines in the browser.
const LARGEST_TEXT = 16 << 20;

type Original =
  | { kind: "none" }
  | { kind: "loading" }
  | { kind: "region"; region: Region }
  | { kind: "elsewhere"; why: string }
  | { kind: "problem"; problem: Problem };

async function originalOf(
  citation: Citation,
  signal: AbortSignal,
): Promise<Original> {
  const place = placeOf(citation.locator, citation.document);
  if (!place || place.part) {
    return {
      kind: "elsewhere",
      why: place
        ? "The cell stands within an archive, of which nothing is shown here."
        : "Where the cell stands is said in words that this page cannot follow.",
    };
  }
  if (place.sheet) {
    const { cells, beyond } = cellsOf(
      await readCells(citation.release, citation.document, place.sheet, signal),
      place.sheet,
    );
    const region = sheetRegionOf(cells, place);
    if (region) return { kind: "region", region };
    return {
      kind: "elsewhere",
      why: beyond
        ? "Of a sheet, the first 200 rows and 40 columns are shown here."
        : "Nothing stands around the cell.",
    };
  }
  const original = await readDocument(
    citation.release,
    citation.document,
    LARGEST_TEXT,
  );
  if (original.totalBytes > LARGEST_TEXT) {
    return {
      kind: "elsewhere",
      why: "The document is larger than 16 MiB, so its lines are not shown here.",
    };
  }
  const region = regionOf(original.bytes, place, citation.raw);
  return region
    ? { kind: "region", region }
    : {
        kind: "elsewhere",
        why: "Its bytes could not be read as lines of text here.",
      };
}

// The token exactly as printed, its spaces included; a blank is said.
export function Token({ raw }: { raw: string }) {
  return raw ? <code class="token">{raw}</code> : <em>blank</em>;
}

function RegionTable({
  region,
  document,
}: {
  region: Region;
  document: string;
}) {
  return (
    <div
      class="region"
      tabIndex={0}
      role="region"
      aria-label={`The part of ${document} around the cited cell`}
    >
      <table>
        <caption class="visually-hidden">
          What stands around the cited cell in {document}, with its headers
        </caption>
        <thead>
          <tr>
            <th scope="col">{region.unit}</th>
            {region.heads.map((head, i) => (
              <th
                key={head}
                scope="col"
                class={i === region.column ? "cited-column" : undefined}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {region.lines.map((line, i) => (
            <tr
              key={line.number}
              class={
                [
                  line.number === region.row ? "cited-row" : "",
                  i > 0 && line.number !== region.lines[i - 1]!.number + 1
                    ? "after-gap"
                    : "",
                ]
                  .join(" ")
                  .trim() || undefined
              }
            >
              <th scope="row">{line.number}</th>
              {region.heads.map((head, column) => {
                const cited =
                  line.number === region.row &&
                  (region.column === undefined || column === region.column);
                return (
                  <td key={head} class={cited ? "cited" : undefined}>
                    {cited ? (
                      <mark>{line.fields[column] || <em>blank</em>}</mark>
                    ) : (
                      (line.fields[column] ?? "")
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function CitationView({
  citation,
  reader,
  open,
}: {
  citation: Citation;
  reader: ReleaseProvenance | undefined;
  // Whether the original is shown from the start.
  open: boolean;
}) {
  const [original, setOriginal] = useState<Original>({ kind: "none" });
  // Whoever closes the figure waits for nothing.
  const [closing] = useState(() => new AbortController());
  const show = () => {
    setOriginal({ kind: "loading" });
    originalOf(citation, closing.signal).then(setOriginal, (error: unknown) => {
      if (!closing.signal.aborted)
        setOriginal({ kind: "problem", problem: problemOf(error) });
    });
  };
  useEffect(() => {
    if (open) show();
    return () => closing.abort();
  }, []);
  const save = () => {
    readDocument(citation.release, citation.document).then(
      (one) =>
        download(
          citation.document,
          [one.bytes],
          one.mediaType || "application/octet-stream",
        ),
      (error: unknown) =>
        setOriginal({ kind: "problem", problem: problemOf(error) }),
    );
  };
  const labels = [
    citation.reporterText,
    citation.periodText,
    ...citation.labels.map((one) => one.text),
  ].filter(Boolean);
  return (
    <div class="citation">
      <dl class="facts">
        <div>
          <dt>Printed</dt>
          <dd>
            <Token raw={citation.raw} />
            {citation.printedBy && ` by ${citation.printedBy}`}
          </dd>
        </div>
        <div>
          <dt>File</dt>
          <dd>{citation.document}</dd>
        </div>
        <div>
          <dt>Place</dt>
          <dd>
            {placeWords(citation.locator, citation.document)}{" "}
            <code>{citation.locator}</code>
          </dd>
        </div>
        <div>
          <dt>Under the labels</dt>
          <dd>{labels.join(" · ") || "none"}</dd>
        </div>
        <div>
          <dt>Read by</dt>
          <dd>
            {reader
              ? `adapter ${idOf(reader.adapter)}, version ${reader.adapterVersion}${reader.recipes.length ? `; recipe ${reader.recipes.join(", ")}` : ""}`
              : "unknown"}
          </dd>
        </div>
        <div>
          <dt>Release</dt>
          <dd>
            <span class="break">{citation.release}</span>,{" "}
            {reader?.publishTime
              ? `published ${dayWords(reader.publishTime)}`
              : "publication day not known"}
            {reader?.loadTime && `, loaded ${dayWords(reader.loadTime)}`}
          </dd>
        </div>
        <div>
          <dt>SHA-256 of the file</dt>
          <dd>
            <code class="break">{citation.documentSha256}</code>
          </dd>
        </div>
      </dl>
      <p class="actions">
        {original.kind === "none" && (
          <button type="button" onClick={show}>
            Show the cell in its document
          </button>
        )}
        <button type="button" class="quiet" onClick={save}>
          Download {citation.document}
        </button>
      </p>
      {original.kind === "loading" && (
        <p role="status">Reading the document…</p>
      )}
      {original.kind === "region" && (
        <RegionTable region={original.region} document={citation.document} />
      )}
      {original.kind === "elsewhere" && (
        <p class="elsewhere">
          {original.why} The cell is at{" "}
          <strong>{placeWords(citation.locator, citation.document)}</strong>;
          download the document to see it there.
        </p>
      )}
      {original.kind === "problem" && <ProblemBox problem={original.problem} />}
    </div>
  );
}
