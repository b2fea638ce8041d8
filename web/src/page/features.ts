/** Features: what the network is given of the raw inputs x1 and x2. A table's columns pass as they are. */

import { type Matrix, rowsOf } from "../protocol";

export const FEATURES: { [name: string]: (x1: number, x2: number) => number } = {
  x1: (x1) => x1,
  x2: (_, x2) => x2,
  "x1²": (x1) => x1 * x1,
  "x2²": (_, x2) => x2 * x2,
  x1x2: (x1, x2) => x1 * x2,
  "sin x1": (x1) => Math.sin(x1),
  "sin x2": (_, x2) => Math.sin(x2),
};

/** The same in Python, of columns x1 and x2. */
export const IN_PYTHON: { [name: string]: string } = {
  x1: "x1",
  x2: "x2",
  "x1²": "x1 * x1",
  "x2²": "x2 * x2",
  x1x2: "x1 * x2",
  "sin x1": "np.sin(x1)",
  "sin x2": "np.sin(x2)",
};

/** Rows of raw inputs, whose columns are named, as rows of features. */
export function featured(raw: Matrix, inputs: string[], features: string[]): Matrix {
  const rows = rowsOf(raw);
  const data = new Float64Array(rows * features.length);
  features.forEach((name, k) => {
    const column = inputs.indexOf(name);
    const formula = Object.hasOwn(FEATURES, name) ? FEATURES[name] : () => NaN; // of other data, while these are on their way
    for (let i = 0; i < rows; i++) {
      const start = i * raw.columns;
      data[i * features.length + k] = column >= 0 ? raw.data[start + column] : formula(raw.data[start], raw.data[start + 1]);
    }
  });
  return { data, columns: features.length };
}
