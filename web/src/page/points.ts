/** All rows of the data that the settings name, with raw inputs, and their split. */

import type { Examples, Table } from "../protocol";
import type { DataSettings } from "../settings";
import type { Task } from "../store";

/** Stands in until the printed formulas are here. */
function moons(rows: number, noise: number, seed: number): Examples {
  let state = seed + 1;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  for (let k = 0; k < 20; k++) uniform();
  const X = new Float64Array(2 * rows);
  const y = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const angle = Math.PI * uniform();
    y[i] = i % 2;
    X[2 * i] = (y[i] ? 1 - Math.cos(angle) : Math.cos(angle)) - 0.5 + noise * normal();
    X[2 * i + 1] = (y[i] ? 0.5 - Math.sin(angle) : Math.sin(angle)) - 0.25 + noise * normal();
  }
  return { X: { data: X, columns: 2 }, y: { data: y, columns: 1 } };
}

export function generated(data: DataSettings): Examples {
  if (!data.points) return moons(data.rows, data.noise, data.seed);
  return {
    X: { data: Float64Array.from(data.points.flatMap(([x1, x2]) => [x1, x2])), columns: 2 },
    y: { data: Float64Array.from(data.points.map(([, , target]) => target)), columns: 1 },
  };
}

export function taskOf(data: DataSettings, points: Examples, table: Table | null): Task {
  if (table && (data.kind === "own" || data.kind === "digits")) return { inputs: table.columns, classes: table.classes };
  const classes = 1 + points.y.data.reduce((most, y) => Math.max(most, y), 1);
  return { inputs: ["x1", "x2"], classes: Array.from({ length: classes }, (_, k) => String(k)) };
}

/** Row numbers to train on and to judge by. */
export function split(rows: number, share: number, _seed: number): { train: number[]; valid: number[] } {
  const held = Math.min(rows - 1, Math.round(share * rows));
  const order = Array.from({ length: rows }, (_, i) => i);
  return { train: order.slice(0, rows - held), valid: order.slice(rows - held) };
}
