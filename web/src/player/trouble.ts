/** Why training stopped by itself, in words: what happened, and what the cause may be. */

import type { Run } from "../engine/run";
import { shown } from "./checks";
import { word } from "./look";

const HUGE = 1e4;
/** The sizes of weights beyond which their squares would soon overflow. */
export const LARGEST = { float32: 3.4028234663852886e38 ** 0.4, float64: Number.MAX_VALUE ** 0.4 };

/** What to tell of a divergence, by a look at the last good weights, where the run stands again. */
export function diverged(run: Run): { message: string; cause: string } {
  const message = `Training diverged after step ${shown(run.step)}: the loss or a weight was no longer finite.`;
  return { message: `${message} The last good weights are back.`, cause: likelyCause(run) };
}

function likelyCause(run: Run): string {
  const { chain, plan, train, descent } = run, causes: string[] = [];
  const largest = chain.gates.map(() => 0), T = chain.output.targets.length;
  let slope = 0;
  run.predict(descent.weights, train.X, train.count, (pass, first, n) => {
    chain.gates.forEach((gate, k) => (largest[k] = Math.max(largest[k], most(pass.values[k + 1], n * gate.width))));
    const d = new Float64Array(n * chain.scores);
    chain.output.judge(n, pass.scores, train.t.subarray(first * T, (first + n) * T), new Float64Array(n), d);
    slope = Math.max(slope, most(d, d.length));
  });
  const exploding = largest.findIndex((each) => !(each < HUGE));
  if (exploding >= 0) {
    const name = word(chain.gates[exploding].part.is);
    causes.push(`The outputs of ${name} have grown to ${brief(largest[exploding])}: activations explode.`);
  }
  if (slope > HUGE) causes.push(`The loss has slopes of ${brief(slope)} there: a large error makes a large step.`);
  if (plan.sum) {
    const rows = shown(Math.min(plan.batch ?? train.count, train.count));
    causes.push(`Gradients are summed over ${rows} rows, so steps are ${rows} times as long as by their mean.`);
  }
  const { rate } = descent;
  causes.push(`The learning rate ${rate} is probably too high: try ${Number((rate / 10).toPrecision(6))}.`);
  return causes.join(" ");
}

function most(values: ArrayLike<number>, count: number): number {
  let largest = 0;
  for (let i = 0; i < count; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

const brief = (x: number): string => x.toPrecision(2);
