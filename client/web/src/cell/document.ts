// Original documents, as they were handed in.

import { statistics } from "../service/calls";

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
