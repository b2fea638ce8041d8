/** All rows of the data that the settings name, with raw inputs, and their split: as in Python, up to the rounding of sines. */

import { POINTS } from "../engine/formulas";
import { dealt } from "../engine/philox";
import { points } from "../engine/points";
import type { Examples, Table } from "../protocol";
import type { DataSettings } from "../settings";
import type { Task } from "../store";

/** Kinds whose rows are a table's. */
export const TABLES = ["own", "digits"];

export const isPointSet = (kind: string): boolean => Object.hasOwn(POINTS, kind);

/** How many classes a set of points has; 0 where its targets are values. */
export function classesOf({ kind, arms }: DataSettings): number {
  return isPointSet(kind) ? POINTS[kind].classes({ arms }) : 2;
}

export function generated(data: DataSettings): Examples {
  const { kind, rows, noise, arms, seed } = data;
  if (!data.points) return points(kind === "Spirals" ? { is: kind, arms } : { is: isPointSet(kind) ? kind : "Moons" }, rows, noise, seed);
  return {
    X: { data: Float64Array.from(data.points.flatMap(([x1, x2]) => [x1, x2])), columns: 2 },
    y: { data: Float64Array.from(data.points.map(([, , target]) => target)), columns: 1 },
  };
}

export function taskOf(data: DataSettings, points: Examples, table: Table | null): Task {
  if (table) return { inputs: table.columns, classes: table.classes, units: table.units };
  const known = classesOf(data);
  const classes = points.y.data.reduce((most, y) => Math.max(most, y + 1), known);
  const names = known ? Array.from({ length: classes }, (_, k) => String(k)) : null;
  return { inputs: ["x1", "x2"], classes: names, units: null };
}

/** Row numbers to train on and to judge by. */
export interface Parts {
  train: number[];
  valid: number[];
}

/** The rows parted: held out are the first in the order of `Dealt(seed)`, epoch 0. */
export function split(rows: number, share: number, seed: number): Parts {
  const held = Math.min(rows - 1, Math.round(share * rows));
  const order = Array.from(dealt(seed, 0, rows));
  const ascending = (a: number, b: number) => a - b;
  return { train: order.slice(held).sort(ascending), valid: order.slice(0, held).sort(ascending) };
}
