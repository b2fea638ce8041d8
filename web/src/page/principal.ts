/** The plane of the two directions in which rows differ most; two columns are taken as they are. */

export interface Principal {
  directions: Float64Array[];
  project(values: Float32Array): [number, number][];
}

/** Directions that were found `before` are where the search begins, so that a picture does not jump from frame to frame. */
export function principal(rows: Float32Array, columns: number, before: Float64Array[]): Principal {
  const count = rows.length / columns;
  if (columns <= 2) {
    const project = (values: Float32Array) => Array.from({ length: values.length / columns }, (_, i): [number, number] => [values[i * columns], columns === 2 ? values[i * columns + 1] : 0]);
    return { directions: [], project };
  }
  const mean = new Float64Array(columns);
  for (let i = 0; i < rows.length; i++) mean[i % columns] += rows[i] / count;
  const covariance = new Float64Array(columns * columns);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < columns; j++) {
      const first = rows[i * columns + j] - mean[j];
      for (let k = 0; k < columns; k++) covariance[j * columns + k] += first * (rows[i * columns + k] - mean[k]);
    }
  const directions: Float64Array[] = [];
  for (let d = 0; d < 2; d++) {
    const known = before[d]?.length === columns ? before[d] : null;
    let direction = known ?? Float64Array.from({ length: columns }, (_, k) => (k % 2 === d ? 1 : 0.5));
    for (let pass = 0; pass < 30; pass++) {
      const next = new Float64Array(columns);
      for (let j = 0; j < columns; j++) for (let k = 0; k < columns; k++) next[j] += covariance[j * columns + k] * direction[k];
      for (const other of directions) {
        const share = next.reduce((sum, value, k) => sum + value * other[k], 0);
        next.forEach((value, k) => (next[k] = value - share * other[k]));
      }
      const length = Math.hypot(...next);
      if (length < 1e-12) break;
      direction = next.map((value) => value / length);
    }
    directions.push(direction);
  }
  const project = (values: Float32Array) =>
    Array.from({ length: values.length / columns }, (_, i) => {
      const place: [number, number] = [0, 0];
      for (let k = 0; k < columns; k++) for (let d = 0; d < 2; d++) place[d] += (values[i * columns + k] - mean[k]) * directions[d][k];
      return place;
    });
  return { directions, project };
}
