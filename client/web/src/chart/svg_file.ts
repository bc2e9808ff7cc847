// A chart as a file that stands alone: with title, what it is of, where it is
// from, and its style inside.

import style from "./chart.css?inline";
import { wrap } from "./scale";

const MARGIN = 20;

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

export function svgFile(
  drawn: SVGSVGElement,
  words: { title: string; note: string; source: string },
): string {
  const width = drawn.width.baseVal.value;
  const height = drawn.height.baseVal.value;
  const lines = (text: string, size: number) =>
    text ? wrap(text, width, size) : [];
  const title = lines(words.title, 17);
  const below = [...lines(words.note, 12), ...lines(words.source, 12)];
  const head = title.length * 22 + 14;
  const total = head + height + below.length * 17 + 12 + 2 * MARGIN;
  const text = (content: string, y: number, attributes: string) =>
    `<text x="0" y="${y}" ${attributes}>${escaped(content)}</text>`;
  // Serialised as XML, because HTML's form is none.
  const inner = [...drawn.childNodes]
    .map((node) => new XMLSerializer().serializeToString(node))
    .join("");
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-labelledby="chart-title chart-description" width="${width + 2 * MARGIN}" height="${total}" viewBox="${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${total}">
<style>${escaped(style)}</style>
<rect x="${-MARGIN}" y="${-MARGIN}" width="${width + 2 * MARGIN}" height="${total}" fill="#ffffff"/>
${title.map((line, i) => text(line, 16 + i * 22, 'class="strong" font-size="17"')).join("\n")}
<g transform="translate(0,${head})">${inner}</g>
${below.map((line, i) => text(line, head + height + 20 + i * 17, 'class="soft" font-size="12"')).join("\n")}
</svg>
`;
}
