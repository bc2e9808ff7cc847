import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decoded,
  fieldsOf,
  linesOf,
  placeOf,
  placeWords,
  regionOf,
} from "../../../../client/web/src/cell/region";

const bytes = (text: string) => new TextEncoder().encode(text);

test("locators say file, sheet and cell", () => {
  assert.deepEqual(placeOf("f.csv:L88:C8", "f.csv"), {
    part: "",
    sheet: "",
    row: 88,
    column: 8,
  });
  assert.deepEqual(placeOf("a.zip/f.csv:L3:C2", "a.zip"), {
    part: "f.csv",
    sheet: "",
    row: 3,
    column: 2,
  });
  assert.deepEqual(placeOf("'Q1 ''new'''!AB12", "k.xlsx"), {
    part: "",
    sheet: "Q1 'new'",
    row: 12,
    column: 28,
  });
  assert.deepEqual(placeOf("'Q1'!B12:C13", "k.xlsx"), {
    part: "",
    sheet: "Q1",
    row: 12,
    column: 2,
  });
  assert.equal(placeOf("other.csv:L1:C1", "f.csv"), undefined);
  assert.equal(placeOf("page 3, table 1", "k.pdf"), undefined);
  assert.equal(placeWords("'Q1'!B12", "k.xlsx"), "sheet “Q1”, cell B12");
  assert.equal(placeWords("f.csv:L88:C8", "f.csv"), "line 88, column 8");
  assert.equal(placeWords("page 3, table 1", "k.pdf"), "page 3, table 1");
});

test("lines end with CR, LF or CRLF, and the last needs no end", () => {
  assert.deepEqual(linesOf("a\r\nb\nc\rd"), ["a", "b", "c", "d"]);
  assert.deepEqual(linesOf("a\n\nb\n"), ["a", "", "b"]);
});

test("quoted fields keep separators and quotation marks", () => {
  assert.deepEqual(fieldsOf('a,"b, ""c""",', ","), ["a", 'b, "c"', ""]);
  assert.equal(fieldsOf('a,"b', ","), undefined);
});

const TEXT =
  "force,2017,2018\n" +
  Array.from({ length: 20 }, (_, i) => `F${i + 2},${i}, ${i * 2} \n`).join("");

test("a region has line 1 and the lines around the cited cell", () => {
  const region = regionOf(
    bytes(TEXT),
    { part: "", sheet: "", row: 10, column: 3 },
    " 16 ",
  )!;
  assert.deepEqual(
    region.lines.map((line) => line.number),
    [1, 7, 8, 9, 10, 11, 12, 13],
  );
  assert.equal(region.column, 2);
  assert.equal(
    region.lines.find((line) => line.number === 10)!.fields[2],
    " 16 ",
  );
});

test("the separator is the one by which the token stands there", () => {
  const region = regionOf(
    bytes("a;b\n1,5;2,5\n"),
    { part: "", sheet: "", row: 2, column: 2 },
    "2,5",
  )!;
  assert.deepEqual(region.lines[1]!.fields, ["1,5", "2,5"]);
});

test("lines are shown uncut where no cut gives the token, and none behind the end", () => {
  const region = regionOf(
    bytes("a,b\n1,2\n"),
    { part: "", sheet: "", row: 2, column: 2 },
    "3",
  )!;
  assert.equal(region.column, undefined);
  assert.deepEqual(region.lines[1]!.fields, ["1,2"]);
  assert.equal(
    regionOf(bytes("a,b\n"), { part: "", sheet: "", row: 9, column: 1 }, "a"),
    undefined,
  );
});

test("what is no UTF-8 is read as publishers write it, and what is no text is not", () => {
  assert.deepEqual(decoded(new Uint8Array([0x63, 0x61, 0x66, 0xe9])), {
    text: "café",
    encoding: "Windows-1252",
  });
  assert.equal(decoded(new Uint8Array([0xff, 0xfe, 0x61, 0x00])), undefined);
  assert.equal(
    decoded(new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0x00])),
    undefined,
  );
});
