// JSON-stat as its own toolkit reads it: the numbers, states and labels that the
// service gives in JSON.

import JSONstat from "jsonstat-toolkit";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { before, test } from "node:test";

import { SERVER, SOURCE_DIR } from "./excerpt.mjs";

const COLLATE = path.join(process.env.COLLATE_BINARY_DIR, "bin/collate");
const collate = (...words) => execFileSync(
    COLLATE, ["--server", SERVER, ...words],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

const QUESTION = ["query", "offences", "--where", "offence=88A", "--period",
  "2017/18", "--panel", "uk-territorial-forces", "--by", "reporter"];

before(() => {
  collate("ingest", path.join(SOURCE_DIR, "tests/data/police",
      "prc-pfa-mar2013-onwards-tables201718-88A.csv"),
  "--source", "home-office-prc", "--published", "unknown");
});

test("an answer has the numbers and states of the service", () => {
  const { cells } = JSON.parse(collate(...QUESTION, "--format", "json"));
  const dataset = JSONstat(
      JSON.parse(collate(...QUESTION, "--format", "json-stat")));
  assert.equal(dataset.class, "dataset");
  assert.equal(dataset.length, 4);
  assert.deepEqual(dataset.Dimension("offence").id, ["88A"]);
  assert.deepEqual(dataset.role.time, ["period"]);
  assert.equal(dataset.n, cells.length);
  for (const cell of cells) {
    const [{ member, title }] = cell.coordinates;
    const data = dataset.Data({ measure: "offences", reporter: member });
    assert.equal(data.status, cell.state.replace("STATE_", ""));
    assert.equal(data.value, "reported" in cell ? Number(cell.reported) : null);
    assert.equal(
        dataset.Dimension("reporter").Category(member).label, title);
  }
});

test("an export has every printed cell once, and its sum", () => {
  const lines = collate("export", "offences", "--format", "ndjson")
      .trim().split("\n").map((line) => JSON.parse(line));
  const printed = lines.filter((line) => line.observation)
      .map((line) => Number(line.observation.value));
  const dataset = JSONstat(
      JSON.parse(collate("export", "offences", "--format", "json-stat")));
  const values = dataset.Data().map((data) => data.value)
      .filter((value) => value !== null);
  assert.equal(values.length, printed.length);
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  assert.equal(sum(values), 4444);
  assert.equal(sum(values), sum(printed));
});
