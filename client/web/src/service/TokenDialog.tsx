// Asks who is there, and only once the service wants to know.

import { useEffect, useRef, useState } from "preact/hooks";

export function TokenDialog({
  onDone,
}: {
  onDone: (token: string | undefined) => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [token, setToken] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="ask-token"
      aria-labelledby="token-title"
      onClose={() => onDone(undefined)}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onDone(token.trim() || undefined);
        }}
      >
        <h2 id="token-title">The service asks who you are</h2>
        <label>
          Access token
          <input
            type="password"
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
          <span class="hint">
            As given to you by whoever runs the service. It is kept until this
            tab is closed.
          </span>
        </label>
        <p class="actions">
          <button type="submit" class="primary">
            Go on
          </button>
          <button type="button" onClick={() => onDone(undefined)}>
            Without
          </button>
        </p>
      </form>
    </dialog>
  );
}
