// What a chart shows of an answer, before it is drawn: no number is made up for
// a cell that has none, and what is left out is counted.

import { type Period, State } from "../generated/collate/v1/observation_pb";
import {
  Basis,
  type Cell,
  CellFlag,
} from "../generated/collate/v1/statistics_pb";
import type { Bases } from "../answer/bases";
import {
  boundsOf,
  type Bounds,
  grouped,
  isExact,
  panelBounds,
  reportedBounds,
  reportedOf,
} from "../answer/figures";
import {
  baseWords,
  comparisonWords,
  operandWords,
  rateHeading,
  rateWords,
  shareWords,
} from "../answer/derived_words";
import { memberWords, stateWords } from "../answer/words";

// What is drawn of each cell: its figure, or the derivation of that index.
export type Quantity = "figure" | number;

export interface Mark {
  // Index of the cell in the answer.
  cell: number;
  period: Period;
  // Where the line or the solid bar ends; undefined without a number.
  value?: number;
  // What the number can be; an end is undefined when unknown.
  lower?: number;
  upper?: number;
  // The number in words, or why there is none.
  words: string;
  // Figures before it are not comparable.
  breaks: boolean;
  // The end of its bounds that is not known lies above `value`.
  open: boolean;
}

export interface Series {
  name: string;
  marks: Mark[];
}

interface Common {
  measure: string;
  unit: string;
  // Base of the shares that are drawn, in words; else empty.
  base: string;
  // Series or bars that are not drawn, because there are too many.
  omitted: number;
}
export interface Trend extends Common {
  kind: "trend";
  series: Series[];
  periods: Period[];
  // Periods follow each other without overlap, so that a line says something.
  connected: boolean;
}
export interface Bars extends Common {
  kind: "bars";
  period: Period;
  rows: Series[];
}
export type Chart = Trend | Bars;

export const MOST_SERIES = 6;
export const MOST_BARS = 50;

const number = (text: string | undefined) =>
  text === undefined ? undefined : Number(text);

// The interval that is drawn: the whole panel's where figures are added over
// reporters, because that is what the sum is to be read with.
function drawnBounds(cell: Cell): Bounds | undefined {
  return cell.basis === Basis.PANEL_SUM
    ? (panelBounds(cell) ?? reportedBounds(cell))
    : reportedBounds(cell);
}

export function markOf(cell: Cell, index: number, quantity: Quantity): Mark {
  const mark: Mark = {
    cell: index,
    period: cell.period!,
    words: stateWords(cell.state),
    breaks: cell.flags.includes(CellFlag.SERIES_BREAK),
    open: false,
  };
  if (quantity === "figure") {
    const reported = reportedOf(cell);
    const bounds = drawnBounds(cell);
    mark.value = number(reported);
    if (reported !== undefined)
      mark.words = grouped(reported) + (cell.unit === "per cent" ? "%" : "");
    mark.lower = number(bounds?.lower);
    mark.upper = number(bounds?.upper);
    mark.open =
      mark.value !== undefined &&
      bounds !== undefined &&
      bounds.upper === undefined;
    if (reported !== undefined && isExact(reported, bounds))
      mark.lower = mark.upper = mark.value;
    return mark;
  }
  const kind = cell.derived[quantity]?.kind;
  let bounds: Bounds | undefined;
  if (kind?.case === "share") {
    bounds = boundsOf(kind.value.percent);
    mark.words = shareWords(kind.value);
    if (kind.value.percent && kind.value.numerator && kind.value.base) {
      mark.words += ` (${operandWords(kind.value.numerator)} of ${operandWords(kind.value.base)})`;
    }
  } else if (kind?.case === "rate") {
    bounds = boundsOf(kind.value.bounds);
    mark.words = rateWords(kind.value);
  } else if (kind?.case === "change") {
    bounds = boundsOf(kind.value.matchedPanel?.percent);
    mark.words = comparisonWords(kind.value.matchedPanel);
  }
  mark.lower = number(bounds?.lower);
  mark.upper = number(bounds?.upper);
  // Apart only because a division was rounded outwards: nothing to be seen.
  if (
    mark.lower !== undefined &&
    mark.upper !== undefined &&
    mark.upper - mark.lower < 1e-5
  )
    mark.upper = mark.lower;
  mark.value = mark.lower;
  mark.open = mark.lower !== undefined && mark.upper === undefined;
  return mark;
}

export interface QuantityChoice {
  quantity: Quantity;
  title: string;
}

// What of the cells can be drawn; a share is what whoever asked for it wants
// to see first.
export function quantitiesOf(cells: Cell[]): QuantityChoice[] {
  const first = cells[0];
  if (!first) return [];
  const choices: QuantityChoice[] = [
    { quantity: "figure", title: `Figures (${first.unit})` },
  ];
  first.derived.forEach(({ kind }, i) => {
    if (kind.case === "share")
      choices.unshift({
        quantity: i,
        title: `Share of ${baseWords(kind.value)} (%)`,
      });
    if (kind.case === "rate")
      choices.push({ quantity: i, title: rateHeading(kind.value) });
    if (kind.case === "change")
      choices.push({ quantity: i, title: "Change, matched panel (%)" });
  });
  return choices;
}

// "offences whose platform is known", with their number where all cells agree.
function baseOf(cells: Cell[], quantity: Quantity): string {
  if (quantity === "figure") return "";
  const shares = cells.flatMap((cell) => {
    const kind = cell.derived[quantity]?.kind;
    return kind?.case === "share" ? [kind.value] : [];
  });
  const first = shares[0];
  if (!first) return "";
  const bases = new Set(
    shares.filter((one) => one.base).map((one) => operandWords(one.base)),
  );
  return bases.size === 1
    ? `of the ${[...bases][0]} ${baseWords(first)}`
    : `of ${baseWords(first)}`;
}

export function unitOf(cells: Cell[], quantity: Quantity): string {
  const first = cells[0]!;
  if (quantity === "figure") return first.unit;
  const kind = first.derived[quantity]?.kind;
  return kind?.case === "rate"
    ? rateHeading(kind.value).toLowerCase()
    : "per cent";
}

// Days on which the meaning of a member's figures changes, from the vocabulary.
export type BreaksOf = (dimension: string, member: string) => string[];

// The first period of a series that lies behind such a day, or has it within.
function markBreaks(series: Series, days: string[]): void {
  series.marks.forEach((mark, i) => {
    const since =
      i === 0
        ? `${mark.period.startDate}~`
        : series.marks[i - 1]!.period.endDate;
    mark.breaks ||= days.some(
      (day) => since <= day && day < mark.period.endDate,
    );
  });
}

function seriesOf(cells: Cell[], quantity: Quantity): Series[] {
  const series = new Map<string, Series>();
  cells.forEach((cell, i) => {
    const name = cell.coordinates
      .map((one) => one.title || one.member)
      .join(", ");
    const key = JSON.stringify(cell.coordinates.map((one) => one.member));
    const one = series.get(key) ?? { name, marks: [] };
    one.marks.push(markOf(cell, i, quantity));
    series.set(key, one);
  });
  // Two members of one title are told apart by their codes.
  const all = [...series.values()];
  const twice = new Set(
    all
      .map((one) => one.name)
      .filter((name, i, names) => names.indexOf(name) !== i),
  );
  for (const one of all) {
    if (twice.has(one.name))
      one.name =
        cells[one.marks[0]!.cell]!.coordinates.map(memberWords).join(", ");
  }
  return all;
}

function highest(series: Series): number {
  return Math.max(
    -Infinity,
    ...series.marks.map((mark) => mark.value ?? -Infinity),
  );
}

export function periodsOf(cells: Cell[]): Period[] {
  const periods = new Map(
    cells.map((cell) => [cell.period!.text, cell.period!]),
  );
  return [...periods.values()].sort(
    (a, b) =>
      a.startDate.localeCompare(b.startDate) ||
      a.endDate.localeCompare(b.endDate),
  );
}

export interface Settings {
  bases?: Bases;
  // The period whose bars are drawn; undefined for a trend.
  only?: string | undefined;
  // Breaks of what the question filters by, and of each row's own members.
  breakDays?: string[];
  breaksOf?: BreaksOf;
}

// A trend over several periods, bars of one; undefined where nothing can be
// set against anything.
export function chartOf(
  all: Cell[],
  quantity: Quantity,
  settings: Settings = {},
): Chart | undefined {
  const {
    bases = new Map(),
    only,
    breakDays = [],
    breaksOf = () => [],
  } = settings;
  // Measures have their own units and never share an axis.
  const cells = all.filter((cell) => cell.measure === all[0]?.measure);
  const at = new Map(all.map((cell, i) => [cell, i]));
  const periods = periodsOf(cells);
  if (cells.length < 2) return undefined;
  const common = {
    measure: cells[0]!.measure,
    unit: unitOf(cells, quantity),
    base: baseOf(cells, quantity),
  };
  const reindex = (series: Series[], from: Cell[]) => {
    for (const one of series)
      for (const mark of one.marks) mark.cell = at.get(from[mark.cell]!)!;
    return series;
  };
  if (periods.length > 1 && only === undefined) {
    const series = reindex(seriesOf(cells, quantity), cells);
    for (const one of series) {
      const own = all[one.marks[0]!.cell]!.coordinates.flatMap(
        ({ dimension, member }) => breaksOf(dimension, member),
      );
      markBreaks(one, [...breakDays, ...own]);
    }
    const shown = [...series]
      .sort((a, b) => highest(b) - highest(a))
      .slice(0, MOST_SERIES);
    const connected = periods.every(
      (period, i) => i === 0 || periods[i - 1]!.endDate <= period.startDate,
    );
    return {
      kind: "trend",
      ...common,
      periods,
      connected,
      series: shown,
      omitted: series.length - shown.length,
    };
  }
  const period = periods.find((one) => one.text === only) ?? periods[0]!;
  const own = cells.filter((cell) => cell.period!.text === period.text);
  const rows = reindex(seriesOf(own, quantity), own)
    // Not applicable is no gap in what is ranked.
    .filter(
      (row) =>
        row.marks[0]!.value !== undefined ||
        all[row.marks[0]!.cell]!.state !== State.NOT_APPLICABLE,
    )
    .sort((a, b) => highest(b) - highest(a) || a.name.localeCompare(b.name));
  const base =
    quantity === "figure" ? (bases.get(period.text) ?? "") : common.base;
  return {
    kind: "bars",
    ...common,
    base,
    period,
    rows: rows.slice(0, MOST_BARS),
    omitted: Math.max(0, rows.length - MOST_BARS),
  };
}

function markWords(mark: Mark): string {
  return `${mark.words} in ${mark.period.text}`;
}

// What the chart says, for who cannot see it; the table has every figure.
export function summaryOf(chart: Chart): string {
  const sentences: string[] = [];
  if (chart.kind === "trend") {
    sentences.push(
      `Line chart of ${chart.unit} over ${chart.periods.length} periods.`,
    );
    for (const one of chart.series) {
      const known = one.marks.filter((mark) => mark.value !== undefined);
      const first = known[0];
      const last = known.at(-1);
      const name = one.name ? `${one.name}: ` : "";
      if (!first || !last) {
        sentences.push(`${name}no number in any period.`);
        continue;
      }
      sentences.push(
        first === last
          ? `${name}${markWords(first)} only.`
          : `${name}from ${markWords(first)} to ${markWords(last)}.`,
      );
      const gaps = one.marks.filter((mark) => mark.value === undefined);
      if (gaps.length)
        sentences.push(
          `No number in ${gaps.map((gap) => `${gap.period.text} (${gap.words})`).join(", ")}.`,
        );
      const breaks = one.marks.filter((mark) => mark.breaks);
      if (breaks.length)
        sentences.push(
          `The series breaks at ${breaks.map((mark) => mark.period.text).join(", ")}.`,
        );
    }
    if (chart.omitted)
      sentences.push(`${chart.omitted} more series are in the table only.`);
  } else {
    const known = chart.rows.filter((row) => row.marks[0]!.value !== undefined);
    const missing = chart.rows.filter(
      (row) => row.marks[0]!.value === undefined,
    );
    sentences.push(
      `Bar chart of ${chart.unit} in ${chart.period.text}, largest first${chart.base ? `, ${chart.base}` : ""}.`,
    );
    const name = (row: Series) =>
      `${row.name || "All"}: ${row.marks[0]!.words}`;
    sentences.push(
      `${known.slice(0, 5).map(name).join("; ")}${known.length > 5 ? `; and ${known.length - 5} more` : ""}.`,
    );
    if (missing.length)
      sentences.push(`Without a number: ${missing.map(name).join("; ")}.`);
    if (chart.omitted)
      sentences.push(`${chart.omitted} more bars are in the table only.`);
  }
  return sentences.join(" ");
}
