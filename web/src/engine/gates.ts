/** The gates, each with its forward and its backward over all rows: the loops around the printed formulas. */

import type { Part as Described } from "../protocol";
import { LAYERS, LEARNED } from "./formulas";
import { columnSums, filled, multiply, type Numbers, type Part } from "./parts";
import { Philox } from "./philox";

export interface Parameter {
  letter: string;
  shape: [number, number];
  initializer: Described;
  penalty: number;
  rate: number;
  maxNorm: number;
  trained: boolean;
}

/** Where in training a forward pass stands; null in its place means prediction. */
export interface Noise {
  seed: number;
  step: number;
  gate: number;
}

export interface Gate {
  part: Part;
  width: number;
  parameters: Parameter[];
  /** y = f(x) for n rows, with the parameters p. */
  forward(n: number, x: Numbers, y: Numbers, p: Numbers[], noise: Noise | null): void;
  /** Fill dp, and dx unless nobody asks, given dy = ∂J/∂y of the forward pass before. */
  backward(n: number, x: Numbers, y: Numbers, dy: Numbers, dx: Numbers | null, p: Numbers[], dp: Numbers[]): void;
  /** After a training step: move running statistics. */
  observe?(p: Numbers[]): void;
}

const parameter = (letter: string, rows: number, columns: number, initializer: Described, more = {}): Parameter =>
  ({ letter, shape: [rows, columns], initializer, penalty: 0, rate: 1, maxNorm: Infinity, trained: true, ...more });

const constant = (value: number): Described => ({ is: "Constant", value });

/** A gate of so many inputs. */
export function gateOf(described: Described, D: number): Gate {
  if (LAYERS[described.is]) return layer(filled("layers", described), D);
  const make = GATES[described.is];
  if (!make) throw new Error(`The browser's engine has no gate ${described.is}.`);
  return make(filled("gates", described), D);
}

const layer = (part: Part, D: number): Gate => {
  const formula = LAYERS[part.is];
  return {
    part, width: D, parameters: [],
    forward: (n, x, y) => formula.forward(part, n * D, x, y),
    backward: (n, x, y, dy, dx) => {
      if (!dx) return;
      formula.slope(part, n * D, x, y, dx);
      for (let i = 0; i < n * D; i++) dx[i] *= dy[i];
    },
  };
};

const GATES: { [name: string]: (part: Part, D: number) => Gate } = {
  MultiplyGate: (part, D) => {
    const H = part.units;
    if (!(H >= 1)) throw new Error(`A MultiplyGate in a network needs units of at least 1, but got ${H}.`);
    const { penalty, rate, max_norm: maxNorm } = part;
    return {
      part, width: H, parameters: [parameter("W", D, H, part.initializer, { penalty, rate, maxNorm })],
      forward: (n, x, y, p) => multiply(n, H, D, x, D, 1, p[0], H, 1, y),
      backward: (n, x, _y, dy, dx, p, dp) => {
        multiply(D, H, n, x, 1, D, dy, H, 1, dp[0]);
        if (dx) multiply(n, D, H, dy, H, 1, p[0], 1, H, dx);
      },
    };
  },

  AddGate: (part, D) => ({
    part, width: D, parameters: [parameter("b", 1, D, part.initializer, { rate: part.rate })],
    forward: (n, x, y, p) => {
      const b = p[0];
      for (let at = 0; at < n * D; at += D) for (let j = 0; j < D; j++) y[at + j] = x[at + j] + b[j];
    },
    backward: (n, _x, _y, dy, dx, _p, dp) => {
      columnSums(n, D, dy, dp[0]);
      if (dx) for (let i = 0; i < n * D; i++) dx[i] = dy[i];
    },
  }),

  PReLU: (part, D) => {
    const formula = LEARNED.PReLU;
    let scratch = new Float64Array(0);
    return {
      part, width: D, parameters: [parameter("a", 1, D, constant(0.25))],
      forward: (n, x, y, [a]) => formula.forward(part, n * D, x, a, y),
      backward: (n, x, _y, dy, dx, [a], dp) => {
        if (scratch.length < n * D) scratch = new Float64Array(n * D);
        formula.slope_by_leak(part, n * D, x, scratch);
        for (let i = 0; i < n * D; i++) scratch[i] *= dy[i];
        columnSums(n, D, scratch, dp[0]);
        if (!dx) return;
        formula.slope(part, n * D, x, a, dx);
        for (let i = 0; i < n * D; i++) dx[i] *= dy[i];
      },
    };
  },

  Maxout: (part, D) => {
    const pieces = part.pieces, H = D / pieces;
    if (H % 1) throw new Error(`Maxout needs a multiple of pieces = ${pieces} columns, but got ${D}.`);
    return {
      part, width: H, parameters: [],
      forward: (n, x, y) => {
        for (let i = 0; i < n * H; i++) {
          let most = x[i * pieces];
          for (let k = 1; k < pieces; k++) most = Math.max(most, x[i * pieces + k]);
          y[i] = most;
        }
      },
      backward: (n, x, y, dy, dx) => {
        if (!dx) return;
        for (let i = 0, at = 0; i < n * H; i++) {
          let open = dy[i];  // the first winner takes all
          for (let k = 0; k < pieces; k++, at++) {
            const wins = x[at] === y[i];
            dx[at] = wins ? open : 0;
            if (wins) open = 0;
          }
        }
      },
    };
  },

  Dropout: (part, D) => {
    const dropped = Math.min(roundEven(part.p * 65536), 65535), scale = 65536 / (65536 - dropped);
    let words = new Uint32Array(0), bits = new Uint16Array(0), drops = false;
    const pass = (n: number, x: Numbers, y: Numbers): void => {
      if (drops) for (let i = 0; i < n * D; i++) y[i] = bits[i] >= dropped ? x[i] * scale : 0;
      else for (let i = 0; i < n * D; i++) y[i] = x[i];
    };
    return {
      part, width: D, parameters: [],
      forward: (n, x, y, _p, noise) => {
        drops = noise !== null;
        const size = 2 * Math.ceil((n * D) / 4);
        if (words.length < size) bits = new Uint16Array((words = new Uint32Array(size)).buffer);
        if (noise) new Philox(noise.seed, noise.gate, noise.step).fill(words.subarray(0, size));
        pass(n, x, y);
      },
      backward: (n, _x, _y, dy, dx) => void (dx && pass(n, dy, dx)),
    };
  },

  BatchNorm: (part, D) => {
    const { momentum, epsilon } = part;
    const mean = new Float64Array(D), variance = new Float64Array(D), deviation = new Float64Array(D);
    let standardized = new Float64Array(0), rows = 0, trains = false;
    const fixed = { trained: false };
    return {
      part, width: D,
      parameters: [
        parameter("gain", 1, D, constant(1)), parameter("shift", 1, D, constant(0)),
        parameter("mean", 1, D, constant(0), fixed), parameter("variance", 1, D, constant(1), fixed),
      ],
      forward: (n, x, y, [gain, shift, runningMean, runningVariance], noise) => {
        if (standardized.length < n * D) standardized = new Float64Array(n * D);
        trains = noise !== null;
        rows = n;
        for (let j = 0; j < D; j++) {
          let m = runningMean[j], v = runningVariance[j];
          if (trains) {
            m = v = 0;
            for (let at = j; at < n * D; at += D) m += x[at];
            m /= n;
            for (let at = j; at < n * D; at += D) v += (x[at] - m) * (x[at] - m);
            v /= n;
          }
          mean[j] = m;
          variance[j] = v;
          deviation[j] = Math.sqrt(v + epsilon);
          for (let at = j; at < n * D; at += D) {
            standardized[at] = (x[at] - m) / deviation[j];
            y[at] = gain[j] * standardized[at] + shift[j];
          }
        }
      },
      backward: (n, _x, _y, dy, dx, [gain], [dGain, dShift]) => {
        for (let j = 0; j < D; j++) {
          let g = 0, s = 0;
          for (let at = j; at < n * D; at += D) {
            g += dy[at] * standardized[at];
            s += dy[at];
          }
          dGain[j] = g;
          dShift[j] = s;
          const own = trains ? 1 / n : 0;  // the statistics of prediction depend on no row
          if (dx) for (let at = j; at < n * D; at += D) {
            dx[at] = (gain[j] / deviation[j]) * (dy[at] - (s + standardized[at] * g) * own);
          }
        }
      },
      observe: ([, , runningMean, runningVariance]) => {
        for (let j = 0; j < D; j++) {
          runningMean[j] = momentum * runningMean[j] + (1 - momentum) * mean[j];
          if (rows > 1) {
            runningVariance[j] = momentum * runningVariance[j] + (1 - momentum) * variance[j] * (rows / (rows - 1));
          }
        }
      },
    };
  },
};

/** Python's round: halves go to the even number. */
const roundEven = (x: number): number => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
