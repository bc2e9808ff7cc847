import assert from "node:assert/strict";
import { test } from "node:test";
import { answerCsv, csvField } from "../../../../client/web/src/answer/csv";
import { cell, of, printed } from "./cells";

test("a text that a spreadsheet would run gets an apostrophe", () => {
  assert.equal(csvField("=1+1"), "'=1+1");
  assert.equal(csvField("@x"), "'@x");
  assert.equal(csvField("-"), "'-");
  assert.equal(csvField('a "b", c'), '"a ""b"", c"');
});

const parsed = (csv: string) => {
  const [header, ...rows] = csv
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  return rows.map((row) =>
    Object.fromEntries(header!.map((name, i) => [name, row[i]])),
  );
};

test("a missing number is empty and a zero is 0", () => {
  const [missing, zero] = parsed(
    answerCsv(
      {
        cells: [
          cell(2017, {
            state: "STATE_NO_RELEASE",
            panelBounds: { lower: "0" },
            ...of("reporter", "kent", "Kent"),
          }),
          printed(2018, 0, of("reporter", "kent", "Kent")),
        ],
      },
      ["reporter"],
    ),
  );
  assert.deepEqual(
    [
      missing!.state,
      missing!.reported,
      missing!.panel_lower,
      missing!.panel_upper,
    ],
    ["NO_RELEASE", "", "0", ""],
  );
  assert.deepEqual(
    [zero!.state, zero!.reported, zero!.reporter],
    ["REPORTED", "0", "kent"],
  );
});

test("two derivations of one kind are numbered, a single one is not", () => {
  const share = {
    share: {
      dimension: "platform",
      baseKind: "SHARE_BASE_KNOWN_OFFENCES",
      outcome: "OUTCOME_GIVEN",
      percent: { lower: "48", upper: "48" },
    },
  };
  const header = (derived: object[]) =>
    answerCsv({ cells: [printed(2017, 1, { derived } as never)] }, []).split(
      "\n",
    )[0]!;
  assert.match(header([share]), /,share_lower,/);
  assert.match(header([share, share]), /,share1_lower,.*,share2_lower,/);
});
