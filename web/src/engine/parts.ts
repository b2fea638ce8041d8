/** What all of the engine shares: parts with all their settings, and the matrix product. */

import type { Part as Described } from "../protocol";
import { DEFAULTS, type Numbers, type Part } from "./formulas";

export type { Numbers, Part };

/** A part of a family with the defaults of what was left out; "inf" is infinity, as in a model file. */
export function filled(family: string, part: Described): Part {
  const defaults = DEFAULTS[family]?.[part.is];
  if (!defaults) throw new Error(`The browser's engine has no ${part.is} among its ${family}.`);
  const whole: Part = { ...defaults, ...part };
  for (const name in whole) if (whole[name] === "inf") whole[name] = Infinity;
  return whole;
}

/** c[i, j] = Σ_k a[i, k] b[k, j] of n × m sums over `inner`, with a's strides by i and k, and b's by k and j. */
export function multiply(
  n: number, m: number, inner: number, a: Numbers, ai: number, ak: number, b: Numbers, bk: number, bj: number, c: Numbers,
): void {
  for (let i = 0; i < n; i++) {
    let j = 0;
    for (; j + 4 <= m; j += 4) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, at = i * ai, bt = j * bj;
      for (let k = 0; k < inner; k++, at += ak, bt += bk) {
        const x = a[at];
        s0 += x * b[bt];
        s1 += x * b[bt + bj];
        s2 += x * b[bt + 2 * bj];
        s3 += x * b[bt + 3 * bj];
      }
      const to = i * m + j;
      c[to] = s0;
      c[to + 1] = s1;
      c[to + 2] = s2;
      c[to + 3] = s3;
    }
    for (; j < m; j++) {
      let sum = 0, at = i * ai, bt = j * bj;
      for (let k = 0; k < inner; k++, at += ak, bt += bk) sum += a[at] * b[bt];
      c[i * m + j] = sum;
    }
  }
}

/** to[j] = Σ_i x[i, j] over n rows of m columns. */
export function columnSums(n: number, m: number, x: Numbers, to: Numbers): void {
  for (let j = 0; j < m; j++) {
    let sum = 0;
    for (let at = j; at < n * m; at += m) sum += x[at];
    to[j] = sum;
  }
}
