/** Keys that drive the page from anywhere but a field. */

import { useEffect } from "preact/hooks";
import type { Store } from "../store";
import { drives } from "./drives";

export const KEYS: { [key: string]: { says: string; act: (store: Store) => void } } = {
  " ": { says: "play or pause", act: (store) => drives(store).toggle() },
  p: { says: "play or pause", act: (store) => drives(store).toggle() },
  s: { says: "one step", act: (store) => drives(store).step() },
  e: { says: "one epoch", act: (store) => drives(store).epoch() },
  r: { says: "back to the same start", act: (store) => drives(store).reset() },
  n: { says: "a new start", act: (store) => drives(store).anew() },
  d: { says: "discretize the picture", act: (store) => store.change(({ view }) => (view.discretize = !view.discretize)) },
};

const FIELDS = "input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]";

/** In a notebook, keys pressed elsewhere are meant for it, and those pressed in the page for the page alone. */
export function useKeys(store: Store, root: HTMLElement): void {
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest?.(FIELDS)) return;
      if (event.key === " " && target.closest?.("button, [role=button], input, summary, a")) return;
      const key = KEYS[event.key];
      if (!key) return;
      event.preventDefault();
      key.act(store);
    }
    const where = store.host === "widget" ? root : document;
    root.toggleAttribute("data-lm-suppress-shortcuts", store.host === "widget"); // Jupyter's word for it
    where.addEventListener("keydown", press as EventListener);
    return () => where.removeEventListener("keydown", press as EventListener);
  }, [store, root]);
}
