/** The chain: where its parameters lie in θ, and with memory for some rows, its forward and its backward. */

import type { Network } from "../protocol";
import { INITIALIZERS, WEIGHTS } from "./formulas";
import { gateOf, type Gate, type Noise, type Parameter } from "./gates";
import { outputOf, type Output } from "./outputs";
import { filled, round, type Numbers } from "./parts";
import { Philox, Random } from "./philox";

export interface Placed extends Parameter {
  name: string;
  gate: number;
  start: number;
  stop: number;
}

export class Chain {
  readonly gates: Gate[] = [];
  /** Columns before the first gate, between the gates, and after the last. */
  readonly widths: number[];
  readonly placed: Placed[] = [];
  readonly size: number;
  readonly output: Output;

  constructor(network: Network) {
    this.widths = [network.inputs];
    let size = 0;
    const count: { [letter: string]: number } = {};
    network.gates.forEach((part, k) => {
      const gate = gateOf(part, this.widths[k]);
      this.gates.push(gate);
      this.widths.push(gate.width);
      for (const each of gate.parameters) {
        const number = (count[each.letter] = (count[each.letter] ?? 0) + 1), start = size;
        size += each.shape[0] * each.shape[1];
        this.placed.push({ ...each, name: `${each.letter}${number}`, gate: k, start, stop: size });
      }
    });
    this.size = size;
    this.output = outputOf(network.output, this.scores);
  }

  get scores(): number {
    return this.widths[this.widths.length - 1];
  }

  /** One number for every element of θ, from one for each parameter. */
  spread(of: (parameter: Placed) => number): Float64Array {
    const values = new Float64Array(this.size);
    for (const each of this.placed) values.fill(of(each), each.start, each.stop);
    return values;
  }

  /** The gates' parameters as views of θ. */
  views(theta: Numbers): Numbers[][] {
    const views: Numbers[][] = this.gates.map(() => []);
    for (const each of this.placed) views[each.gate].push(theta.subarray(each.start, each.stop));
    return views;
  }

  /** A first θ: Python's `network.initial(RandomState(philox(seed, WEIGHTS)))`. */
  initial(seed: number): Float64Array {
    const theta = new Float64Array(this.size), random = new Random(new Philox(seed, WEIGHTS));
    for (const { start, stop, shape, initializer } of this.placed) {
      const part = filled("initializers", initializer), to = theta.subarray(start, stop), [D, H] = shape;
      const formula = INITIALIZERS[part.is];
      if (formula) {
        for (let i = 0; i < to.length; i++) to[i] = random[formula.draws as "normal" | "uniform"]();
        formula.from(part, to.length, D, H, to);
      } else if (part.is === "Constant") to.fill(part.value);
      else if (part.is === "Sparse") sparse(part.connections, part.scale, D, H, random, to);
      else orthogonal(part.gain, D, H, random, to);
    }
    return theta;
  }
}

function sparse(connections: number, scale: number, D: number, H: number, random: Random, to: Numbers): void {
  const count = Math.min(connections, D), values = Array.from({ length: count * H }, () => scale * random.normal());
  for (let j = 0; j < H; j++) {
    const order = random.permutation(D);
    for (let i = 0; i < count; i++) to[order[i] * H + j] = values[i * H + j];
  }
}

/** The Q of normal numbers, with R's diagonal positive: Gram and Schmidt's, done twice for the last digits. */
function orthogonal(gain: number, D: number, H: number, random: Random, to: Numbers): void {
  const long = Math.max(D, H), short = Math.min(D, H);
  const Q = Float64Array.from({ length: long * short }, () => random.normal());
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let at = 0; at < long * short; at += short) sum += Q[at + a] * Q[at + b];
    return sum;
  };
  for (let j = 0; j < short; j++) {
    for (let i = 0; i < 2 * j; i++) {
      const along = dot(i % j, j);
      for (let at = 0; at < long * short; at += short) Q[at + j] -= along * Q[at + (i % j)];
    }
    const norm = Math.sqrt(dot(j, j));
    for (let at = j; at < long * short; at += short) Q[at] /= norm;
  }
  for (let i = 0; i < D; i++) for (let j = 0; j < H; j++) to[i * H + j] = gain * (D >= H ? Q[i * H + j] : Q[j * D + i]);
}

/** A chain with memory for so many rows: the values before each gate and after the last, and their derivatives. */
export class Pass {
  readonly values: Numbers[];
  readonly slopes: Numbers[];
  readonly gradient: Numbers;
  readonly parameters: Numbers[][];
  private readonly slopesOf: Numbers[][];

  /** `single`: whether what is kept is rounded to single precision. Arrays of two types would make all loops slower. */
  constructor(readonly chain: Chain, readonly theta: Numbers, rows: number, private readonly single = false) {
    this.values = chain.widths.map((width) => new Float64Array(rows * width));
    this.slopes = chain.widths.map((width) => new Float64Array(rows * width));
    this.gradient = new Float64Array(chain.size);
    this.parameters = chain.views(theta);
    this.slopesOf = chain.views(this.gradient);
  }

  get scores(): Numbers {
    return this.values[this.values.length - 1];
  }

  /** Run the first n rows of values[0] through the chain, as in training or, without noise, as in prediction. */
  forward(n: number, noise: Noise | null): void {
    const { gates } = this.chain;
    for (let k = 0; k < gates.length; k++) {
      if (noise) noise.gate = k;
      gates[k].forward(n, this.values[k], this.values[k + 1], this.parameters[k], noise);
      if (this.single) round(this.values[k + 1]);
    }
  }

  /** The chain rule from the last slopes back: fill the gradient, and the other slopes, the inputs' only if asked. */
  backward(n: number, inputs = false): void {
    const { gates } = this.chain;
    for (let k = gates.length - 1; k >= 0; k--) {
      const dx = k || inputs ? this.slopes[k] : null;
      gates[k].backward(n, this.values[k], this.values[k + 1], this.slopes[k + 1], dx, this.parameters[k], this.slopesOf[k]);
      if (this.single && dx) round(dx);
    }
    if (this.single) round(this.gradient);
  }

  /** What gate k passes back of a derivative of 1 by each of its outputs, for the n rows that went forward: f′(x) of a layer. */
  passedBack(k: number, n: number): Numbers {
    const dx = this.slopes[k], dy = this.slopes[k + 1].fill(1);
    this.chain.gates[k].backward(n, this.values[k], this.values[k + 1], dy, dx, this.parameters[k], this.slopesOf[k]);
    if (this.single) round(dx);
    return dx;
  }
}
