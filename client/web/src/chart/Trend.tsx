// Numbers over periods: a line broken where there is no number, bounds as a
// band, breaks of the series as a dashed rule.

import type { ComponentChildren } from "preact";
import { grouped } from "../answer/figures";
import type { Mark, Series, Trend } from "./model";
import { linear, textWidth, wrap } from "./scale";

export const TREND_HEIGHT = 340;
const TOP = 26;

const MARKERS = [
  "M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0",
  "M-4.2,-4.2h8.4v8.4h-8.4z",
  "M0,-5.5L5.2,4H-5.2z",
  "M0,-5.8L5.8,0L0,5.8L-5.8,0z",
  "M0,5.5L5.2,-4H-5.2z",
  "M-5,-1.6h3.4v-3.4h3.2v3.4h3.4v3.2h-3.4v3.4h-3.2v-3.4h-3.4z",
];

interface Placed {
  mark: Mark;
  x: number;
  y?: number;
}

// What the number can be, where both ends are known.
function isInterval({ lower, upper }: Mark): boolean {
  return lower !== undefined && upper !== undefined && lower !== upper;
}

// Stretches of numbers with none missing and no break between.
function stretches(placed: Placed[]): Placed[][] {
  const all: Placed[][] = [[]];
  for (const one of placed) {
    if (one.y === undefined || one.mark.breaks) all.push([]);
    if (one.y !== undefined) all.at(-1)!.push(one);
  }
  return all.filter((part) => part.length > 0);
}

// Bands are drawn where both ends are known, over neighbours only.
function bands(placed: Placed[], y: (value: number) => number): string[] {
  const parts: Placed[][] = [[]];
  for (const one of placed) {
    const known = one.mark.lower !== undefined && one.mark.upper !== undefined;
    if (!known || one.mark.breaks) parts.push([]);
    if (known) parts.at(-1)!.push(one);
  }
  return parts
    .filter((part) => part.some((one) => one.mark.lower !== one.mark.upper))
    .map((part) => {
      // A single period still shows its interval.
      const wide =
        part.length > 1
          ? part
          : [
              { ...part[0]!, x: part[0]!.x - 10 },
              { ...part[0]!, x: part[0]!.x + 10 },
            ];
      const up = wide.map((one) => `${one.x},${y(one.mark.upper!)}`);
      const down = wide
        .map((one) => `${one.x},${y(one.mark.lower!)}`)
        .reverse();
      return `M${up.join("L")}L${down.join("L")}Z`;
    });
}

// Labels at the ends of the lines, moved apart.
function endLabels(series: Placed[][]): (number | undefined)[] {
  const ends = series.map((placed, i) => ({
    i,
    y: placed.filter((one) => one.y !== undefined).at(-1)?.y,
  }));
  const ordered = ends
    .filter((one) => one.y !== undefined)
    .sort((a, b) => a.y! - b.y!);
  let floor = -Infinity;
  for (const one of ordered) {
    one.y = Math.max(one.y!, floor + 16);
    floor = one.y;
  }
  return series.map((_, i) => ends[i]!.y);
}

export function TrendChart({
  chart,
  width,
  onPick,
}: {
  chart: Trend;
  width: number;
  onPick?: (cell: number) => void;
}): ComponentChildren {
  const named = chart.series.length > 1;
  const values = chart.series.flatMap((one) =>
    one.marks.flatMap((mark) =>
      [mark.value, mark.lower, mark.upper].filter(
        (value): value is number => value !== undefined,
      ),
    ),
  );
  const probe = linear(values, 0, 1, 5);
  const left =
    Math.max(...probe.ticks.map((tick) => textWidth(grouped(String(tick))))) +
    14;
  const right = named
    ? Math.min(
        width * 0.32,
        Math.max(...chart.series.map((one) => textWidth(one.name))) + 18,
      )
    : 22;
  const labels = chart.periods.map((period) => period.text);
  const slot = (width - left - right) / labels.length;
  const widest = Math.max(...labels.map((label) => textWidth(label, 12)));
  const every = Math.max(1, Math.ceil((widest + 8) / slot));
  const bottom = TREND_HEIGHT - 30;
  const y = linear(values, bottom, TOP, 5);
  const at = new Map(
    labels.map((label, i) => [label, left + slot * (i + 0.5)]),
  );
  const placed = chart.series.map((one) =>
    one.marks.map(
      (mark): Placed => ({
        mark,
        x: at.get(mark.period.text)!,
        y: mark.value === undefined ? undefined : y(mark.value),
      }),
    ),
  );
  const ends = endLabels(placed);
  // A period in which no series has a number.
  const empty = labels.filter((label) =>
    chart.series.every((one) =>
      one.marks.every(
        (mark) => mark.period.text !== label || mark.value === undefined,
      ),
    ),
  );
  const breaks = new Set(
    placed.flatMap((one) => one.filter((p) => p.mark.breaks).map((p) => p.x)),
  );
  return (
    <>
      <text class="soft" x={0} y={12}>
        {chart.unit}
        {chart.base ? ` ${chart.base}` : ""}
      </text>
      {y.ticks.map((tick) => (
        <g key={tick}>
          <line
            class={tick === 0 ? "axis" : "rule"}
            x1={left}
            x2={width - right}
            y1={y(tick)}
            y2={y(tick)}
          />
          <text class="soft" x={left - 8} y={y(tick) + 4} text-anchor="end">
            {grouped(String(tick))}
          </text>
        </g>
      ))}
      {empty.map((label) => {
        const words =
          chart.series[0]!.marks.find((mark) => mark.period.text === label)
            ?.words ?? "";
        const x = at.get(label)!;
        return (
          <g key={label}>
            <rect
              class="gap"
              x={x - slot * 0.4}
              y={TOP}
              width={slot * 0.8}
              height={bottom - TOP}
            />
            {slot > 26 && (
              <text
                class="soft"
                x={0}
                y={0}
                font-size="12"
                text-anchor="middle"
                transform={`translate(${x - slot * 0.4 + 13},${(TOP + bottom) / 2}) rotate(-90)`}
              >
                {words}
              </text>
            )}
          </g>
        );
      })}
      {labels.map(
        (label, i) =>
          i % every === 0 && (
            <text
              key={label}
              class="soft"
              font-size="12"
              x={at.get(label)}
              y={bottom + 19}
              text-anchor="middle"
            >
              {label}
            </text>
          ),
      )}
      {[...breaks].map((x) => (
        <g key={x}>
          <line
            class="break"
            x1={x - slot / 2}
            x2={x - slot / 2}
            y1={TOP - 6}
            y2={bottom}
          />
          <text class="soft" font-size="12" x={x - slot / 2 + 5} y={TOP + 4}>
            series break
          </text>
        </g>
      ))}
      {chart.series.map((one: Series, i) => (
        <g key={one.name} class={`s${i + 1}`}>
          {bands(placed[i]!, y).map((path) => (
            <path key={path} class="band" d={path} />
          ))}
          {chart.connected &&
            stretches(placed[i]!).map((part) => (
              <path
                key={part[0]!.x}
                class="line"
                d={`M${part.map((p) => `${p.x},${p.y}`).join("L")}`}
              />
            ))}
          {/* What a withheld number can be is drawn without a marker. */}
          {placed[i]!.filter(({ mark }) => isInterval(mark)).map(
            ({ mark, x }) => (
              <path
                key={x}
                class="whisker"
                d={`M${x},${y(mark.lower!)}V${y(mark.upper!)}m-4,0h8M${x - 4},${y(mark.lower!)}h8`}
              />
            ),
          )}
          {placed[i]!.filter((p) => p.y !== undefined).map((p) => (
            <g key={p.x}>
              {p.mark.open && (
                <path
                  class="whisker"
                  d={`M${p.x},${p.y! - 8}V${Math.max(TOP - 10, p.y! - 26)}m-4,6l4,-6l4,6`}
                />
              )}
              <path
                class="marker pick"
                d={MARKERS[i % MARKERS.length]}
                transform={`translate(${p.x},${p.y})`}
                onClick={onPick && (() => onPick(p.mark.cell))}
              >
                <title>{`${one.name ? `${one.name}, ` : ""}${p.mark.period.text}: ${p.mark.words}`}</title>
              </path>
              {!named &&
                labels.length <= 14 &&
                slot > textWidth(p.mark.words) * 0.8 && (
                  <text
                    class="strong"
                    x={p.x}
                    y={p.mark.open ? p.y! + 20 : p.y! - 11}
                    text-anchor="middle"
                  >
                    {p.mark.words}
                  </text>
                )}
            </g>
          ))}
          {named &&
            ends[i] !== undefined &&
            wrap(one.name, right - 14)
              .slice(0, 1)
              .map((line) => (
                <text
                  key="name"
                  class="own"
                  x={width - right + 8}
                  y={ends[i]! + 4}
                >
                  {line === one.name ? line : `${line}…`}
                </text>
              ))}
        </g>
      ))}
    </>
  );
}
