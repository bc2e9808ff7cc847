// Numbers to places.

export interface Scale {
  (value: number): number;
  ticks: number[];
  domain: [number, number];
}

// Steps of 1, 2 or 5 times a power of ten.
export function niceStep(span: number, count: number): number {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const ratio = rough / power;
  return (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10) * power;
}

// From 0, or below it where a value is, to a round number that takes in all.
export function linear(
  values: number[],
  from: number,
  to: number,
  count: number,
): Scale {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const step = niceStep(high - low || count, count);
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  const ticks: number[] = [];
  for (let i = first; i <= last; ++i)
    ticks.push(Number((i * step).toPrecision(12)));
  const domain: [number, number] = [ticks[0]!, ticks.at(-1)!];
  const scale = ((value: number) =>
    from +
    ((value - domain[0]) / (domain[1] - domain[0])) * (to - from)) as Scale;
  scale.ticks = ticks;
  scale.domain = domain;
  return scale;
}

// Width of a text in pixels, near enough to keep labels apart.
export function textWidth(text: string, size = 13): number {
  return text.length * size * 0.53;
}

// A text cut into lines that fit, at spaces, and within a word that is longer
// than a line.
export function wrap(text: string, width: number, size = 13): string[] {
  const most = Math.max(1, Math.floor(width / textWidth("m", size)));
  const lines: string[] = [];
  for (const long of text.split(" ")) {
    for (let at = 0; at === 0 || at < long.length; at += most) {
      const word = long.slice(at, at + most);
      const last = lines.at(-1);
      const joined = at > 0 ? undefined : `${last} ${word}`;
      if (last !== undefined && joined && textWidth(joined, size) <= width) {
        lines[lines.length - 1] = joined;
      } else {
        lines.push(word);
      }
    }
  }
  return lines;
}
