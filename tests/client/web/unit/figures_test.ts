import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { DecimalIntervalSchema } from "../../../../client/web/src/generated/collate/v1/observation_pb";
import {
  boundsWords,
  grouped,
  isExact,
  percentWords,
  reportedOf,
} from "../../../../client/web/src/answer/figures";
import { cell, printed } from "./cells";

const percent = (lower: string, upper: string) =>
  create(DecimalIntervalSchema, { lower, upper });

test("thousands are grouped, decimals are not", () => {
  assert.equal(grouped("7"), "7");
  assert.equal(grouped("1234567"), "1,234,567");
  assert.equal(grouped("-1234.56789"), "-1,234.56789");
  assert.equal(grouped("9007199254740993"), "9,007,199,254,740,993");
});

test("an unknown end is said and never 0", () => {
  assert.equal(boundsWords({ lower: "111" }), "at least 111");
  assert.equal(boundsWords({ upper: "9" }), "at most 9");
  assert.equal(boundsWords({}), "unknown");
  assert.equal(boundsWords(undefined), "unknown");
  assert.equal(boundsWords({ lower: "81", upper: "84" }), "81 to 84");
  assert.equal(boundsWords({ lower: "0", upper: "0" }), "0");
});

test("a printed 0 is a number and an absent one is none", () => {
  assert.equal(reportedOf(printed(2017, 0)), "0");
  assert.equal(
    reportedOf(cell(2017, { state: "STATE_NO_RELEASE" })),
    undefined,
  );
  assert.equal(reportedOf(cell(2017, { decimalReported: "9.5" })), "9.5");
});

test("only bounds that end at the number make it exact", () => {
  assert.equal(isExact("5", { lower: "5", upper: "5" }), true);
  assert.equal(isExact("5", { lower: "5" }), false);
  assert.equal(isExact(undefined, undefined), false);
});

test("percentages are rounded to the nearest tenth, or outwards when their ends differ", () => {
  assert.equal(percentWords(percent("89.431330", "89.431331"), true), "+89.4%");
  assert.equal(percentWords(percent("47.5", "48.54"), false), "47.5% to 48.6%");
  assert.equal(percentWords(percent("-12.34", "-12.31"), true), "−12.3%");
  assert.equal(
    percentWords(percent("-12.37", "-12.31"), true),
    "−12.4% to −12.3%",
  );
  assert.equal(percentWords(percent("12.34", ""), false), "at least 12.3%");
  assert.equal(percentWords(percent("", "12.31"), false), "at most 12.4%");
  assert.equal(percentWords(percent("", ""), false), "unknown");
  assert.equal(percentWords(percent("0", "0"), true), "0.0%");
});
