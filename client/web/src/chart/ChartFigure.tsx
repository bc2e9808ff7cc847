// A chart with its choices, its text alternative and its way out as a file.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Cell } from "../generated/collate/v1/statistics_pb";
import { BarChart, barsHeight } from "./Bars";
import {
  type BreaksOf,
  type Chart,
  chartOf,
  periodsOf,
  type Quantity,
  quantitiesOf,
  summaryOf,
} from "./model";
import type { Bases } from "../answer/bases";
import { svgFile } from "./svg_file";
import { TREND_HEIGHT, TrendChart } from "./Trend";
import { download } from "../service/download";

function Hatches() {
  return (
    <defs>
      <pattern
        id="collate-hatch"
        width="6"
        height="6"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <line class="hatch" x1="0" y1="0" x2="0" y2="6" />
      </pattern>
      <pattern
        id="collate-hatch-own"
        class="s1"
        width="5"
        height="5"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <line class="hatch-own" x1="0" y1="0" x2="0" y2="5" />
      </pattern>
    </defs>
  );
}

function Drawing({
  chart,
  width,
  onPick,
}: {
  chart: Chart;
  width: number;
  onPick: (cell: number) => void;
}) {
  return chart.kind === "trend" ? (
    <TrendChart chart={chart} width={width} onPick={onPick} />
  ) : (
    <BarChart chart={chart} width={width} onPick={onPick} />
  );
}

const heightOf = (chart: Chart) =>
  chart.kind === "trend" ? TREND_HEIGHT : barsHeight(chart);

export function ChartFigure({
  cells,
  title,
  note,
  bases,
  breakDays,
  breaksOf,
  source,
  onPick,
}: {
  cells: Cell[];
  title: string;
  // What the numbers are of, where the answer does not say it itself.
  note: string;
  bases: Bases;
  breakDays: string[];
  breaksOf: BreaksOf;
  source: string;
  onPick: (cell: number) => void;
}) {
  const quantities = useMemo(() => quantitiesOf(cells), [cells]);
  const periods = useMemo(() => periodsOf(cells), [cells]);
  const isCrossed = (cells[0]?.coordinates.length ?? 0) > 0;
  const [quantity, setQuantity] = useState<Quantity>(
    quantities[0]?.quantity ?? "figure",
  );
  const [only, setOnly] = useState<string>();
  const [width, setWidth] = useState(0);
  const holder = useRef<HTMLDivElement>(null);
  const chart = useMemo(
    () => chartOf(cells, quantity, { bases, only, breakDays, breaksOf }),
    [cells, quantity, bases, only, breakDays, breaksOf],
  );
  useEffect(() => {
    const node = holder.current;
    if (!node) return;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.floor(entry!.contentRect.width)),
    );
    observer.observe(node);
    return () => observer.disconnect();
  }, [chart === undefined]);
  if (!chart) return null;
  const summary = summaryOf(chart);
  const height = heightOf(chart);
  const omitted = chart.omitted > 0 && (
    <p class="small">
      {chart.omitted} more {chart.kind === "trend" ? "series" : "bars"} would
      not be readable here; the table has them all.
    </p>
  );
  return (
    <figure class={`chart-figure ${chart.kind}`} aria-label="Chart">
      {(quantities.length > 1 || (isCrossed && periods.length > 1)) && (
        <div class="chart-choices">
          {quantities.length > 1 && (
            <label>
              Show{" "}
              <select
                value={String(quantity)}
                onChange={(event) => {
                  const chosen = event.currentTarget.value;
                  setQuantity(chosen === "figure" ? chosen : Number(chosen));
                }}
              >
                {quantities.map((one) => (
                  <option key={one.title} value={String(one.quantity)}>
                    {one.title}
                  </option>
                ))}
              </select>
            </label>
          )}
          {isCrossed && periods.length > 1 && (
            <label>
              As{" "}
              <select
                value={only ?? ""}
                onChange={(event) =>
                  setOnly(event.currentTarget.value || undefined)
                }
              >
                <option value="">lines over all periods</option>
                {periods.map((one) => (
                  <option key={one.text} value={one.text}>
                    bars of {one.text}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
      )}
      <div ref={holder} class="chart-holder">
        {width > 0 && (
          <svg
            class="chart"
            role="img"
            aria-labelledby="chart-title chart-description"
            width={width}
            height={height}
            viewBox={`0 0 ${width} ${height}`}
          >
            <title id="chart-title">{title}</title>
            <desc id="chart-description">{summary}</desc>
            <Hatches />
            <Drawing chart={chart} width={width} onPick={onPick} />
          </svg>
        )}
      </div>
      <figcaption class="small">
        {note && <p class="base-note">{note}</p>}
        <ChartKey chart={chart} />
        {omitted}
        <button
          type="button"
          class="quiet"
          onClick={() => {
            const svg = holder.current?.querySelector("svg");
            if (svg)
              download(
                "collate-chart.svg",
                [svgFile(svg, { title, note, source })],
                "image/svg+xml",
              );
          }}
        >
          Download the chart (SVG)
        </button>
      </figcaption>
    </figure>
  );
}

// What the signs mean that this chart has, and no others.
function ChartKey({ chart }: { chart: Chart }) {
  const marks = (chart.kind === "trend" ? chart.series : chart.rows).flatMap(
    (one) => one.marks,
  );
  const says: string[] = [];
  if (
    marks.some(
      (mark) =>
        mark.lower !== undefined &&
        mark.upper !== undefined &&
        mark.lower !== mark.upper,
    )
  ) {
    says.push(
      chart.kind === "trend"
        ? "Shaded band and whiskers: what the number can be."
        : "Hatching: what the number can be.",
    );
  }
  if (marks.some((mark) => mark.open))
    says.push("Arrow: the number may be higher, and nobody knows how much.");
  if (marks.some((mark) => mark.value === undefined)) {
    says.push(
      chart.kind === "trend"
        ? "Gap or hatching: no number, which is not 0."
        : "Words in place of a bar: no number, which is not 0.",
    );
  }
  if (marks.some((mark) => mark.breaks))
    says.push("Dashed rule: figures before and after it are not comparable.");
  if (chart.kind === "trend" && !chart.connected)
    says.push("Periods overlap, so that no line joins them.");
  return says.length ? <p>{says.join(" ")}</p> : null;
}
