// Picks members of a dimension: a combobox with what is chosen beside it. A word
// that is not in the list can be entered as well; the service then says what is
// near it.

import { useId, useMemo, useRef, useState } from "preact/hooks";

export interface Choice {
  code: string;
  title: string;
  // Has figures.
  isLoaded: boolean;
  // Other spellings, to be found by.
  labels: string[];
}

const MOST_SHOWN = 40;

export function matching(
  choices: Choice[],
  typed: string,
  chosen: string[],
): Choice[] {
  const word = typed.trim().toLowerCase();
  const rest = choices.filter((one) => !chosen.includes(one.code));
  // Without a word, only what has figures is offered.
  if (!word) return rest.filter((one) => one.isLoaded);
  const rank = (one: Choice) => {
    const title = one.title.toLowerCase();
    const code = one.code.toLowerCase();
    if (code === word || title === word) return 0;
    if (title.startsWith(word) || code.startsWith(word)) return 1;
    if (title.includes(word) || code.includes(word)) return 2;
    return one.labels.some((label) => label.toLowerCase().includes(word))
      ? 3
      : 9;
  };
  return rest
    .map((one) => ({ one, rank: rank(one) + (one.isLoaded ? 0 : 4) }))
    .filter(({ rank }) => rank < 9)
    .sort((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}

export function MemberPicker({
  label,
  hint,
  choices,
  chosen,
  titleOf,
  onChange,
}: {
  label: string;
  hint?: string;
  choices: Choice[];
  chosen: string[];
  titleOf: (code: string) => string;
  onChange: (chosen: string[]) => void;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const found = useMemo(
    () => matching(choices, typed, chosen),
    [choices, typed, chosen],
  );
  const shown = found.slice(0, MOST_SHOWN);
  const add = (code: string) => {
    if (code && !chosen.includes(code)) onChange([...chosen, code]);
    setTyped("");
    setAt(-1);
    setOpen(false);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (shown.length)
        setAt(
          (at + step + shown.length + (at < 0 && step < 0 ? 1 : 0)) %
            shown.length,
        );
    } else if (event.key === "Enter") {
      const word = typed.trim();
      const exact = choices.find(
        (one) =>
          one.code === word || one.title.toLowerCase() === word.toLowerCase(),
      );
      if (at >= 0 && isOpen && shown[at]) {
        event.preventDefault();
        add(shown[at].code);
      } else if (word) {
        event.preventDefault();
        add(exact?.code ?? word);
      }
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      setOpen(false);
      setAt(-1);
    } else if (event.key === "Backspace" && !typed && chosen.length) {
      onChange(chosen.slice(0, -1));
    }
  };
  return (
    <div class="picker">
      <label for={`${id}-input`}>{label}</label>
      {hint && (
        <span id={`${id}-hint`} class="hint">
          {hint}
        </span>
      )}
      {chosen.length > 0 && (
        <ul class="chips" aria-label={`Chosen: ${label}`}>
          {chosen.map((code) => (
            <li key={code}>
              {titleOf(code)}
              <button
                type="button"
                aria-label={`Remove ${titleOf(code)}`}
                onClick={() => {
                  onChange(chosen.filter((one) => one !== code));
                  input.current?.focus();
                }}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="combobox">
        <input
          ref={input}
          id={`${id}-input`}
          type="text"
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && at >= 0 ? `${id}-${at}` : undefined}
          aria-describedby={hint ? `${id}-hint` : undefined}
          placeholder={chosen.length ? "Add another" : "Any"}
          value={typed}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setOpen(true);
            setAt(-1);
          }}
          onFocus={() => setOpen(true)}
          onClick={() => setOpen(true)}
          onBlur={() => {
            setOpen(false);
            setAt(-1);
          }}
          onKeyDown={key}
        />
        <ul
          id={`${id}-list`}
          role="listbox"
          aria-label={label}
          hidden={!isOpen}
        >
          {shown.map((one, i) => (
            <li
              key={one.code}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === at}
              class={i === at ? "at" : undefined}
              onMouseDown={(event) => {
                event.preventDefault();
                add(one.code);
              }}
            >
              {one.title}
              {one.title !== one.code && <span class="hint"> {one.code}</span>}
              {!one.isLoaded && <span class="hint"> · nothing loaded</span>}
            </li>
          ))}
          {shown.length === 0 && (
            <li
              role="option"
              aria-selected="false"
              aria-disabled="true"
              class="hint"
            >
              {typed
                ? "No known word is like this. Enter takes it as it is, and the service says what is near."
                : "Nothing with figures. Type to search all."}
            </li>
          )}
          {found.length > shown.length && (
            <li
              role="option"
              aria-selected="false"
              aria-disabled="true"
              class="hint"
            >
              {found.length - shown.length} more: type to narrow
            </li>
          )}
        </ul>
      </div>
    </div>
  );
}
