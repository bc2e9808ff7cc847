// The lines of a text document around a cited cell, from its bytes as they were
// handed in. A port of client/document_region.cc, cut into cells.

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
  lines: RegionLine[];
  row: number;
  // Index of the cited field; undefined where lines are shown uncut.
  column?: number;
  encoding: string;
}

// UTF-8, or else the code page in which publishers write when it is not.
// undefined for text of two bytes a character and for what is no text.
export function decoded(
  bytes: Uint8Array,
): { text: string; encoding: string } | undefined {
  if (
    (bytes[0] === 0xff && bytes[1] === 0xfe) ||
    (bytes[0] === 0xfe && bytes[1] === 0xff)
  )
    return undefined;
  if (bytes.subarray(0, 4096).includes(0)) return undefined;
  try {
    return {
      text: new TextDecoder("utf-8", { fatal: true }).decode(bytes),
      encoding: "UTF-8",
    };
  } catch {
    return {
      text: new TextDecoder("windows-1252").decode(bytes),
      encoding: "Windows-1252",
    };
  }
}

// The first line, and the cited one with those around it.
export function regionOf(
  bytes: Uint8Array,
  place: Place,
  raw: string,
): Region | undefined {
  const content = decoded(bytes);
  if (!content) return undefined;
  const all = linesOf(content.text);
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
      lines,
      row: place.row,
      column: place.column - 1,
      encoding: content.encoding,
    };
  }
  return {
    row: place.row,
    encoding: content.encoding,
    lines: numbers.map((number) => ({ number, fields: [all[number - 1]!] })),
  };
}
