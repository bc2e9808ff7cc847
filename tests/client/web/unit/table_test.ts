import assert from "node:assert/strict";
import { test } from "node:test";
import { tableOf, textsOf } from "../../../../client/web/src/answer/table";
import { partsOf } from "../../../../client/web/src/answer/window";
import { cell, of, printed } from "./cells";

const title = (code: string) => code;

test("a missing number is words and never a blank or 0", () => {
  const table = tableOf(
    [printed(2017, 378), cell(2018, { state: "STATE_NOT_SHOWN" })],
    [],
    title,
  );
  assert.deepEqual(
    table.rows.map((row) => [row.headers[0], row.figure, row.isMissing]),
    [
      ["2017/18", "378", false],
      ["2018/19", "not shown", true],
    ],
  );
});

test("a column that says nothing more than the figure is left out", () => {
  const names = (more: object) =>
    tableOf(
      [printed(2017, 5, more as never), printed(2018, 6)],
      [],
      title,
    ).columns.map((one) => one.title);
  assert.deepEqual(names({}), ["Period", "Reported (offences)"]);
  assert.ok(names({ panelBounds: { lower: "5" } }).includes("Whole panel"));
  assert.ok(
    names({ reportedBounds: { lower: "4", upper: "6" } }).includes("Can be"),
  );
  assert.ok(
    names({ coverage: { expected: 45, due: 45, complete: 44 } }).includes(
      "Coverage",
    ),
  );
});

test("a period that all rows share is no column, but the only row has it", () => {
  const rows = [
    printed(2017, 1, of("reporter", "a", "A")),
    printed(2017, 2, of("reporter", "b", "B")),
  ];
  assert.deepEqual(
    tableOf(rows, ["Reporter"], title).columns.map((one) => one.title),
    ["Reporter", "Reported (offences)"],
  );
  assert.equal(
    tableOf([printed(2017, 1)], [], title).columns[0]!.title,
    "Period",
  );
});

test("notes are numbered once, and each says what it means", () => {
  const tiled = { flags: ["CELL_FLAG_TILED_PERIOD"] };
  const table = tableOf(
    [
      printed(2017, 1, tiled),
      printed(2018, 2, {
        flags: ["CELL_FLAG_REVISED", "CELL_FLAG_TILED_PERIOD"],
      }),
    ],
    [],
    title,
  );
  assert.deepEqual(
    table.notes.map((note) => note.words),
    ["added up from shorter periods", "revised"],
  );
  assert.deepEqual(
    table.rows.map((row) => row.notes),
    [[1], [1, 2]],
  );
  assert.ok(table.notes.every((note) => note.meaning.length > 20));
});

test("both bases of a change stand side by side, each with its numbers", () => {
  const side = (value: string) => ({ bounds: { lower: value, upper: value } });
  const comparison = (base: string, current: string, percent: string) => ({
    outcome: "OUTCOME_GIVEN",
    percent: { lower: percent, upper: percent },
    base: side(base),
    current: side(current),
  });
  const table = tableOf(
    [
      printed(2018, 429, {
        derived: [
          {
            change: {
              match: "MATCH_METHOD_ALL_PERIODS",
              basePeriod: { text: "2017/18" },
              matchedPanel: comparison("226", "429", "89.823009"),
              asPublished: comparison("378", "429", "13.492064"),
            },
          },
        ],
      }),
      printed(2019, 1),
    ],
    [],
    title,
  );
  assert.deepEqual(
    table.columns.slice(2).map((one) => one.title),
    ["Change on 2017/18, matched panel", "As published"],
  );
  assert.deepEqual(textsOf(table, table.rows[0]!).slice(2), [
    { main: "+89.8%", detail: "226 → 429", isMissing: false },
    { main: "+13.5%", detail: "378 → 429", isMissing: false },
  ]);
});

test("measures side by side have their units", () => {
  const table = tableOf(
    [
      printed(2017, 1),
      printed(2017, 2, { measure: "victims", unit: "victims" }),
    ],
    [],
    title,
  );
  assert.deepEqual(
    table.rows.map((row) => [row.headers[0], row.figure]),
    [
      ["offences", "1 offences"],
      ["victims", "2 victims"],
    ],
  );
});

test("of a long table some rows are there, and gaps make up for the others", () => {
  for (const [top, active] of [
    [0, 0],
    [34_000, 0],
    [34_000, 4999],
    [169_000, 2500],
    [1e9, -1],
  ] as const) {
    const parts = partsOf(5000, top, 600, 34, active);
    const rows = parts.flatMap((part) => ("row" in part ? [part.row] : []));
    const gaps = parts.reduce(
      (sum, part) => sum + ("gap" in part ? part.gap : 0),
      0,
    );
    assert.equal(rows.length + gaps, 5000);
    assert.ok(rows.length < 60);
    assert.deepEqual(
      rows,
      [...rows].sort((a, b) => a - b),
    );
    if (active >= 0)
      assert.ok(rows.includes(active), "the row that has the focus stays");
  }
});
