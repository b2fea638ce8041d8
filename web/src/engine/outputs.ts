/** Outputs: a row's loss, its derivative by the scores, and predictions; elementwise formulas are printed ones. */

import type { Part as Described } from "../protocol";
import { ELEMENTWISE, MARGINS } from "./formulas";
import { filled, type Numbers } from "./parts";

export interface Output {
  name: string;
  /** What each column of the targets holds: so many classes, or 0 for values, from `least` to `most`. */
  targets: number[];
  least: number;
  most: number;
  /** The rows' losses, and their derivatives by the scores. */
  judge(n: number, s: Numbers, t: Numbers, losses: Float64Array, to: Numbers): void;
  predict(n: number, s: Numbers, to: Numbers): void;
}

/** An output of K scores. */
export function outputOf(described: Described, K: number): Output {
  const part = filled("outputs", described);
  if (part.is === "Softmax") return softmaxes(part.is, [K], part.smoothing);
  if (part.is === "SeveralSoftmax") return softmaxes(part.is, part.classes.length ? part.classes : [K], 0, K);
  if (MARGINS[part.is]) return margins(part, K);
  const formula = ELEMENTWISE[part.is];
  let scratch = new Float64Array(0);
  return {
    name: part.is, targets: Array(K).fill(0),
    least: part.is === "Logistic" || part.is === "Poisson" ? 0 : -Infinity,
    most: part.is === "Logistic" ? 1 : Infinity,
    judge: (n, s, t, losses, to) => {
      if (scratch.length < n * K) scratch = new Float64Array(n * K);
      formula.formula(part, n * K, s, t, scratch);
      for (let i = 0, at = 0; i < n; i++) {
        let sum = 0;
        for (let k = 0; k < K; k++) sum += scratch[at++];
        losses[i] = sum;
      }
      formula.slope(part, n * K, s, t, to);
    },
    predict: (n, s, to) => formula.predict(part, n * K, s, to),
  };
}

const BEYOND = 30;

/** Softmax over each group of neighbouring scores; the losses are summed. */
function softmaxes(name: string, classes: number[], smoothing: number, K = classes[0]): Output {
  const total = classes.reduce((sum, each) => sum + each, 0);
  if (total !== K) throw new Error(`Questions with ${classes} classes need ${total} scores, but there are ${K}.`);
  let shift = 0;
  /** Write the powers of e of a group, which none of them overflows, and return their sum. */
  const powers = (s: Numbers, to: Numbers, start: number, count: number): number => {
    let largest = s[start], sum = 0;
    for (let k = start + 1; k < start + count; k++) largest = Math.max(largest, s[k]);
    shift = largest - Math.max(Math.min(largest, BEYOND), -BEYOND);
    for (let k = start; k < start + count; k++) sum += to[k] = Math.exp(s[k] - shift);
    return sum;
  };
  return {
    name, targets: classes, least: 0, most: Infinity,
    judge: (n, s, t, losses, to) => {
      for (let i = 0, start = 0; i < n; i++) {
        let loss = 0;
        for (let g = 0; g < classes.length; g++) {
          const count = classes[g], sum = powers(s, to, start, count), bottom = shift + Math.log(sum);
          const right = start + t[i * classes.length + g];
          let mean = 0;
          for (let k = start; k < start + count; k++) {
            to[k] = to[k] / sum - smoothing / count;
            mean += smoothing && (s[k] - bottom) / count;
          }
          to[right] -= 1 - smoothing;
          loss -= (1 - smoothing) * (s[right] - bottom) + smoothing * mean;
          start += count;
        }
        losses[i] = loss;
      }
    },
    predict: (n, s, to) => {
      for (let i = 0, start = 0; i < n; i++) {
        for (const count of classes) {
          const sum = powers(s, to, start, count);
          for (let k = start; k < start + count; k++) to[k] /= sum;
          start += count;
        }
      }
    },
  };
}

/** Weston and Watkins's losses of violations vⱼ = sⱼ − s_y + margin; the true class does not compete with itself. */
function margins(part: { [field: string]: any }, K: number): Output {
  const formula = MARGINS[part.is];
  let v = new Float64Array(0), f = v;
  return {
    name: part.is, targets: [K], least: 0, most: Infinity,
    judge: (n, s, t, losses, to) => {
      if (v.length < n * K) [v, f] = [new Float64Array(n * K), new Float64Array(n * K)];
      for (let i = 0, at = 0; i < n; i++) {
        for (let k = 0; k < K; k++, at++) v[at] = k === t[i] ? -part.margin : s[at] - s[i * K + t[i]] + part.margin;
      }
      formula.formula(part, n * K, v, f);
      formula.slope(part, n * K, v, to);
      for (let i = 0, at = 0; i < n; i++) {
        let sum = 0, slopes = 0;
        for (let k = 0; k < K; k++, at++) {
          sum += f[at];
          slopes += to[at];
        }
        losses[i] = sum;
        to[i * K + t[i]] = -slopes;
      }
    },
    predict: (n, s, to) => {
      for (let i = 0; i < n * K; i++) to[i] = s[i];
    },
  };
}
