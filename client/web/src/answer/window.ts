// Which rows of a long table are in the document: those in view with some
// around, and the one that has the focus, wherever it is. Between them stand
// gaps of so many rows.

export type Part = { row: number } | { gap: number; before: number };

const AROUND = 12;

export function partsOf(
  count: number,
  top: number,
  height: number,
  rowHeight: number,
  active: number,
): Part[] {
  const first = Math.max(
    0,
    Math.min(count - 1, Math.floor(top / rowHeight)) - AROUND,
  );
  const last = Math.min(
    count - 1,
    Math.ceil((top + height) / rowHeight) + AROUND,
  );
  const rows: number[] = [];
  for (let row = first; row <= last; ++row) rows.push(row);
  if (active >= 0 && active < count) {
    if (active < first) rows.unshift(active);
    if (active > last) rows.push(active);
  }
  const parts: Part[] = [];
  let next = 0;
  for (const row of rows) {
    if (row > next) parts.push({ gap: row - next, before: row });
    parts.push({ row });
    next = row + 1;
  }
  if (next < count) parts.push({ gap: count - next, before: count });
  return parts;
}
