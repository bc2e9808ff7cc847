import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cellsOf,
  columnName,
  decoded,
  fieldsOf,
  linesOf,
  placeOf,
  placeWords,
  regionOf,
  sheetRegionOf,
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
  assert.deepEqual(region.heads, ["C1", "C2", "C3"]);
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
  assert.equal(decoded(new Uint8Array([0x63, 0x61, 0x66, 0xe9])), "café");
  assert.equal(decoded(new Uint8Array([0xff, 0xfe, 0x61, 0x00])), undefined);
  assert.equal(
    decoded(new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0x00])),
    undefined,
  );
});

test("cells of a sheet are its own, whatever stands in their texts", () => {
  const csv =
    "sheet,row,column,text,role\n" +
    '"Q1","1","1","Force, ""all""","header"\n' +
    '"Q1","1","2","two\nlines","header"\n' +
    '"Q2","1","1","other","note"\n' +
    '"Q1","0","0","17","beyond"\n';
  assert.deepEqual(cellsOf(csv, "Q1"), {
    cells: [
      { row: 1, column: 1, text: 'Force, "all"', role: "header" },
      { row: 1, column: 2, text: "two\nlines", role: "header" },
    ],
    beyond: 17,
  });
  assert.deepEqual(cellsOf(csv, "Q3"), { cells: [], beyond: 0 });
});

test("columns have letters", () => {
  assert.deepEqual([1, 26, 27, 52, 53, 702, 703].map(columnName), [
    "A",
    "Z",
    "AA",
    "AZ",
    "BA",
    "ZZ",
    "AAA",
  ]);
});

// Row 2 has headers, column A labels, and figures begin at B3.
const SHEET = Array.from({ length: 30 }, (_, i) => i + 2).flatMap((row) =>
  Array.from({ length: 12 }, (_, i) => i + 1).map((column) => ({
    row,
    column,
    text: `${columnName(column)}${row}`,
    role: row === 2 ? "header" : column === 1 ? "label" : "figure",
  })),
);

test("a region of a sheet has headers and labels beside what is near the cell", () => {
  const region = sheetRegionOf(SHEET, {
    part: "",
    sheet: "Q1",
    row: 20,
    column: 8,
  })!;
  assert.deepEqual(
    region.lines.map((line) => line.number),
    [2, 17, 18, 19, 20, 21, 22, 23],
  );
  assert.deepEqual(region.heads, ["A", "E", "F", "G", "H", "I", "J", "K"]);
  const cited = region.lines.find((line) => line.number === region.row)!;
  assert.equal(cited.fields[region.column!], "H20");
  assert.equal(cited.fields[0], "A20");
  assert.equal(region.lines[0]!.fields[region.column!], "H2");
});

test("a cited blank has a place, and nothing is drawn around nothing", () => {
  const place = { part: "", sheet: "Q1", row: 20, column: 8 };
  const region = sheetRegionOf(
    SHEET.filter((one) => one.row !== 20 || one.column !== 8),
    place,
  )!;
  assert.equal(
    region.lines.find((line) => line.number === 20)!.fields[region.column!],
    "",
  );
  assert.equal(sheetRegionOf(SHEET, { ...place, row: 500 }), undefined);
  assert.equal(sheetRegionOf([], place), undefined);
});
