// A text that counts once it is finished: by Enter, or by leaving the field.
// Until then it is the reader's own, whatever else on the page is drawn anew.

import { useEffect, useState } from "preact/hooks";

export function CommittedInput({
  value,
  list,
  placeholder,
  onCommit,
}: {
  value: string;
  list?: string;
  placeholder?: string;
  onCommit: (value: string) => void;
}) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  return (
    <input
      list={list}
      value={typed}
      placeholder={placeholder}
      autocomplete="off"
      spellcheck={false}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onChange={(event) => onCommit(event.currentTarget.value.trim())}
    />
  );
}
