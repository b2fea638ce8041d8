/** What all of the engine shares: parts with all their settings, and the matrix product. */

import type { Part as Described } from "../protocol";
import { SETTINGS, type Numbers, type Part } from "./formulas";

export type { Numbers, Part };

type Setting = (typeof SETTINGS)[string][string][string];

/** What one of a family is called, where that is not its name without an s; a wrapper stands for an optimizer. */
const ONE: { [family: string]: string } = { penalties: "penalty", wrappers: "optimizer" };

/** A part of a family with the defaults of what was left out; "inf" is infinity, as in a model file. */
export function filled(family: string, part: Described): Part {
  if (typeof part?.is !== "string") throw new Error(`One of the ${family} is none: ${JSON.stringify(part)}`);
  const known = Object.hasOwn(SETTINGS[family], part.is) ? SETTINGS[family][part.is] : null;
  if (!known) throw new Error(`The browser's engine has no ${ONE[family] ?? family.replace(/s$/, "")} called '${part.is}'.`);
  const strange = Object.keys(part).find((name) => name !== "is" && !Object.hasOwn(known, name));
  if (strange !== undefined) throw new Error(`${part.is} has no setting '${strange}'`);
  const whole: Part = { is: part.is };
  for (const name in known) whole[name] = taken(name, part[name] === undefined ? known[name].default : part[name], known[name]);
  return whole;
}

/** A setting's value, if it is one that Python takes. */
function taken(name: string, given: any, { kind, default: usual, interval, least = -Infinity, most = Infinity }: Setting): any {
  const value = given === "inf" && usual === "inf" ? Infinity : given, isPart = Object.hasOwn(SETTINGS.schedules, value?.is ?? "");
  if ((kind !== "number" && kind !== "whole") || (value === null && usual === null) || isPart) return value;
  if (typeof value !== "number" || Number.isNaN(value)) throw new Error(`${name} must be a number, but got ${written(given)}`);
  if (kind === "whole" && !Number.isSafeInteger(value)) throw new Error(`${name} must be a whole number, but got ${value}`);
  if (!(least <= value && value <= most)) throw new Error(`${name} must lie in ${interval}, but got ${value}`);
  return value;
}

/** A value as Python writes it. */
export function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "boolean") return value ? "True" : "False";
  return value == null ? "None" : typeof value === "number" ? named(value) : JSON.stringify(value);
}

export const named = (x: number): string => String(x).replace("Infinity", "inf").replace("NaN", "nan");

/** c[i, j] = Σ_k a[i, k] b[k, j] of n × m sums over `inner`, with a's strides by i and k, and b's by k and j. */
export function multiply(
  n: number, m: number, inner: number, a: Numbers, ai: number, ak: number, b: Numbers, bk: number, bj: number, c: Numbers,
): void {
  let i = 0;
  for (; i + 2 <= n; i += 2) {  // two rows by four columns at once, which stay in registers
    let j = 0;
    for (; j + 4 <= m; j += 4) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, t0 = 0, t1 = 0, t2 = 0, t3 = 0, at = i * ai, bt = j * bj;
      for (let k = 0; k < inner; k++, at += ak, bt += bk) {
        const x = a[at], y = a[at + ai], b0 = b[bt], b1 = b[bt + bj], b2 = b[bt + 2 * bj], b3 = b[bt + 3 * bj];
        s0 += x * b0, s1 += x * b1, s2 += x * b2, s3 += x * b3;
        t0 += y * b0, t1 += y * b1, t2 += y * b2, t3 += y * b3;
      }
      const to = i * m + j;
      c[to] = s0, c[to + 1] = s1, c[to + 2] = s2, c[to + 3] = s3;
      c[to + m] = t0, c[to + m + 1] = t1, c[to + m + 2] = t2, c[to + m + 3] = t3;
    }
    for (; j < m; j++) {
      let s = 0, t = 0, at = i * ai, bt = j * bj;
      for (let k = 0; k < inner; k++, at += ak, bt += bk) s += a[at] * b[bt], t += a[at + ai] * b[bt];
      c[i * m + j] = s, c[i * m + m + j] = t;
    }
  }
  for (; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let s = 0, at = i * ai, bt = j * bj;
      for (let k = 0; k < inner; k++, at += ak, bt += bk) s += a[at] * b[bt];
      c[i * m + j] = s;
    }
  }
}

/** Round to single precision. */
export function round(x: Numbers): void {
  for (let i = 0; i < x.length; i++) x[i] = Math.fround(x[i]);
}

/** to[j] = Σ_i x[i, j] over n rows of m columns. */
export function columnSums(n: number, m: number, x: Numbers, to: Numbers): void {
  for (let j = 0; j < m; j++) {
    let sum = 0;
    for (let at = j; at < n * m; at += m) sum += x[at];
    to[j] = sum;
  }
}
