/** Point sets: the numbers of Python's `mlnn.play.points.points`. */

import type { Examples, Part as Described } from "../protocol";
import { POINTS, POINTS_STREAM } from "./formulas";
import { filled } from "./parts";
import { Philox, Random } from "./philox";

export function points(described: Described, rows: number, noise: number, seed: number): Examples {
  const part = filled("points", described), formula = POINTS[part.is], classes = Math.max(formula.classes(part), 1);
  const random = new Random(new Philox(seed, POINTS_STREAM)), column = () => new Float64Array(rows);
  const [t, k, u1, u2, n1, n2, x1, x2] = Array.from({ length: 8 }, column), y = column(), X = new Float64Array(2 * rows);
  for (let i = 0; i < rows; i++) [u1[i], u2[i]] = [random.uniform(), random.uniform()];
  for (let i = 0; i < rows; i++) [n1[i], n2[i]] = [random.normal(), random.normal()];
  for (let i = 0; i < rows; i++) [k[i], t[i]] = [i % classes, Math.floor(i / classes) / Math.ceil(rows / classes)];
  formula.place(part, rows, noise, t, k, u1, u2, n1, n2, x1, x2, y);
  for (let i = 0; i < rows; i++) [X[2 * i], X[2 * i + 1]] = [x1[i], x2[i]];
  return { X: { data: X, columns: 2 }, y: { data: y, columns: 1 } };
}
