/** Rows that are the same. */

import type { Examples, Matrix, Plan } from "./protocol";

export const sameMatrix = (a: Matrix, b: Matrix): boolean =>
  a.columns === b.columns && a.data.length === b.data.length && a.data.every((value, i) => value === b.data[i]);

export const sameRows = (a: Examples | null, b: Examples | null): boolean =>
  a && b ? sameMatrix(a.X, b.X) && sameMatrix(a.y, b.y) : a === b;

/** A plan with another's rows where they are the same: a run remembers all its plans. */
export function sharing(plan: Plan, before: Plan): Plan {
  const of = (name: "train" | "valid") => (sameRows(plan[name], before[name]) ? before[name] : plan[name]);
  return { ...plan, train: of("train")!, valid: of("valid") };
}
