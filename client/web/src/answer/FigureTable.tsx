// The table of an answer. Of a long one only the rows in view are in the
// document, and each says which of how many it is. One figure is in the order
// of Tab; arrow keys go on from there.

import type { ComponentChild } from "preact";
import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "preact/hooks";
import { type AnswerTable, type Row, textsOf } from "./table";
import { partsOf } from "./window";

// Rows up to this many are all in the document, as high as their text.
const MOST_WHOLE_ROWS = 150;
const ROW_HEIGHT = 34;

// So that columns keep their width whatever rows are in view.
function widthsOf(table: AnswerTable): number[] {
  const widths = table.columns.map(
    (column) => Math.min(column.title.length, 24) + 2,
  );
  for (const row of table.rows) {
    textsOf(table, row).forEach((text, i) => {
      widths[i] = Math.max(
        widths[i]!,
        text.main.length + text.detail.length + 3,
      );
    });
  }
  // Letters are narrower than the digit that `ch` is the width of.
  return widths.map((width) => Math.ceil(width * 0.84));
}

interface RowProps {
  table: AnswerTable;
  row: Row;
  index: number;
  isActive: boolean;
  isLong: boolean;
  onPick: (row: number) => void;
  onFocus: (row: number) => void;
}

function FigureRow({
  table,
  row,
  index,
  isActive,
  isLong,
  onPick,
  onFocus,
}: RowProps) {
  const texts = textsOf(table, row);
  return (
    <tr aria-rowindex={isLong ? index + 2 : undefined}>
      {table.columns.map((column, i) => {
        if (column.part === "header")
          return (
            <th key={i} scope="row">
              {texts[i]!.main}
            </th>
          );
        if (column.part === "figure") {
          return (
            <td key={i} class="number">
              <button
                type="button"
                class={row.isMissing ? "figure missing" : "figure"}
                data-row={index}
                tabIndex={isActive ? 0 : -1}
                onClick={() => onPick(index)}
                onFocus={() => onFocus(index)}
                aria-haspopup="dialog"
              >
                {texts[i]!.main}
              </button>
            </td>
          );
        }
        return (
          <td
            key={i}
            class={
              column.part === "notes"
                ? "notes"
                : column.right
                  ? "number"
                  : undefined
            }
          >
            {texts[i]!.isMissing ? (
              <span class="missing">{texts[i]!.main}</span>
            ) : (
              texts[i]!.main
            )}
            {texts[i]!.detail && (
              <>
                {" "}
                <span class="detail">{texts[i]!.detail}</span>
              </>
            )}
          </td>
        );
      })}
    </tr>
  );
}

export function FigureTable({
  table,
  caption,
  total,
  onPick,
}: {
  table: AnswerTable;
  caption: string;
  // Rows of the whole answer, those not loaded included.
  total: number;
  onPick: (row: number) => void;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const isLong = table.rows.length > MOST_WHOLE_ROWS;
  const [active, setActive] = useState(0);
  const [view, setView] = useState({ top: 0, height: 600 });
  const toFocus = useRef(-1);
  const widths = useMemo(() => (isLong ? widthsOf(table) : []), [table]);
  useEffect(() => {
    setActive(0);
    if (holder.current) holder.current.scrollTop = 0;
  }, [caption]);
  useEffect(() => {
    const node = holder.current;
    if (!node || !isLong) return;
    const look = () =>
      setView((before) => {
        // A new view only when rows came in sight that are not there.
        const top =
          Math.floor(node.scrollTop / (ROW_HEIGHT * 4)) * ROW_HEIGHT * 4;
        return before.top === top && before.height === node.clientHeight
          ? before
          : { top, height: node.clientHeight };
      });
    look();
    node.addEventListener("scroll", look, { passive: true });
    return () => node.removeEventListener("scroll", look);
  }, [isLong]);
  useLayoutEffect(() => {
    if (toFocus.current < 0) return;
    const button = holder.current?.querySelector<HTMLElement>(
      `[data-row="${toFocus.current}"]`,
    );
    toFocus.current = -1;
    button?.focus();
  });
  const move = (event: KeyboardEvent) => {
    if (!(event.target as HTMLElement).matches(".figure")) return;
    const last = table.rows.length - 1;
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      Home: 0,
      End: last,
      PageDown: active + 10,
      PageUp: active - 10,
    };
    const wanted = steps[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(last, wanted));
    toFocus.current = next;
    setActive(next);
  };
  // Rows that stay are not drawn again while others come into view: the same
  // element says so.
  const drawn = useMemo(
    () => new Map<string, ComponentChild>(),
    [table, onPick],
  );
  const row = (index: number) => {
    const isActive = index === active;
    const key = `${index} ${isActive}`;
    const known = drawn.get(key);
    if (known) return known;
    const fresh = (
      <FigureRow
        key={index}
        table={table}
        row={table.rows[index]!}
        index={index}
        isActive={isActive}
        isLong={isLong}
        onPick={onPick}
        onFocus={setActive}
      />
    );
    drawn.set(key, fresh);
    return fresh;
  };
  return (
    <div
      ref={holder}
      class={isLong ? "table-holder long" : "table-holder"}
      tabIndex={0}
      role="region"
      aria-labelledby="table-caption"
      onKeyDown={move}
    >
      <table
        class="figures"
        aria-rowcount={isLong ? total + 1 : undefined}
        aria-describedby="table-hint"
      >
        <caption id="table-caption">{caption}</caption>
        {isLong && (
          <colgroup>
            {widths.map((width, i) => (
              <col key={i} style={{ width: `${width}ch` }} />
            ))}
          </colgroup>
        )}
        <thead>
          <tr aria-rowindex={isLong ? 1 : undefined}>
            {table.columns.map((column) => (
              <th
                key={column.title}
                scope="col"
                class={column.right ? "number" : undefined}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {isLong
            ? partsOf(
                table.rows.length,
                view.top,
                view.height,
                ROW_HEIGHT,
                active,
              ).map((part) =>
                "row" in part ? (
                  row(part.row)
                ) : (
                  <tr
                    key={`gap ${part.before}`}
                    class="gap-row"
                    aria-hidden="true"
                  >
                    <td
                      colSpan={table.columns.length}
                      style={{ height: `${part.gap * ROW_HEIGHT}px` }}
                    />
                  </tr>
                ),
              )
            : table.rows.map((_, index) => row(index))}
        </tbody>
      </table>
    </div>
  );
}
