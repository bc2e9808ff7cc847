// The bundled excerpt as parts of an ingestion, and the question that every
// client asks of it: sexual grooming in 2017/18.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

export const SOURCE_DIR = process.env.COLLATE_SOURCE_DIR;
export const SERVER = process.env.COLLATE_SERVER;

const NAME = "prc-pfa-mar2013-onwards-tables201718-88A.csv";
export const BYTES = readFileSync(
    path.join(SOURCE_DIR, "tests/data/police", NAME));
export const DOCUMENT = {
  name: NAME,
  sha256: createHash("sha256").update(BYTES).digest("hex"),
};

// Several chunks, as a larger document would have.
const CHUNK_BYTES = 4096;
export const CHUNKS = [];
for (let at = 0; at < BYTES.length; at += CHUNK_BYTES) {
  CHUNKS.push(BYTES.subarray(at, at + CHUNK_BYTES));
}

export const QUERY = {
  measures: ["offences"],
  filters: [{ dimension: "offence", members: ["88A"] }],
  periods: ["2017/18"],
  panel: "england-wales-forces",
};
