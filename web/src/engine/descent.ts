/** One step: θ moves against the gradient of the objective. */

import type { Part as Described } from "../protocol";
import { Chain, Pass } from "./chain";
import { PENALTIES, RULES, WRAPPERS } from "./formulas";
import type { Noise } from "./gates";
import { filled, round, type Numbers, type Part } from "./parts";
import { layersOf } from "./schedules";

/** Rows and targets in the numbers of the engine. */
export interface Rows {
  count: number;
  X: Numbers;
  t: Numbers;
}

/** What was decided about one step before it is taken; the coefficients of every layer of the optimizer. */
export interface Decided {
  rate: number;
  dataFactor: number;
  penaltyFactor: number;
  coefficients: number[][];
}

/** A penalty's value, and its derivative added to a gradient: each parameter with a factor of its own. */
export class Penalty {
  private readonly part: Part;
  private readonly scratch: Float64Array;

  constructor(described: Described, private readonly factors: Float64Array) {
    this.part = filled("penalties", described);
    this.scratch = new Float64Array(factors.length);
  }

  value(theta: Numbers): number {
    PENALTIES[this.part.is].formula(this.part, theta.length, theta, this.scratch);
    let sum = 0;
    for (let i = 0; i < theta.length; i++) sum += this.factors[i] * this.scratch[i];
    return sum;
  }

  add(theta: Numbers, factor: number, gradient: Numbers): void {
    PENALTIES[this.part.is].slope(this.part, theta.length, theta, this.scratch);
    for (let i = 0; i < theta.length; i++) gradient[i] += factor * this.factors[i] * this.scratch[i];
  }
}

/** θ on its way down, with the optimizer's slots. */
export class Descent {
  readonly pass: Pass;
  readonly targets: Numbers;
  readonly losses: Float64Array;
  readonly penalty: Penalty | null;
  readonly layers: Part[];
  /** The slots of every layer, the outermost first. */
  readonly slots: Numbers[][];
  readonly rates: Numbers;
  readonly decays: Numbers;

  constructor(
    readonly chain: Chain, readonly theta: Numbers, rows: number, optimizer: Described, penalty: Described | null,
    private readonly frozen: number[], private readonly single: boolean,
  ) {
    if (single) round(theta);
    this.pass = new Pass(chain, theta, rows, single);
    this.targets = new Float64Array(rows * chain.output.targets.length);
    this.losses = new Float64Array(rows);
    this.decays = chain.spread((each) => each.penalty);
    this.rates = chain.spread((each) => (each.trained ? each.rate : 0));
    this.penalty = penalty && new Penalty(penalty, chain.spread((each) => each.penalty));
    this.layers = layersOf(optimizer);
    this.slots = this.layers.map(({ is }) => Array.from({ length: (RULES[is] ?? WRAPPERS[is]).slots }, () => new Float64Array(theta.length)));
  }

  get rate(): number {
    return this.layers[this.layers.length - 1].rate;
  }

  /** The θ to predict with, of a θ and its slots: an average of its path, where a layer keeps one. */
  weights(theta: Numbers, slots: Numbers[][]): Numbers {
    const averaged = this.layers.findIndex(({ is }) => is === "Averaged");
    return averaged < 0 ? theta : slots[averaged][0];
  }

  /** Begin with new slots, after so many steps of another rule: zeros, and an average begins at θ. As in Python. */
  begin(step: number): void {
    this.layers.forEach(({ is }, k) => this.slots[k].forEach((slot) => (step && is === "Averaged" ? slot.set(this.theta) : slot.fill(0))));
  }

  /** Copy rows into the pass: those of `order` from `start` to `stop`, or, without an order, the rows as they stand. */
  take(rows: Rows, order: Int32Array | null, start: number, stop: number): void {
    const { X, t } = rows, x = this.pass.values[0], D = this.chain.widths[0], T = this.chain.output.targets.length;
    for (let i = start, to = 0, at = 0; i < stop; i++) {
      const row = order ? order[i] : i;
      for (let j = row * D; j < row * D + D; j++) x[to++] = X[j];
      for (let j = row * T; j < row * T + T; j++) this.targets[at++] = t[j];
    }
  }

  /** The mean loss of the n rows taken; leaves dataFactor · ∂loss/∂scores in the pass. */
  judge(n: number, factor: number): number {
    const { slopes, scores } = this.pass, d = slopes[slopes.length - 1];
    this.chain.output.judge(n, scores, this.targets, this.losses, d);
    let loss = 0;
    for (let i = 0; i < n; i++) loss += this.losses[i];
    for (let i = 0; i < n * this.chain.scores; i++) d[i] *= factor / n;
    return loss / n;
  }

  /** Take a step on the n rows taken; return the loss before it. */
  step(n: number, noise: Noise, decided: Decided): number {
    const { pass, theta, chain, layers, slots, frozen } = this, { rate, coefficients } = decided, { gradient } = pass;
    const kept = frozen.length ? frozen.map((place) => theta[place]) : frozen;
    pass.forward(n, noise);
    const loss = this.judge(n, decided.dataFactor);
    pass.backward(n);
    if (this.penalty) this.penalty.add(theta, decided.penaltyFactor, gradient);
    for (const part of layers) if (part.is === "ClipNorm") clipNorm(gradient, part.limit);
    const size = theta.length, last = layers.length - 1;
    for (let k = 0; k < last; k++) {
      WRAPPERS[layers[k].is].before?.(layers[k], size, theta, gradient, this.rates, this.decays, slots[k], rate, coefficients[k]);
    }
    const rule = layers[last];
    RULES[rule.is].update(rule, size, theta, gradient, this.rates, this.decays, slots[last], rate, coefficients[last]);
    for (let k = last - 1; k >= 0; k--) {
      WRAPPERS[layers[k].is].after?.(layers[k], size, theta, gradient, this.rates, this.decays, slots[k], rate, coefficients[k]);
    }
    for (const { maxNorm, start, shape } of chain.placed) if (maxNorm < Infinity) project(theta, start, shape, maxNorm);
    for (let k = 0; k < chain.gates.length; k++) chain.gates[k].observe?.(pass.parameters[k]);
    for (let i = 0; i < frozen.length; i++) theta[frozen[i]] = kept[i];
    if (this.single) [theta, ...slots.flat()].forEach(round);
    return loss;
  }
}

function clipNorm(gradient: Numbers, limit: number): void {
  let square = 0;
  for (let i = 0; i < gradient.length; i++) square += gradient[i] * gradient[i];
  const scale = limit / Math.max(Math.sqrt(square), limit);
  if (scale !== 1) for (let i = 0; i < gradient.length; i++) gradient[i] *= scale;
}

/** Scale each column of W whose norm is above the limit back to it. */
function project(theta: Numbers, start: number, [D, H]: [number, number], limit: number): void {
  for (let j = start; j < start + H; j++) {
    let square = 0;
    for (let at = j; at < start + D * H; at += H) square += theta[at] * theta[at];
    const norm = Math.sqrt(square);
    if (norm > limit) for (let at = j; at < start + D * H; at += H) theta[at] *= limit / norm;
  }
}
