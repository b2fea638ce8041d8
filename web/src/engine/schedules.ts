/** Schedules, and the numbers of a step that optimizers make of time. */

import type { Part as Described } from "../protocol";
import { RULES, SCHEDULES, WRAPPERS } from "./formulas";
import { filled, type Part } from "./parts";

/** Where in training a step stands: its number from 1, epochs completed before it, epochs planned, losses so far. */
export interface Time {
  step: number;
  epoch: number;
  epochs: number;
  /** A list that only grows. */
  losses: number[];
  /** The first of the losses that is heard of. */
  from: number;
}

/** A schedule with all its settings. */
export const scheduleOf = (described: Described): Part => {
  const part = filled("schedules", described);
  return part.is === "WarmUp" ? { ...part, then: scheduleOf(part.then) } : part;
};

/** Whether a schedule looks at the losses. */
export const listens = (part: Part): boolean => part.is === "ReduceOnPlateau" || (part.is === "WarmUp" && listens(part.then));

export function factorAt(part: Part, time: Time): number {
  const { step, epoch, epochs, losses } = time;
  if (SCHEDULES[part.is]) return SCHEDULES[part.is].factor(part, step, epoch, epochs);
  if (part.is === "CosineRestarts") {
    let begin = 0, until = part.first;
    for (let cycle = 1; until <= epoch; cycle++) [begin, until] = [until, until + part.first * Math.pow(part.growth, cycle)];
    return SCHEDULES.Cosine.factor(part, step, epoch - begin, until - begin);
  }
  if (part.is === "ReduceOnPlateau") return Math.max(Math.pow(part.factor, cutsAt(part, losses, time.from)), part.least);
  if (part.is === "WarmUp") {
    const ramp = part.epochs > 0 ? Math.min(epoch / part.epochs, 1) : 1;
    const [after, planned] = [Math.max(epoch - part.epochs, 0), Math.max(epochs - part.epochs, 0)];
    return ramp * factorAt(part.then, { step, epoch: after, epochs: planned, losses, from: time.from + Math.trunc(part.epochs) });
  }
  return part.value;
}

/** What a plateau has come to, of as many losses as it has read. */
interface Plateau {
  losses: number[];
  read: number;
  best: number;
  waited: number;
  cuts: number;
}

const plateaus = new WeakMap<Part, Plateau>();

/** How often the losses stopped falling: each of a list is read once, however often a step asks. */
function cutsAt(part: Part, losses: number[], from: number): number {
  let seen = plateaus.get(part);
  if (seen?.losses !== losses) plateaus.set(part, (seen = { losses, read: from, best: NaN, waited: 0, cuts: 0 }));
  for (; seen.read < losses.length; seen.read++) {
    const loss = losses[seen.read], first = seen.read === from;
    seen.waited = first || loss <= seen.best - part.tolerance ? 0 : seen.waited + 1;
    if (seen.waited > part.patience) [seen.waited, seen.cuts] = [0, seen.cuts + 1];
    seen.best = loss <= seen.best || Number.isNaN(seen.best) ? loss : seen.best;
  }
  return seen.cuts;
}

/** An optimizer from the outside in: its wrappers, and last its rule, each with all its settings. */
export function layersOf(described: Described): Part[] {
  if (RULES[described.is]) {
    const rule = filled("optimizers", described);
    return [rule.momentum?.is ? { ...rule, momentum: scheduleOf(rule.momentum) } : rule];
  }
  const wrapper = filled("wrappers", described);
  if (!wrapper.optimizer) throw new Error(`${wrapper.is} needs an optimizer within`);
  return [wrapper, ...layersOf(wrapper.optimizer)];
}

/** The coefficients of a rule or wrapper alone at a step. */
export function coefficientsAt(part: Part, time: Time): number[] {
  if (part.momentum !== undefined) return [part.momentum.is ? factorAt(part.momentum, time) : part.momentum];
  const formula = RULES[part.is] ?? WRAPPERS[part.is];
  if (!formula.coefficients) return NONE;
  return Array.from({ length: formula.coefficients }, (_, k) => formula[`c${k}`](part, time.step));
}

const NONE: number[] = [];

/** A rate to try in place of one that was too high: a tenth, or the default where that is lower still. */
export const lowerRate = (rate: number, usual: unknown): number => Math.min(rate / 10, typeof usual === "number" ? usual : Infinity);
