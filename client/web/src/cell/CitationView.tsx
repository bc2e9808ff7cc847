// One printed cell: where it stands, what it says, who read it, and the lines
// around it in the original.

import { useEffect, useState } from "preact/hooks";
import type { Citation } from "../generated/collate/v1/observation_pb";
import type { ReleaseProvenance } from "../generated/collate/v1/explanation_pb";
import { download } from "../service/download";
import { type Problem, problemOf } from "../service/problem";
import { ProblemBox } from "../service/ProblemBox";
import { dayWords, idOf } from "../service/names";
import { readDocument } from "./document";
import { placeOf, placeWords, type Region, regionOf } from "./region";

// What is cut into lines in the browser.
const LARGEST_TEXT = 16 << 20;

type Original =
  | { kind: "none" }
  | { kind: "loading" }
  | { kind: "region"; region: Region }
  | { kind: "elsewhere"; why: string }
  | { kind: "problem"; problem: Problem };

async function originalOf(citation: Citation): Promise<Original> {
  const place = placeOf(citation.locator, citation.document);
  if (!place || place.sheet || place.part) {
    return {
      kind: "elsewhere",
      why: "The document is no plain text, so its lines cannot be shown here.",
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
  const widest = Math.max(...region.lines.map((line) => line.fields.length));
  return (
    <div
      class="region"
      tabIndex={0}
      role="region"
      aria-label={`Lines of ${document} around the cited cell`}
    >
      <table>
        <caption class="visually-hidden">
          Line 1 and the lines around the cited cell, as they stand in{" "}
          {document}
        </caption>
        <thead>
          <tr>
            <th scope="col">Line</th>
            {Array.from({ length: widest }, (_, i) => (
              <th
                key={i}
                scope="col"
                class={i === region.column ? "cited-column" : undefined}
              >
                C{i + 1}
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
              {Array.from(
                { length: region.column === undefined ? 1 : widest },
                (_, column) => {
                  const cited =
                    line.number === region.row &&
                    (region.column === undefined || column === region.column);
                  return (
                    <td
                      key={column}
                      class={cited ? "cited" : undefined}
                      colSpan={region.column === undefined ? widest : undefined}
                    >
                      {cited ? (
                        <mark>{line.fields[column] || <em>blank</em>}</mark>
                      ) : (
                        (line.fields[column] ?? "")
                      )}
                    </td>
                  );
                },
              )}
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
  const show = () => {
    setOriginal({ kind: "loading" });
    originalOf(citation).then(setOriginal, (error: unknown) =>
      setOriginal({ kind: "problem", problem: problemOf(error) }),
    );
  };
  useEffect(() => {
    if (open) show();
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
