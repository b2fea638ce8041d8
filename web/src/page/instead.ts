/** What would take the place of the reader's run, be it a lesson, other data or an address, asks first. */

import { type Signal, signal } from "@preact/signals";
import { LESSONS } from "../lessons/all";
import { START, type Settings } from "../settings";
import type { Store } from "../store";
import { same } from "./same";

export interface Proposal {
  /** What it is, in words: the subject of a sentence. */
  what: string;
  begin(): void;
  /** Whether it waits on while the run is changed: what was read from a file can be had only from there again. */
  stays?: boolean;
  /** What happens where the reader keeps the run. */
  declined?(): void;
}

/** A proposal, and the run that it was made to. */
interface Waiting {
  proposal: Proposal;
  run: Settings;
  trained: boolean;
}

const known = new WeakMap<Store, Signal<Waiting | null>>();

function waitingOf(store: Store): Signal<Waiting | null> {
  const waits = known.get(store) ?? signal<Waiting | null>(null);
  known.set(store, waits);
  return waits;
}

/** Whether two settings are of one run, however it is looked at. */
export const sameButView = (a: Settings, b: Settings): boolean => same({ ...a, view: null }, { ...b, view: null });

/**
 * What waits for the reader's word: a run that was changed, or reset, meanwhile is kept by that, and the address is its own
 * again, unless the proposal stays.
 */
export function proposalOf(store: Store): Proposal | null {
  const waits = waitingOf(store).value;
  if (!waits) return null;
  const isRuns = sameButView(waits.run, store.settings.value) && (hasTrained(store) || !waits.trained);
  return isRuns || waits.proposal.stays ? waits.proposal : null;
}

/** Whether a run is the reader's own: it has trained, or was set up as neither the page nor a lesson does. */
export function isOwn(settings: Settings, trained: boolean): boolean {
  const begun = [START, ...LESSONS.map((each) => each.settings)];
  return trained || !begun.some((each) => sameButView(each, settings));
}

/** Whether the run has trained. */
export const hasTrained = (store: Store): boolean => (store.frame.value?.step ?? 0) > 0;

/** Whether other data would take something of the reader's: a run that has trained, or points that were placed by hand. */
export const hasOwnData = (store: Store): boolean => hasTrained(store) || store.settings.value.data.points !== null;

/** Begin another run: at once where nothing of the reader's is lost by it. Return whether it waits for the reader's word. */
export function propose(store: Store, proposal: Proposal, asks = isOwn(store.settings.value, hasTrained(store))): boolean {
  waitingOf(store).value = asks ? { proposal, run: store.settings.value, trained: hasTrained(store) } : null;
  if (!asks) proposal.begin();
  return asks;
}

/** Change settings with which a run begins anew, so that one that has trained is lost. */
export function changeAnew(store: Store, what: string, edit: (settings: Settings) => void, asks = hasTrained(store)): void {
  propose(store, { what, begin: () => store.change(edit, true) }, asks);
}

/** The reader's word. */
export function answer(store: Store, yes: boolean): void {
  const proposal = proposalOf(store);
  waitingOf(store).value = null;
  if (yes) proposal?.begin();
  else proposal?.declined?.();
}
