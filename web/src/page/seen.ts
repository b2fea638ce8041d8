/** How much is looked at with every frame: of a large network less while it trains, and more again when it rests. */

import { type Signal, computed } from "@preact/signals";
import { type Examples, type Frame, type Matrix, type Network, type Plan, rowsOf } from "../protocol";
import type { Store } from "../store";
import { picked } from "./plan";
import { tensors, widths } from "./tensors";

/** Products that one picture, or the scores of some rows, may cost while training runs, and while it rests. */
const IN_BROWSER = { running: 6e6, resting: 4e7 };
const NATIVE = { running: 3e7, resting: 1e8 };
/** Points along a side of the decision picture, and rows that are scored, at most and at least. */
const SIDE = { most: 50, least: 12 };
const ROWS = { most: 2000, least: 100 };

const between = (value: number, { least, most }: { least: number; most: number }) => Math.min(most, Math.max(least, Math.floor(value)));

/** How many rows may pass through a network for so many products. */
export function affordable(network: Network, products: number): number {
  return products / tensors(network).reduce((sum, { start, stop }) => sum + stop - start, 1);
}

/** Points along a side of a square picture. */
export const side = (network: Network, products = IN_BROWSER.resting, bounds = SIDE) =>
  between(Math.sqrt(affordable(network, products)), bounds);

/** Points along a side of the picture that these predictions are; null where they are none of this network. */
export function sideOf(predictions: Float32Array | undefined, network: Network | undefined): number | null {
  if (!predictions?.length || !network) return null;
  const side = Math.round(Math.sqrt(predictions.length / columnsOf(network)));
  return side ** 2 * columnsOf(network) === predictions.length ? side : null;
}

/** Columns of a network's predictions. */
export const columnsOf = (network: Network) => widths(network)[network.gates.length];

/** Rows that are scored, their numbers among the plan's, and what to ask the player for: all, by their name, or these. */
export interface Judged {
  train: Examples;
  valid: Examples | null;
  rows: { train: number[]; valid: number[] };
  watched: { train: "train" | Matrix; valid: "valid" | Matrix | null };
}

/** Row numbers, evenly apart where not all rows may pass. */
function sample({ X }: Examples, most: number): number[] {
  const rows = rowsOf(X);
  const count = Math.min(rows, most);
  return Array.from({ length: count }, (_, k) => Math.floor((k * rows) / count));
}

/** All rows of a plan, or a sample of them. */
function judgedOf({ train, valid, network }: Plan, products: number): Judged {
  const most = between(affordable(network, products), ROWS);
  const rows = { train: sample(train, most), valid: valid ? sample(valid, most) : [] };
  const of = (all: Examples, numbers: number[]) =>
    numbers.length === rowsOf(all.X) ? all : { X: picked(all.X, numbers), y: picked(all.y, numbers) };
  const judged = { train: of(train, rows.train), valid: valid && of(valid, rows.valid) };
  const watched = {
    train: judged.train === train ? ("train" as const) : judged.train.X,
    valid: judged.valid && (judged.valid === valid ? ("valid" as const) : judged.valid.X),
  };
  return { ...judged, rows, watched };
}

/** A frame's predictions of the rows that are scored; null where it brings none, or those of other rows: one of an earlier plan does. */
export function predicted({ values }: Pick<Frame, "values">, judged: Judged, columns: number) {
  const of = (rows: number[], found: Float32Array | undefined) =>
    found && rows.length > 0 && found.length === rows.length * columns ? found : null;
  return {
    train: of(judged.rows.train, values["predictions of train"]?.[0]),
    valid: of(judged.rows.valid, values["predictions of valid"]?.[0]),
  };
}

interface Seen {
  /** Products that one picture may cost now. */
  products: Signal<number>;
  judged: Signal<Judged | null>;
}

const known = new WeakMap<Store, Seen>();

/** What is looked at of a store's run. */
export function seenOf(store: Store): Seen {
  const before = known.get(store);
  if (before) return before;
  const most = store.host === "static" || store.host === "replay" ? IN_BROWSER : NATIVE;
  const products = computed(() => (store.frame.value?.playing ? most.running : most.resting));
  const judged = computed(() => store.plan.value && judgedOf(store.plan.value, products.value));
  known.set(store, { products, judged });
  return { products, judged };
}

/** What is said where not all rows are scored; null where all are. */
export function sampled(plan: Plan | null, judged: Judged | null): string | null {
  if (!plan || !judged || (judged.train === plan.train && judged.valid === plan.valid)) return null;
  const count = ({ X }: Examples) => rowsOf(X).toLocaleString("en");
  const of = (some: Examples | null, all: Examples | null) => (some && all ? `${count(some)} of ${count(all)}` : "");
  const held = of(judged.valid, plan.valid);
  return `Shown and scored: ${of(judged.train, plan.train)} training rows${held && `, ${held} held out`}.`;
}
