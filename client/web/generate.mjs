// Types and methods of the API, from the protocol's files alone, by protoc (or
// what PROTOC names) and protoc-gen-es.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const protos = path.join(here, "../../protos");
const out = path.join(here, "src/generated");

// What the protocol no longer has must not stay behind.
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const api = readdirSync(path.join(protos, "collate/v1"))
  .filter((name) => name.endsWith(".proto"))
  .sort()
  .map((name) => `collate/v1/${name}`);
execFileSync(
  process.env.PROTOC || "protoc",
  [
    "-I",
    protos,
    `--plugin=protoc-gen-es=${path.join(here, "node_modules/.bin/protoc-gen-es")}`,
    `--es_out=${out}`,
    "--es_opt=target=ts",
    ...api,
    "google/api/field_behavior.proto",
    "google/rpc/error_details.proto",
  ],
  { stdio: "inherit" },
);
