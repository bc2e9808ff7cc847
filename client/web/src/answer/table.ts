// The table of an answer as plain values: one row a cell, and no column that
// says only what another says already.

import { Basis, type Cell } from "../generated/collate/v1/statistics_pb";
import {
  changeHeading,
  comparisonWords,
  rateHeading,
  rateWords,
  shareHeading,
  shareWords,
  sidesWords,
  operandWords,
} from "./derived_words";
import {
  boundsWords,
  grouped,
  isExact,
  reportedBounds,
  reportedOf,
} from "./figures";
import {
  coverageWords,
  flagMeaning,
  flagWords,
  incompleteWords,
  memberWords,
  panelWords,
  stateMeaning,
  stateWords,
} from "./words";

export interface Column {
  title: string;
  // Which of the row's parts it is.
  part: "header" | "figure" | "text" | "notes";
  right: boolean;
}

export interface Text {
  main: string;
  // What that is taken from.
  detail: string;
  // Words in place of a number.
  isMissing: boolean;
}

export interface Row {
  // As many as there are header columns.
  headers: string[];
  figure: string;
  // Why there is no number; then `figure` is its words.
  isMissing: boolean;
  // One for each text column.
  texts: Text[];
  // Numbers of the notes, from 1.
  notes: number[];
}

export interface Note {
  words: string;
  meaning: string;
}

export interface AnswerTable {
  columns: Column[];
  rows: Row[];
  notes: Note[];
}

function notesOf(cell: Cell): Note[] {
  const notes: Note[] = [];
  if (reportedOf(cell) !== undefined) {
    const words = incompleteWords(cell);
    if (words) notes.push({ words, meaning: stateMeaning(cell.state) });
  }
  // Of a cell that nobody printed, the basis is only what it would be.
  if (cell.basis === Basis.PUBLISHED_TOTAL && cell.citationCount > 0) {
    notes.push({
      words: "published total",
      meaning:
        "Somebody printed it of the area as a whole; the service did not add it up, and it is in no sum.",
    });
  }
  for (const flag of cell.flags)
    notes.push({ words: flagWords(flag), meaning: flagMeaning(flag) });
  return notes;
}

export function tableOf(
  cells: Cell[],
  dimensionTitles: string[],
  measureTitle: (code: string) => string,
): AnswerTable {
  const first = cells[0];
  const severalMeasures = cells.some((cell) => cell.measure !== first?.measure);
  const uncertain = cells.some((cell) => {
    const bounds = reportedBounds(cell);
    return bounds && !isExact(reportedOf(cell), bounds);
  });
  const panel = cells.some((cell) => {
    const reported = reportedOf(cell);
    return (
      cell.basis !== Basis.PUBLISHED_TOTAL &&
      panelWords(cell) !==
        (reported === undefined ? "unknown" : grouped(reported))
    );
  });
  const covered = cells.some(
    (cell) => cell.coverage?.stated || (cell.coverage?.expected ?? 0) > 1,
  );
  const columns: Column[] = [];
  const header = (title: string) =>
    columns.push({ title, part: "header", right: false });
  const text = (title: string, right: boolean) =>
    columns.push({ title, part: "text", right });
  if (severalMeasures) header("Measure");
  for (const title of dimensionTitles) header(title);
  // A period that all rows share stands above the table.
  const severalPeriods = cells.some(
    (cell) => cell.period?.text !== first?.period?.text,
  );
  const showsPeriod = severalPeriods || columns.length === 0;
  if (showsPeriod) header("Period");
  columns.push({
    title: severalMeasures ? "Figure" : `Reported (${first?.unit ?? ""})`,
    part: "figure",
    right: true,
  });
  if (uncertain) text("Can be", true);
  if (panel) text("Whole panel", true);
  if (covered) text("Coverage", true);
  for (const { kind } of first?.derived ?? []) {
    if (kind.case === "change") {
      text(`${changeHeading(kind.value)}, matched panel`, true);
      text("As published", true);
    } else if (kind.case === "share") {
      text(shareHeading(kind.value), true);
    } else if (kind.case === "rate") {
      text(rateHeading(kind.value), true);
    }
  }
  const notes: Note[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (note: Note) => {
    const key = `${note.words}\n${note.meaning}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    notes.push(note);
    numbers.set(key, notes.length);
    return notes.length;
  };
  const rows = cells.map((cell): Row => {
    const reported = reportedOf(cell);
    const bounds = reportedBounds(cell);
    const texts: Row["texts"] = [];
    const say = (main: string, detail = "", isMissing = false) =>
      texts.push({ main, detail, isMissing });
    if (uncertain)
      say(bounds && !isExact(reported, bounds) ? boundsWords(bounds) : "");
    if (panel) say(panelWords(cell));
    if (covered) say(coverageWords(cell.coverage));
    for (const { kind } of cell.derived) {
      if (kind.case === "change") {
        for (const one of [kind.value.matchedPanel, kind.value.asPublished]) {
          say(
            comparisonWords(one),
            one?.percent ? sidesWords(one) : "",
            !one?.percent,
          );
        }
      } else if (kind.case === "share") {
        const { numerator, base } = kind.value;
        say(
          shareWords(kind.value),
          numerator && base
            ? `${operandWords(numerator)} of ${operandWords(base)}`
            : "",
          !kind.value.percent,
        );
      } else if (kind.case === "rate") {
        say(rateWords(kind.value), "", !kind.value.bounds);
      }
    }
    return {
      headers: [
        ...(severalMeasures ? [measureTitle(cell.measure)] : []),
        ...dimensionTitles.map((_, i) =>
          cell.coordinates[i] ? memberWords(cell.coordinates[i]) : "",
        ),
        ...(showsPeriod ? [cell.period?.text ?? ""] : []),
      ],
      figure:
        reported === undefined
          ? stateWords(cell.state)
          : grouped(reported) + (severalMeasures ? ` ${cell.unit}` : ""),
      isMissing: reported === undefined,
      texts,
      notes: notesOf(cell)
        .map(numberOf)
        .sort((a, b) => a - b),
    };
  });
  if (notes.length > 0)
    columns.push({ title: "Notes", part: "notes", right: false });
  return { columns, rows, notes };
}

// What each column says in a row, in the order of the columns.
export function textsOf(table: AnswerTable, row: Row): Text[] {
  let header = 0;
  let text = 0;
  const only = (main: string) => ({ main, detail: "", isMissing: false });
  return table.columns.map((column) => {
    switch (column.part) {
      case "header":
        return only(row.headers[header++] ?? "");
      case "figure":
        return only(row.figure);
      case "text":
        return row.texts[text++] ?? only("");
      case "notes":
        return only(row.notes.map((number) => `[${number}]`).join(" "));
    }
  });
}
