// The part of a document around a cited cell: of a text its lines, from its bytes
// as they were handed in (a port of client/document_region.cc, cut into cells);
// of a sheet its rows and columns, from its cells as the service reads them.

export interface Place {
  // File within an archive; empty: the document itself.
  part: string;
  // Empty: a text file.
  sheet: string;
  // Line of a text file, row of a sheet; from 1.
  row: number;
  column: number;
}

const AROUND = 3;

// `file.csv:L88:C8`, `'Sheet'!B12`, `archive.zip/file.csv:L3:C2`; undefined for
// anything else, such as a table on a page.
export function placeOf(locator: string, document: string): Place | undefined {
  const sheet = /^(?:(.*):)?'((?:[^']|'')*)'!([A-Z]{1,7})(\d+)/.exec(locator);
  if (sheet) {
    const column = [...sheet[3]!].reduce(
      (sum, letter) => sum * 26 + letter.charCodeAt(0) - 64,
      0,
    );
    return {
      part: partOf(sheet[1] ?? "", document),
      sheet: sheet[2]!.replaceAll("''", "'"),
      row: Number(sheet[4]),
      column,
    };
  }
  const text = /^(.*):L(\d+):C(\d+)$/.exec(locator);
  if (!text || !text[1]!.startsWith(document)) return undefined;
  return {
    part: partOf(text[1]!, document),
    sheet: "",
    row: Number(text[2]),
    column: Number(text[3]),
  };
}

function partOf(file: string, document: string): string {
  return (
    file.startsWith(document) ? file.slice(document.length) : file
  ).replace(/^\//, "");
}

// "line 88, column 8", "sheet “Q1”, cell B9"; the locator itself otherwise.
export function placeWords(locator: string, document: string): string {
  const place = placeOf(locator, document);
  if (!place) return locator;
  const within = place.part ? `${place.part}, ` : "";
  return place.sheet
    ? `${within}sheet “${place.sheet}”, cell ${locator.slice(locator.lastIndexOf("!") + 1)}`
    : `${within}line ${place.row}, column ${place.column}`;
}

// Lines end with CR, LF or CRLF.
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

// Fields of one line; undefined when a quotation mark stays open, so that the
// record goes on in the next line.
export function fieldsOf(
  line: string,
  separator: string,
): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      let field = "";
      for (++at; ; ++at) {
        if (at >= line.length) return undefined;
        if (line[at] !== '"') field += line[at];
        else if (line[at + 1] === '"') field += line[++at];
        else break;
      }
      const end = line.indexOf(separator, ++at);
      fields.push(field + line.slice(at, end < 0 ? undefined : end));
      if (end < 0) return fields;
      at = end + 1;
    } else {
      const end = line.indexOf(separator, at);
      fields.push(line.slice(at, end < 0 ? undefined : end));
      if (end < 0) return fields;
      at = end + 1;
    }
  }
}

export interface RegionLine {
  number: number;
  // The fields, where the lines can be cut into them; else the line as it is.
  fields: string[];
}

export interface Region {
  unit: "Line" | "Row";
  lines: RegionLine[];
  row: number;
  // Index of the cited field; undefined where lines are shown uncut.
  column?: number;
  // Names of the columns.
  heads: string[];
}

// UTF-8, or else the code page in which publishers write when it is not.
// undefined for text of two bytes a character and for what is no text.
export function decoded(bytes: Uint8Array): string | undefined {
  if (
    (bytes[0] === 0xff && bytes[1] === 0xfe) ||
    (bytes[0] === 0xfe && bytes[1] === 0xff)
  )
    return undefined;
  if (bytes.subarray(0, 4096).includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

const widest = (lines: RegionLine[]) =>
  Math.max(...lines.map((line) => line.fields.length));

// "C1", "C2", as locators of texts count.
const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => `C${i + 1}`);

// The first line, and the cited one with those around it.
export function regionOf(
  bytes: Uint8Array,
  place: Place,
  raw: string,
): Region | undefined {
  const text = decoded(bytes);
  if (text === undefined) return undefined;
  const all = linesOf(text);
  const cited = all[place.row - 1];
  if (cited === undefined) return undefined;
  const numbers = [1];
  for (let i = place.row - AROUND; i <= place.row + AROUND; ++i) {
    if (i > 1 && i <= all.length) numbers.push(i);
  }
  // The separator is the one by which the cited field is the token that was
  // read there.
  for (const separator of [",", ";", "\t", "|"]) {
    if (fieldsOf(cited, separator)?.[place.column - 1]?.trim() !== raw.trim())
      continue;
    const lines = numbers.map((number) => ({
      number,
      fields: fieldsOf(all[number - 1]!, separator),
    }));
    if (!lines.every((line): line is RegionLine => line.fields !== undefined))
      continue;
    return {
      unit: "Line",
      lines,
      row: place.row,
      column: place.column - 1,
      heads: numbered(widest(lines)),
    };
  }
  return {
    unit: "Line",
    row: place.row,
    heads: numbered(1),
    lines: numbers.map((number) => ({ number, fields: [all[number - 1]!] })),
  };
}

export interface SheetCell {
  row: number;
  column: number;
  text: string;
  // What it seems to be: "header", "label", "figure" and others.
  role: string;
}

// What ReadDocumentCells streams, of one sheet; `beyond` counts the cells that it
// leaves out.
export function cellsOf(
  csv: string,
  sheet: string,
): { cells: SheetCell[]; beyond: number } {
  const cells: SheetCell[] = [];
  let beyond = 0;
  let record = "";
  for (const line of linesOf(csv)) {
    record = record ? `${record}\n${line}` : line;
    const fields = fieldsOf(record, ",");
    // A text of several lines goes on.
    if (!fields) continue;
    record = "";
    const [name, row, column, text, role] = fields;
    if (name !== sheet || text === undefined || role === undefined) continue;
    if (role === "beyond") beyond += Number(text);
    else cells.push({ row: Number(row), column: Number(column), text, role });
  }
  return { cells, beyond };
}

// "A", "B", ..., "AA".
export function columnName(column: number): string {
  let name = "";
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26))
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  return name;
}

// Around the cited cell, with the rows of headers above and the columns of labels
// beside it. undefined where there is nothing near it.
export function sheetRegionOf(
  cells: SheetCell[],
  place: Place,
): Region | undefined {
  const near = (at: number, cited: number) => Math.abs(at - cited) <= AROUND;
  const rows = new Set<number>([place.row]);
  const columns = new Set<number>([place.column]);
  let around = false;
  for (const { row, column, role } of cells) {
    const isNear = near(row, place.row) && near(column, place.column);
    around ||= isNear;
    if (isNear || (role === "header" && row < place.row)) rows.add(row);
    if (isNear || (role === "label" && column < place.column))
      columns.add(column);
  }
  if (!around) return undefined;
  const shown = [...columns].sort((a, b) => a - b);
  const texts = new Map(
    cells.map((one) => [`${one.row} ${one.column}`, one.text]),
  );
  return {
    unit: "Row",
    lines: [...rows]
      .sort((a, b) => a - b)
      .map((number) => ({
        number,
        fields: shown.map((column) => texts.get(`${number} ${column}`) ?? ""),
      })),
    row: place.row,
    column: shown.indexOf(place.column),
    heads: shown.map(columnName),
  };
}
