/** Keys that drive the page from anywhere but a field. */

import { useEffect } from "preact/hooks";
import type { Store } from "../store";
import { drives } from "./drives";

interface Key {
  says: string;
  act: (store: Store) => void;
  /** Whether it trains or changes the run, which a recording does not. */
  trains?: boolean;
}

const KEYS: { [key: string]: Key } = {
  " ": { says: "play or pause", act: (store) => drives(store).toggle() },
  p: { says: "play or pause", act: (store) => drives(store).toggle() },
  s: { says: "one step", act: (store) => drives(store).step(), trains: true },
  e: { says: "one epoch", act: (store) => drives(store).epoch(), trains: true },
  r: { says: "back to the same start", act: (store) => drives(store).reset(), trains: true },
  n: { says: "a new start", act: (store) => drives(store).anew(), trains: true },
  d: { says: "discretize the picture", act: (store) => store.change(({ view }) => (view.discretize = !view.discretize)) },
};

/** The keys that there are, whatever has the focus. */
export const keysOf = ({ host }: Store): [string, Key][] => Object.entries(KEYS).filter(([, { trains }]) => host !== "replay" || !trains);

/** What else keys do, where something has the focus. */
export const ELSEWHERE: { where: string; keys: string[]; says: string }[] = [
  { where: "in the graph", keys: ["←", "→"], says: "from gate to gate" },
  { where: "in the graph", keys: ["Home", "End"], says: "the first gate, the last" },
  { where: "in the graph", keys: ["↑", "↓"], says: "from number to number" },
  { where: "in the graph", keys: ["Enter"], says: "a number's equation" },
  { where: "in the graph", keys: ["Esc"], says: "all numbers" },
  { where: "in the decision picture", keys: ["←", "→", "↑", "↓"], says: "move the cross, with Shift a little" },
  { where: "in the decision picture", keys: ["Enter", "Delete"], says: "pick, add, move a point; remove it" },
  { where: "on the time line", keys: ["←", "→", "Enter", "Esc"], says: "look back, go back, stay" },
  { where: "on the tabs", keys: ["←", "→"], says: "the tab beside it" },
  { where: "in a field", keys: ["Enter", "Esc"], says: "take what is typed, leave it" },
  { where: "anywhere", keys: ["Esc"], says: "close what has opened" },
];

const FIELDS = "input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]";

/** In a notebook, keys pressed elsewhere are meant for it, and those pressed in the page for the page alone. */
export function useKeys(store: Store, root: HTMLElement): void {
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest?.(FIELDS)) return;
      if (event.key === " " && target.closest?.("button, [role=button], input, summary, a")) return;
      const [, key] = keysOf(store).find(([name]) => name === event.key) ?? [];
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
