// Original documents, as they were handed in, and the cells of sheets as a worker
// of the service reads them.

import { statistics } from "../service/calls";
import { problemOf } from "../service/problem";

const MOST_TRIES = 20;
const BUSY_MS = 500;

export interface Original {
  bytes: Uint8Array<ArrayBuffer>;
  mediaType: string;
  totalBytes: number;
}

// At most `limit` bytes are fetched; of a larger document none.
export async function readDocument(
  release: string,
  document: string,
  limit = Infinity,
): Promise<Original> {
  const chunks: Uint8Array[] = [];
  let mediaType = "";
  let totalBytes = 0;
  let length = 0;
  for await (const part of statistics.readDocument({ release, document })) {
    if (part.sha256) {
      mediaType = part.mediaType;
      totalBytes = Number(part.totalBytes);
      if (totalBytes > limit)
        return { bytes: new Uint8Array(), mediaType, totalBytes };
    }
    chunks.push(part.chunk);
    length += part.chunk.length;
  }
  if (length !== totalBytes)
    throw new Error(
      `The document was cut short: ${length} of ${totalBytes} bytes came.`,
    );
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { bytes, mediaType, totalBytes };
}

// A CSV, which region.ts reads.
export async function readCells(
  release: string,
  document: string,
  sheet: string,
  signal: AbortSignal,
): Promise<string> {
  for (let tries = 1; ; ++tries) {
    try {
      const decoder = new TextDecoder("utf-8", { fatal: true });
      let text = "";
      for await (const part of statistics.readDocumentCells(
        { release, document, sheet },
        { signal },
      ))
        text += decoder.decode(part.chunk, { stream: true });
      return text + decoder.decode();
    } catch (error) {
      // As many documents are being read as the service reads at one time.
      const { reason } = problemOf(error);
      if (reason !== "WORKERS_BUSY" || tries === MOST_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      signal.throwIfAborted();
    }
  }
}
