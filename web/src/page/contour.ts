/** Contour lines of a square grid, by marching squares: each cell is cut where its edges pass the level. */

/** Levels that part the grid's finite values into parts of equal number. */
export function levels(values: Float64Array, count: number): number[] {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  const at = (k: number) => sorted[Math.floor((sorted.length * k) / (count + 1))];
  return [...new Set(Array.from({ length: count }, (_, k) => at(k + 1)))];
}

/** The line where a size × size grid has this level, as an SVG path; the value of column j, row i stands at (j + ½, i + ½). */
export function contour(values: Float64Array, size: number, level: number): string {
  const pieces: string[] = [];
  for (let i = 0; i + 1 < size; i++)
    for (let j = 0; j + 1 < size; j++) {
      const corners: [number, number, number][] = [[j, i], [j + 1, i], [j + 1, i + 1], [j, i + 1]].map(
        ([x, y]) => [x + 0.5, y + 0.5, values[y * size + x]],
      );
      const crossings = corners.flatMap(([x, y, value], k) => {
        const [next, below, other] = corners[(k + 1) % 4];
        if (value < level === other < level || !Number.isFinite(value + other)) return [];
        const part = (level - value) / (other - value);
        return [`${(x + part * (next - x)).toFixed(2)} ${(y + part * (below - y)).toFixed(2)}`];
      });
      for (let k = 0; k + 1 < crossings.length; k += 2) pieces.push(`M${crossings[k]}L${crossings[k + 1]}`);
    }
  return pieces.join("");
}
