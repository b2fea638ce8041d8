/** The scores seen so far: the player sends predictions, the page scores them, frame by frame. */

import { effect, type Signal, signal } from "@preact/signals";
import { moments } from "./moments";
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
/** Moments that are scored of a run that the page did not see, at most, and products that all of them may cost. */
const MOMENTS = 40;
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

/** The record with another before it. */
function joined(before: Scores, scores: Scores): Scores {
  const end = before.number.findIndex((number) => number >= (scores.number[0] ?? Infinity));
  const upTo = (values: number[]) => (end < 0 ? values : values.slice(0, end));
  return {
    number: [...upTo(before.number), ...scores.number],
    train: [...upTo(before.train), ...scores.train],
    valid: [...upTo(before.valid), ...scores.valid],
  };
}

/** The scores of a run that the page did not see: of its kept moments, by the page's own forward pass. */
async function remembered({ transport, catalogue }: Store, { network }: Plan, judged: Judged): Promise<Scores> {
  const ofClasses = classifies(catalogue.value, network.output);
  const rows = judged.rows.train.length + judged.rows.valid.length;
  const most = Math.min(MOMENTS, Math.max(2, Math.floor(affordable(network, PRODUCTS) / rows)));
  let scores = NOTHING;
  for (const { number, theta } of await moments(transport, await transport.get("history"), most, () => {})) {
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
  let asked = false;
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
    if (!scores.peek().number.length && frame.number > 1 && !asked) {
      asked = true;
      const begun = (before: Scores) => void (scores.value = joined(before, scores.peek()));
      remembered(store, plan, judged).then(begun, () => {}); // of a layer of one's own, which the page does not know, they begin now
    }
    scores.value = recorded(scores.peek(), frame, judged, columnsOf(plan.network), ofClasses);
  });
  return scores;
}
