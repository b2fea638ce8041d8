/** The window's address holds the settings: what it asks for when the page opens, and whenever it is changed. */

import { START, type Settings } from "../settings";
import type { Store } from "../store";
import { propose } from "./instead";
import { awaitedIn } from "./taken";
import { fromHash, toHash } from "./url";

/** Whether two settings name one run, whatever of it is looked at. */
const sameRun = (a: Settings, b: Settings): boolean => {
  const of = (settings: Settings) => toHash({ ...settings, view: START.view });
  return of(a) === of(b);
};

/** Whether settings, of which the data are still awaited, are those that a run goes by meanwhile. */
export const awaits = (asked: Settings, run: Settings): boolean =>
  asked.data.kind === "own" && run.data.kind !== "own" && sameRun(awaitedIn(run, asked), asked);

/** What marks an entry of the browser's history whose address the page wrote. */
const OURS = "mlnn";

/** Write the settings of the run into the address. */
export const write = (settings: Settings): void => history.replaceState(OURS, "", toHash(settings));

/** Whether the page wrote the address that it finds: then it may lag behind the run, and nobody asks for another one. */
export const isOurs = (): boolean => history.state === OURS;

/** Go to where an address leads. The run stays where it is that address's own, and else the reader is asked. */
export function visit(store: Store, asked: Settings, named: string[]): void {
  const { view } = asked;
  if (sameRun(asked, store.settings.value)) store.change((settings) => (settings.view = view));
  else propose(store, { what: "This address", begin: () => store.open(asked, named), declined: () => store.change(() => {}) });
}

/** Follow the window's address wherever it is changed. */
export function follow(store: Store): void {
  window.addEventListener("hashchange", ({ newURL }) => {
    const { hash } = new URL(newURL); // the location may have been written over meanwhile, by the end of a change
    const asked = fromHash(hash);
    if (!asked || hash === toHash(store.settings.value)) return;
    if (asked.settings) visit(store, asked.settings, asked.named);
    else store.change(() => {}); // the run's own address comes back
    if (asked.trouble) store.say(asked.trouble);
  });
}
