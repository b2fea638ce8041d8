/** All rows of the data that the settings name, with raw inputs, and their split: the same as Python's, to the last digit. */

import { POINTS, POINTS_STREAM } from "../engine/formulas";
import { Philox, Random, dealt } from "../engine/philox";
import type { Examples, Table } from "../protocol";
import type { DataSettings } from "../settings";
import type { Task } from "../store";

/** Kinds whose rows are a table's. */
export const TABLES = ["own", "digits"];

/** How many classes a set of points has; 0 where its targets are values. */
export function classesOf({ kind, arms }: DataSettings): number {
  return POINTS[kind]?.classes({ arms }) ?? 2;
}

/** The points of a formula, as `mlnn.play.points.points` makes them: u₁, u₂ row by row, then n₁, n₂. */
function drawn({ kind, rows, noise, arms, seed }: DataSettings): Examples {
  const random = new Random(new Philox(seed, POINTS_STREAM));
  const column = () => new Float64Array(rows);
  const [t, k, u1, u2, n1, n2, x1, x2, target] = Array.from({ length: 9 }, column);
  const classes = Math.max(1, classesOf({ kind, arms } as DataSettings));
  const each = Math.ceil(rows / classes);
  for (let i = 0; i < rows; i++) [t[i], k[i]] = [Math.floor(i / classes) / each, i % classes];
  for (let i = 0; i < rows; i++) [u1[i], u2[i]] = [random.uniform(), random.uniform()];
  for (let i = 0; i < rows; i++) [n1[i], n2[i]] = [random.normal(), random.normal()];
  (POINTS[kind] ?? POINTS.Moons).place({ arms }, rows, noise, t, k, u1, u2, n1, n2, x1, x2, target);
  const data = new Float64Array(2 * rows);
  for (let i = 0; i < rows; i++) [data[2 * i], data[2 * i + 1]] = [x1[i], x2[i]];
  return { X: { data, columns: 2 }, y: { data: target, columns: 1 } };
}

export function generated(data: DataSettings): Examples {
  if (!data.points) return drawn(data);
  return {
    X: { data: Float64Array.from(data.points.flatMap(([x1, x2]) => [x1, x2])), columns: 2 },
    y: { data: Float64Array.from(data.points.map(([, , target]) => target)), columns: 1 },
  };
}

export function taskOf(data: DataSettings, points: Examples, table: Table | null): Task {
  if (table) return { inputs: table.columns, classes: table.classes };
  const known = classesOf(data);
  const classes = points.y.data.reduce((most, y) => Math.max(most, y + 1), known);
  return { inputs: ["x1", "x2"], classes: known ? Array.from({ length: classes }, (_, k) => String(k)) : null };
}

/** Row numbers to train on and to judge by: held out are the first in the order of `Dealt(seed)`, epoch 0. */
export function split(rows: number, share: number, seed: number): { train: number[]; valid: number[] } {
  const held = Math.min(rows - 1, Math.round(share * rows));
  const order = Array.from(dealt(seed, 0, rows));
  const ascending = (a: number, b: number) => a - b;
  return { train: order.slice(held).sort(ascending), valid: order.slice(0, held).sort(ascending) };
}
