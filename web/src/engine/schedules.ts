/** Schedules, and the numbers of a step that optimizers make of time. */

import type { Part as Described } from "../protocol";
import { RULES, SCHEDULES, WRAPPERS } from "./formulas";
import { filled, type Part } from "./parts";

/** Where in training a step stands: its number from 1, epochs completed before it, epochs planned, losses so far. */
export interface Time {
  step: number;
  epoch: number;
  epochs: number;
  losses: number[];
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
  if (part.is === "ReduceOnPlateau") {
    let best = losses[0], waited = 0, cuts = 0;
    for (const loss of losses.slice(1)) {
      waited = loss <= best - part.tolerance ? 0 : waited + 1;
      if (waited > part.patience) [waited, cuts] = [0, cuts + 1];
      best = loss <= best || Number.isNaN(best) ? loss : best;
    }
    return Math.max(Math.pow(part.factor, cuts), part.least);
  }
  if (part.is === "WarmUp") {
    const ramp = part.epochs > 0 ? Math.min(epoch / part.epochs, 1) : 1;
    const [after, planned] = [Math.max(epoch - part.epochs, 0), Math.max(epochs - part.epochs, 0)];
    return ramp * factorAt(part.then, { step, epoch: after, epochs: planned, losses: losses.slice(Math.trunc(part.epochs)) });
  }
  return part.value;
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
