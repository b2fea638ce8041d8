/** What would take the place of the reader's run, be it a lesson or an address, asks first. */

import { type Signal, signal } from "@preact/signals";
import { LESSONS } from "../lessons/all";
import { START, type Settings } from "../settings";
import type { Store } from "../store";
import { same } from "./same";

export interface Proposal {
  /** What it is, in words: the subject of a sentence. */
  what: string;
  settings: Settings;
  /** What happens where the reader keeps the run. */
  declined?(): void;
}

const known = new WeakMap<Store, Signal<Proposal | null>>();

/** What waits for the reader's word. */
export function proposalOf(store: Store): Signal<Proposal | null> {
  const proposal = known.get(store) ?? signal<Proposal | null>(null);
  known.set(store, proposal);
  return proposal;
}

/** Whether a run is the reader's own: it has trained, or was set up as neither the page nor a lesson does. */
export function isOwn(settings: Settings, step: number): boolean {
  const plain = (each: Settings) => ({ ...each, view: null });
  const begun = [START, ...LESSONS.map((each) => each.settings)];
  return step > 0 || begun.every((each) => !same(plain(each), plain(settings)));
}

/** Open settings: at once where no run of the reader's is lost by it. */
export function propose(store: Store, proposal: Proposal): void {
  const asks = isOwn(store.settings.value, store.frame.value?.step ?? 0);
  proposalOf(store).value = asks ? proposal : null;
  if (!asks) store.open(proposal.settings);
}

/** The reader's word. */
export function answer(store: Store, yes: boolean): void {
  const waits = proposalOf(store);
  const proposal = waits.value;
  waits.value = null;
  if (yes && proposal) store.open(proposal.settings);
  else proposal?.declined?.();
}
