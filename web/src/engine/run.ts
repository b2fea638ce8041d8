/** A run: a plan's way through training. Orders of rows, rates and factors as Python's `Run` has them. */

import { type Examples, type Plan, rowsOf } from "../protocol";
import { Chain, Pass } from "./chain";
import { Descent, type Rows } from "./descent";
import { coefficientsAt, factorAt, listens, scheduleOf, type Time } from "./schedules";
import type { Numbers, Part } from "./parts";
import { dealt } from "./philox";

/** What an epoch came to. */
export interface Epoch {
  number: number;
  step: number;
  loss: number;
  objective: number;
  validLoss: number;
  rate: number;
}

/** Where training stands: all that is needed to go on from there. */
export interface Standing {
  theta: Numbers;
  /** The θ to predict with. */
  weights: Numbers;
  /** The slots of every layer of the optimizer, the outermost first. */
  slots: Numbers[][];
  /** Epochs completed, steps of the epoch that has begun, and steps in all. */
  number: number;
  within: number;
  step: number;
  /** How an epoch is cut into steps there. */
  cut: string;
  /** What the epoch that has begun came to so far. */
  loss: number;
  objective: number;
  /** The watched losses, where a schedule listens, in a list that grows on after this; the first `heard` are these. */
  watched: number[];
  heard: number;
}

export class Run {
  readonly descent: Descent;
  readonly train: Rows;
  readonly valid: Rows | null;
  number = 0;
  within = 0;
  step = 0;
  loss = 0;
  objective = 0;
  watched: number[] = [];
  rate = NaN;
  /** The rows of the last step. */
  rows = 0;
  readonly listens: boolean;
  readonly steps: number;
  /** What an epoch's report goes by: the rows, those of a step, and whether steps sum them. */
  readonly cut: string;
  /** How much R(θ) counts beside the mean loss, in the objective that steps lower and an epoch reports. */
  readonly penaltyShare: number;
  private readonly schedule: Part;
  private readonly size: number;
  private order: Int32Array | null = null;
  private judge: Pass | null = null;

  constructor(readonly plan: Plan, readonly chain: Chain, theta: Numbers) {
    const rows = (of: Examples): Rows =>
      ({ count: rowsOf(of.X), X: Float64Array.from(of.X.data), t: Float64Array.from(of.y.data) });
    const single = plan.precision === "float32";
    this.train = rows(plan.train);
    this.valid = plan.valid && rows(plan.valid);
    this.size = Math.min(plan.batch ?? this.train.count, this.train.count);
    this.steps = Math.ceil(this.train.count / this.size);
    this.cut = [this.train.count, this.size, plan.sum].join();
    this.penaltyShare = plan.sum ? this.steps / this.train.count : 1;
    this.schedule = scheduleOf(plan.schedule);
    this.descent = new Descent(chain, theta.slice(), this.size, plan.optimizer, plan.penalty, plan.frozen, single);
    this.listens = listens(this.schedule) || this.descent.layers.some(({ momentum }) => momentum?.is && listens(momentum));
    if (plan.batch === null) this.descent.take(this.train, null, 0, this.size);
  }

  /** The θ to predict with. */
  get weights(): Numbers {
    return this.predicting(this.descent.theta, this.descent.slots);
  }

  /** An average of the path begins with the first step. */
  private predicting(theta: Numbers, slots: Numbers[][]): Numbers {
    return this.step ? this.descent.weights(theta, slots) : theta;
  }

  /** Epochs completed, with a fraction within one. */
  get reached(): number {
    return this.number + this.within / this.steps;
  }

  /** Where training stands, as it will stay. */
  stand(): Standing {
    const { number, within, step, cut, loss, objective, watched } = this, { theta, slots } = this.descent;
    const [its, copies] = [theta.slice(), slots.map((each) => each.map((slot) => slot.slice()))];
    return { theta: its, weights: this.predicting(its, copies), slots: copies, number, within, step, cut, loss, objective, watched, heard: watched.length };
  }

  /** Whether the epoch that has begun somewhere was cut otherwise there. */
  beginsAgain({ within, cut }: Standing): boolean {
    return within > 0 && cut !== this.cut;
  }

  /** Go on from somewhere; slots that are left out begin there, and so does an epoch that was cut otherwise. */
  goOn(there: Standing): void {
    const { theta, weights: _, slots, watched, heard, within, cut, ...counters } = there;
    this.descent.theta.set(theta);
    this.descent.begin(there.step);
    slots.forEach((each, k) => each.forEach((slot, i) => this.descent.slots[k][i].set(slot)));
    Object.assign(this, counters, { within: this.beginsAgain(there) ? 0 : within, watched: watched.slice(0, heard), order: null });
  }

  /** Take a step; return the epoch that it completes, if it does. */
  advance(): Epoch | null {
    const { plan, descent, steps } = this, count = this.train.count, k = this.within;
    if (k === 0) [this.loss, this.objective, this.order] = [0, 0, null];
    if (plan.batch !== null) this.order ??= dealt(plan.seed, this.number + 1, count);
    const start = k * this.size, stop = Math.min(start + this.size, count), n = (this.rows = stop - start);
    if (plan.batch !== null) descent.take(this.train, this.order, start, stop);
    const time: Time = { step: this.step + 1, epoch: this.number + k / steps, epochs: plan.epochs, losses: this.watched, from: 0 };
    this.rate = descent.rate * factorAt(this.schedule, time);
    const coefficients = descent.layers.map((part) => coefficientsAt(part, time)), dataFactor = plan.sum ? n : 1;
    const penalty = descent.penalty ? descent.penalty.value(descent.theta) : 0;
    const noise = { seed: plan.seed, step: this.step, gate: 0 };
    const loss = descent.step(n, noise, { rate: this.rate, dataFactor, penaltyFactor: 1, coefficients });
    this.loss += (n / count) * loss;
    this.objective += (n / count) * (loss + penalty / dataFactor);
    this.step++;
    if (++this.within < steps) return null;
    this.within = 0;
    this.number++;
    const validLoss = this.listens ? this.validLoss() : NaN;
    if (this.listens) this.watched.push(this.valid ? validLoss : this.loss);
    return { number: this.number, step: this.step, loss: this.loss, objective: this.objective, validLoss, rate: this.rate };
  }

  /** The loss on the rows to judge by; NaN without them. */
  validLoss(): number {
    return this.valid ? this.meanLoss(this.weights, this.valid) : NaN;
  }

  /** The mean loss of some θ on some rows, as in prediction. */
  meanLoss(theta: Numbers, { count, X, t }: Rows): number {
    const { chain } = this, K = chain.scores, scores = this.predict(theta, X, count);
    const losses = new Float64Array(count);
    chain.output.judge(count, scores, t, losses, new Float64Array(count * K));
    return losses.reduce((sum, each) => sum + each, 0) / count;
  }

  /** The scores of rows. `see` is shown every part of them that passes, by its first row and their number. */
  predict(theta: Numbers, X: Numbers, count: number, see?: (pass: Pass, first: number, n: number) => void): Numbers {
    const D = this.chain.widths[0], K = this.chain.scores, scores = new Float64Array(count * K);
    const judge = (this.judge ??= new Pass(this.chain, new Float64Array(this.chain.size), AT_ONCE, this.plan.precision === "float32"));
    judge.theta.set(theta);
    for (let first = 0; first < count; first += AT_ONCE) {
      const n = Math.min(AT_ONCE, count - first);
      judge.values[0].set(X.subarray(first * D, (first + n) * D));
      judge.forward(n, null);
      scores.set(judge.scores.subarray(0, n * K), first * K);
      see?.(judge, first, n);
    }
    return scores;
  }
}

/** Rows that pass at once in prediction. */
const AT_ONCE = 512;
