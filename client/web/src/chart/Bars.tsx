// One period's numbers, largest first; who has none stands below, with the
// reason in place of a bar.

import type { ComponentChildren } from "preact";
import type { Bars } from "./model";
import { linear, textWidth, wrap } from "./scale";

const ROW = 25;
const TOP = 30;

export function barsHeight(chart: Bars): number {
  return TOP + chart.rows.length * ROW + 8;
}

export function BarChart({
  chart,
  width,
  onPick,
}: {
  chart: Bars;
  width: number;
  onPick?: (cell: number) => void;
}): ComponentChildren {
  const left = Math.min(
    width * 0.44,
    Math.max(...chart.rows.map((row) => textWidth(row.name || "All"))) + 12,
  );
  const known = chart.rows.filter((row) => row.marks[0]!.value !== undefined);
  const right = Math.min(
    width * 0.4,
    Math.max(40, ...known.map((row) => textWidth(row.marks[0]!.words) + 14)),
  );
  const values = chart.rows.flatMap((row) => {
    const { value, lower, upper } = row.marks[0]!;
    return [value, lower, upper].filter(
      (one): one is number => one !== undefined,
    );
  });
  const x = linear(
    values,
    left,
    width - right,
    Math.max(2, Math.floor((width - left - right) / 90)),
  );
  return (
    <>
      <text class="soft" x={0} y={12}>
        {chart.unit}
        {chart.base ? ` ${chart.base}` : ""}, {chart.period.text}
      </text>
      <line
        class="axis"
        x1={x(0)}
        x2={x(0)}
        y1={TOP - 4}
        y2={TOP + chart.rows.length * ROW}
      />
      {chart.rows.map((row, i) => {
        const mark = row.marks[0]!;
        const middle = TOP + i * ROW + ROW / 2;
        const name = row.name || "All";
        const line = wrap(name, left - 10)[0]!;
        const isInterval =
          mark.lower !== undefined &&
          mark.upper !== undefined &&
          mark.lower !== mark.upper;
        // What it is at the least is solid, what it can be is hatched.
        const sure = !isInterval
          ? (mark.value ?? 0)
          : mark.lower! > 0
            ? mark.lower!
            : Math.min(0, mark.upper!);
        const furthest = Math.max(mark.value ?? 0, mark.upper ?? 0);
        return (
          <g
            key={`${i} ${name}`}
            class="s1 pick"
            onClick={onPick && (() => onPick(mark.cell))}
          >
            <title>{`${name}: ${mark.words}`}</title>
            <text x={left - 8} y={middle + 4} text-anchor="end">
              {line === name ? name : `${line}…`}
            </text>
            {isInterval && (
              <rect
                class="bounds"
                x={x(mark.lower!)}
                y={middle - 7.5}
                width={x(mark.upper!) - x(mark.lower!)}
                height={15}
              />
            )}
            {mark.value === undefined ? (
              <text
                class="soft"
                x={x(isInterval ? Math.max(0, mark.upper!) : 0) + 8}
                y={middle + 4}
                font-style="italic"
              >
                {mark.words}
              </text>
            ) : (
              <>
                <rect
                  class="bar"
                  x={Math.min(x(0), x(sure))}
                  y={middle - 8}
                  width={Math.abs(x(sure) - x(0))}
                  height={16}
                />
                {isInterval && x(mark.upper!) - x(mark.lower!) > 8 && (
                  <line
                    class="printed"
                    x1={x(mark.value)}
                    x2={x(mark.value)}
                    y1={middle - 10}
                    y2={middle + 10}
                  />
                )}
                <text
                  class="strong"
                  x={x(furthest) + (mark.open ? 26 : 8)}
                  y={middle + 4}
                >
                  {mark.words}
                </text>
                {mark.open && (
                  <path
                    class="whisker"
                    d={`M${x(mark.value) + 4},${middle}h16m-6,-4l6,4l-6,4`}
                  />
                )}
              </>
            )}
          </g>
        );
      })}
    </>
  );
}
