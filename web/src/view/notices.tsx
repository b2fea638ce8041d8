/** Sentences for the reader, where a screen reader announces them too. */

import type { Store } from "../store";

export function Notices({ store }: { store: Store }) {
  const { notices, lost } = store;
  const dismiss = (message: string) => (notices.value = notices.value.filter((each) => each !== message));
  return (
    <div class="notices" role="status" aria-live="polite">
      {lost.value && <p class="notice lost">{lost.value}</p>}
      {notices.value.map((message) => (
        <p class="notice" key={message}>
          <span>{message}</span>
          <button type="button" class="plain" aria-label="Dismiss this message" onClick={() => dismiss(message)}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}
