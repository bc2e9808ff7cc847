// Loads a document: dropped on the page or picked, checked first if one likes,
// and published with its report.

import { useEffect, useRef, useState } from "preact/hooks";
import type { IngestionReport } from "../generated/collate/v1/ingestion_pb";
import { grouped } from "../answer/figures";
import type { Vocabulary } from "../question/vocabulary";
import { ingestion } from "../service/calls";
import { idOf } from "../service/names";
import { type Problem, problemOf } from "../service/problem";
import { ProblemBox } from "../service/ProblemBox";
import {
  EMPTY_FORM,
  LARGEST_DOCUMENT,
  type LoadForm,
  mistakeOf,
  requestOf,
} from "./form";
import { ReportView } from "./ReportView";

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Browsers hash only for pages that came safely; the service hashes anyway
  // and holds against what was stated only where something was.
  if (!globalThis.isSecureContext) return "";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function LoadPanel({
  vocabulary,
  file,
  onFile,
  onPublished,
  onClose,
}: {
  vocabulary: Vocabulary;
  file: File | undefined;
  onFile: (file: File | undefined) => void;
  onPublished: () => void;
  onClose: () => void;
}) {
  const [form, setForm] = useState<LoadForm>(EMPTY_FORM);
  const [isBusy, setBusy] = useState(false);
  const [mistake, setMistake] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const [report, setReport] = useState<IngestionReport>();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  useEffect(() => {
    setReport(undefined);
    setProblem(undefined);
    setMistake("");
  }, [file]);
  const set = (change: Partial<LoadForm>) => setForm({ ...form, ...change });
  const send = async (validateOnly: boolean) => {
    setProblem(undefined);
    setReport(undefined);
    const wrong = mistakeOf(form, file?.size);
    setMistake(wrong);
    if (wrong || !file) return;
    setBusy(true);
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const request = requestOf(
        form,
        file.name,
        file.type,
        bytes,
        await sha256Of(bytes),
        validateOnly,
      );
      const { report: result } = await ingestion.ingestDocument(request);
      setReport(result);
      if (result?.published) onPublished();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="load" aria-labelledby="load-title">
      <header class="load-head">
        <h2 id="load-title" ref={title} tabIndex={-1}>
          Load a document
        </h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </header>
      <p>
        A spreadsheet or table as its publisher left it: CSV, XLSX, ODS, XLS,
        DOCX or PDF, up to {LARGEST_DOCUMENT >> 20} MiB. It is read in a process
        of its own that can touch nothing else, and every number keeps the cell
        that it stands in. Several documents that belong together, and answers
        with a manifest, are loaded by the command line:{" "}
        <code>collate ingest</code>.
      </p>
      <form
        aria-label="The document"
        onSubmit={(event) => {
          event.preventDefault();
          void send(true);
        }}
      >
        <div class="drop">
          <label>
            Document
            <input
              type="file"
              onChange={(event) =>
                onFile(event.currentTarget.files?.[0] ?? undefined)
              }
            />
          </label>
          <p class="hint">
            {file ? (
              <>
                <strong>{file.name}</strong>, {grouped(String(file.size))} bytes
              </>
            ) : (
              "Or drop a file anywhere on this page."
            )}
          </p>
        </div>
        <div class="load-fields">
          <label>
            Source
            <input
              value={form.source}
              list="load-sources"
              autocomplete="off"
              spellcheck={false}
              required
              onInput={(event) =>
                set({ source: event.currentTarget.value.trim() })
              }
            />
            <span class="hint">
              Who published it, such as kent-foi. A new name makes a new source.
            </span>
          </label>
          <datalist id="load-sources">
            {vocabulary.sources.map((one) => (
              <option key={one.name} value={idOf(one.name)}>
                {one.title}
              </option>
            ))}
          </datalist>
          <label>
            Published on
            <input
              type="date"
              value={form.published}
              onInput={(event) => set({ published: event.currentTarget.value })}
            />
            <span class="hint">
              Leave it empty when nobody knows; answers then say so.
            </span>
          </label>
          <label>
            Edition
            <input
              value={form.edition}
              autocomplete="off"
              onInput={(event) => set({ edition: event.currentTarget.value })}
            />
            <span class="hint">
              The publisher’s own name of it, if it has one.
            </span>
          </label>
          <label>
            Recipe
            <input
              value={form.recipe}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) =>
                set({ recipe: event.currentTarget.value.trim() })
              }
            />
            <span class="hint">
              Of a spreadsheet, when one is to be used; else the one that proves
              itself.
            </span>
          </label>
          <label>
            Adapter
            <input
              value={form.adapter}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) =>
                set({ adapter: event.currentTarget.value.trim() })
              }
            />
            <span class="hint">
              Empty: the one that recognises the document.
            </span>
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={form.isSynthetic}
              onChange={(event) =>
                set({ isSynthetic: event.currentTarget.checked })
              }
            />
            The figures are made up (synthetic)
          </label>
        </div>
        <p class="actions">
          <button type="submit" disabled={isBusy}>
            Check without publishing
          </button>
          <button
            type="button"
            class="primary"
            disabled={isBusy}
            onClick={() => void send(false)}
          >
            Publish
          </button>
        </p>
      </form>
      <div role="status">{isBusy && <p>Reading {file?.name}…</p>}</div>
      {mistake && (
        <p class="problem" role="alert">
          {mistake}
        </p>
      )}
      {problem && <ProblemBox problem={problem} />}
      <div role="status">{report && <ReportView report={report} />}</div>
    </section>
  );
}
