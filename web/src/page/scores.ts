/** Figures of merit, computed from predictions: accuracy and the confusion matrix of classes, R² and RMSE of values. */

import type { Catalogue, Matrix, Part } from "../protocol";

/** Whether an output's targets are classes; an output that nobody knows is taken to be for values. */
export function classifies(catalogue: Catalogue | null, output: Part): boolean {
  return catalogue?.outputs.find((kind) => kind.is === output.is)?.classifies ?? false;
}

/** The class that each row's predictions say: the largest of several, or whether the only one exceeds one half. */
export function decided(predictions: ArrayLike<number>, columns: number): Int32Array {
  const decisions = new Int32Array(predictions.length / columns);
  for (let row = 0; row < decisions.length; row++) {
    const first = row * columns;
    if (columns === 1) decisions[row] = predictions[first] > 0.5 ? 1 : 0;
    else
      for (let k = 1; k < columns; k++)
        if (predictions[first + k] > predictions[first + decisions[row]]) decisions[row] = k;
  }
  return decisions;
}

/** The share of rows that are decided rightly. */
export function accuracy(predictions: ArrayLike<number>, columns: number, y: Matrix): number {
  const decisions = decided(predictions, columns);
  let right = 0;
  decisions.forEach((decision, row) => (right += +(decision === y.data[row * y.columns])));
  return right / decisions.length;
}

/** Rows by true class, columns by decided class. */
export function confusion(predictions: ArrayLike<number>, columns: number, y: Matrix): number[][] {
  const classes = Math.max(columns, 2);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  decided(predictions, columns).forEach((decision, row) => counts[y.data[row * y.columns]][decision]++);
  return counts;
}

/** R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)² over all columns, and RMSE = √ mean (y − ŷ)². */
export function fit(predictions: ArrayLike<number>, y: Matrix): { r2: number; rmse: number } {
  const { data, columns } = y;
  const means = new Float64Array(columns);
  for (let i = 0; i < data.length; i++) means[i % columns] += (data[i] * columns) / data.length;
  let left = 0;
  let spread = 0;
  for (let i = 0; i < data.length; i++) {
    left += (data[i] - predictions[i]) ** 2;
    spread += (data[i] - means[i % columns]) ** 2;
  }
  return { r2: 1 - left / spread, rmse: Math.sqrt(left / data.length) };
}

