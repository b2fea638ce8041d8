/** The scores seen so far: the player sends predictions, the page scores them, frame by frame. */

import { effect, type Signal, signal } from "@preact/signals";
import { LIMITS } from "../engine/formulas";
import type { Examples, Frame, Plan } from "../protocol";
import type { Store } from "../store";
import { predictions } from "./predict";
import { accuracy, classifies, fit } from "./scores";
import { type Judged, affordable, columnsOf, predicted, seenOf } from "./seen";

/** Accuracy (or R²) by epochs; NaN where there are no rows to judge by. */
export interface Scores {
  number: number[];
  train: number[];
  valid: number[];
}

const NOTHING: Scores = { number: [], train: [], valid: [] };
const MOST = 2000;
/** Products that the scores of moments may cost which the page did not see: all that are kept, of a small network. */
const PRODUCTS = 1e9;

/** The record with this frame added: what lies after the frame is forgotten, and a full record is thinned by half. */
export function recorded(scores: Scores, frame: Pick<Frame, "number" | "values">, judged: Judged, columns: number, ofClasses: boolean): Scores {
  const { train, valid } = predicted(frame, judged, columns);
  if (!train) return scores;
  const before = scores.number.findIndex((number) => number >= frame.number);
  const kept = before < 0 ? scores.number.length : before;
  const thin = kept > MOST;
  const upTo = (values: number[]) => values.slice(0, kept).filter((_, i) => !thin || i % 2 === 0);
  const of = (values: Float32Array | null, examples: Examples | null) => {
    if (!values || !examples) return NaN; // nobody to judge by
    return ofClasses ? accuracy(values, columns, examples.y) : fit(values, examples.y).r2;
  };
  return {
    number: [...upTo(scores.number), frame.number],
    train: [...upTo(scores.train), of(train, judged.train)],
    valid: [...upTo(scores.valid), of(valid, judged.valid)],
  };
}

/** Two records as one, in the order of epochs; where both have one, the second's. */
function joined(one: Scores, other: Scores): Scores {
  const seen = new Set(other.number);
  const all = [one, other].flatMap(({ number, train, valid }, k) =>
    number.map((at, i) => ({ at, train: train[i], valid: valid[i], kept: k === 1 || !seen.has(at) })),
  );
  const sorted = all.filter(({ kept }) => kept).sort((a, b) => a.at - b.at);
  return { number: sorted.map(({ at }) => at), train: sorted.map(({ train }) => train), valid: sorted.map(({ valid }) => valid) };
}

/** Kept epochs that are not in the record, thinned where they are many: training is faster than frames are, or nobody looked. */
function unseen({ number }: Scores, kept: Float64Array, now: number, most: number): number[] {
  const seen = new Set(number);
  const found = [...kept].filter((each) => each < now && !seen.has(each));
  const stride = Math.ceil(found.length / most);
  return found.filter((_, k) => k % stride === 0);
}

/** The scores of moments that the page did not see, by its own forward pass. */
async function remembered({ transport, catalogue }: Store, seen: Scores, frame: Frame, { network }: Plan, judged: Judged): Promise<Scores> {
  const ofClasses = classifies(catalogue.value, network.output);
  const rows = judged.rows.train.length + judged.rows.valid.length;
  const most = Math.min(LIMITS.kept, Math.max(2, Math.floor(affordable(network, PRODUCTS) / rows)));
  const { kept } = await transport.get("history");
  let scores = NOTHING;
  for (const epoch of unseen(seen, kept, frame.number, most)) {
    const { number, theta } = await transport.get("kept", { number: epoch });
    const said = (examples: Plan["valid"]) => (examples ? [predictions(network, theta, examples.X)] : []);
    const values = { "predictions of train": said(judged.train), "predictions of valid": said(judged.valid) };
    scores = recorded(scores, { number, values }, judged, columnsOf(network), ofClasses);
    await new Promise((go) => setTimeout(go)); // the page stays alive meanwhile
  }
  return scores;
}

const records = new WeakMap<Store, Signal<Scores>>();

/** The record of a store, begun when it is first asked for. */
export function scoresOf(store: Store): Signal<Scores> {
  const known = records.get(store);
  if (known) return known;
  const scores = signal(NOTHING);
  records.set(store, scores);
  let filled: [Plan | null, number] = [null, NaN];
  let filling = false;
  effect(() => {
    const judged = seenOf(store).judged.value;
    const plan = store.plan.peek();
    if (!judged || !plan) return;
    const { train, valid } = judged.watched;
    store.watch("predictions of train", { rows: train, gates: [-1] });
    store.watch("predictions of valid", valid && { rows: valid, gates: [-1] });
  });
  effect(() => {
    const frame = store.frame.value;
    const plan = store.plan.peek();
    const judged = seenOf(store).judged.peek();
    if (!frame || !plan || !judged) return;
    const ofClasses = classifies(store.catalogue.peek(), plan.network.output);
    const unknown = !scores.peek().number.length;
    scores.value = recorded(scores.peek(), frame, judged, columnsOf(plan.network), ofClasses);
    const isFilled = filled[0] === plan && filled[1] === frame.number; // another run may come to the same epoch
    if (filling || isFilled || frame.number <= 1 || (frame.playing && !unknown)) return;
    filled = [plan, frame.number];
    filling = true;
    const begun = (found: Scores) => {
      const forgotten = store.plan.peek() !== plan || (store.frame.peek()?.number ?? 0) < frame.number;
      if (!forgotten) scores.value = joined(found, scores.peek());
    };
    remembered(store, scores.peek(), frame, plan, judged)
      .then(begun, () => {}) // of a layer of one's own, which the page does not know, it has what it saw
      .finally(() => (filling = false));
  });
  return scores;
}
