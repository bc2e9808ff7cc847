import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson } from "@bufbuild/protobuf";
import { State } from "../../../../client/web/src/generated/collate/v1/observation_pb";
import {
  CellFlag,
  CoverageSchema,
} from "../../../../client/web/src/generated/collate/v1/statistics_pb";
import {
  coverageSentence,
  flagMeaning,
  flagWords,
  incompleteWords,
  memberWords,
  panelWords,
  stateMeaning,
  stateWords,
} from "../../../../client/web/src/answer/words";
import { spanWords } from "../../../../client/web/src/service/names";
import { cell, printed } from "./cells";

const numbers = (of: Record<string, unknown>) =>
  Object.values(of).filter(
    (value): value is number => typeof value === "number" && value > 0,
  );

test("every state and every flag has words and a meaning", () => {
  for (const state of numbers(State)) {
    assert.doesNotMatch(stateWords(state), /^state /, State[state]);
    assert.doesNotMatch(stateMeaning(state), /newer service/, State[state]);
  }
  for (const flag of numbers(CellFlag))
    assert.doesNotMatch(flagMeaning(flag), /newer service/, CellFlag[flag]);
});

test("a state or flag of a newer service is shown and not dropped", () => {
  assert.equal(stateWords(99 as State), "state UNKNOWN_99");
  assert.equal(flagWords(99 as CellFlag), "unknown 99");
});

const coverage = (missing: object[]) =>
  fromJson(CoverageSchema, {
    expected: 45,
    due: 45,
    complete: 45 - missing.length,
    missing,
  } as never);

test("coverage says who is missing in the words of the state", () => {
  assert.equal(
    coverageSentence(
      coverage([
        {
          reporter: "lincolnshire",
          title: "Lincolnshire",
          state: "STATE_NO_RELEASE",
          reason: "nothing is loaded",
        },
      ]),
    ),
    "44 of 45; nothing loaded from Lincolnshire",
  );
  assert.equal(
    coverageSentence(
      coverage([
        {
          reporter: "lincolnshire",
          title: "Lincolnshire",
          state: "STATE_NO_RESPONSE",
          reason: "due by 2025-06-02",
        },
      ]),
    ),
    "44 of 45; Lincolnshire (“due by 2025-06-02”) did not answer",
  );
  assert.equal(coverageSentence(coverage([])), "45 of 45");
});

test("reporters of one state are named together", () => {
  assert.equal(
    coverageSentence(
      coverage([
        { reporter: "a", title: "A", state: "STATE_REFUSED" },
        { reporter: "b", title: "B", state: "STATE_SUPPRESSED" },
        { reporter: "c", title: "C $1", state: "STATE_REFUSED" },
      ]),
    ),
    "42 of 45; refused by A, C $1; figures withheld for B",
  );
});

test("a published total says how many its publisher states", () => {
  assert.equal(
    coverageSentence(
      fromJson(CoverageSchema, {
        expected: 1,
        due: 1,
        complete: 1,
        stated: { reporterCount: "45" },
      }),
    ),
    "45 stated",
  );
});

test("beside a number stands what is missing of it", () => {
  assert.equal(incompleteWords(printed(2017, 5)), "");
  assert.equal(
    incompleteWords(printed(2017, 5, { state: "STATE_ROUNDED" })),
    "rounded",
  );
  assert.equal(
    incompleteWords(
      printed(2017, 5, {
        state: "STATE_NO_RESPONSE",
        coverage: {
          expected: 45,
          due: 45,
          complete: 44,
          tally: [
            { state: "STATE_REPORTED", count: 44 },
            { state: "STATE_NO_RESPONSE", count: 1 },
          ],
        },
      }),
    ),
    "incomplete: did not answer (1)",
  );
});

test("where no number is due the panel has none", () => {
  assert.equal(
    panelWords(cell(2017, { state: "STATE_NOT_ASKED" })),
    "none due",
  );
  assert.equal(
    panelWords(
      cell(2017, { state: "STATE_NO_RELEASE", panelBounds: { lower: "0" } }),
    ),
    "at least 0",
  );
});

test("a code is named where the title does not say it", () => {
  assert.equal(
    memberWords({ title: "Greater Manchester", member: "greater-manchester" }),
    "Greater Manchester",
  );
  assert.equal(
    memberWords({ title: "Sexual grooming", member: "88A" }),
    "Sexual grooming (88A)",
  );
  assert.equal(memberWords({ title: "", member: "88A" }), "88A");
  assert.equal(
    memberWords({ title: "a label nobody knows", member: "" }),
    "a label nobody knows",
  );
});

test("a span is from the first month to the last, whatever its periods are", () => {
  assert.equal(
    spanWords([
      { startDate: "2017-04-01", endDate: "2020-04-01" },
      { startDate: "2024-04-01", endDate: "2025-04-01" },
    ]),
    "April 2017 to March 2025",
  );
  assert.equal(
    spanWords([{ startDate: "2018-01-01", endDate: "2018-02-01" }]),
    "January 2018",
  );
  assert.equal(spanWords([]), "");
});
