/** The plane that pictures show: two of the raw inputs, the others as in the picked row, or at their medians. */

import { type Examples, type Matrix, rowsOf } from "../protocol";
import type { Store } from "../store";
import { TABLES } from "./points";

export interface Plane {
  axes: [number, number];
  /** Bounds of both axes. */
  low: [number, number];
  high: [number, number];
  /** A row of raw inputs that every point of the plane shares but for its axes. */
  rest: Float64Array;
}

function column({ data, columns }: Matrix, k: number): Float64Array {
  const values = new Float64Array(data.length / columns);
  for (let i = 0; i < values.length; i++) values[i] = data[i * columns + k];
  return values;
}

/** Points of a formula lie within these bounds, so that the picture stands still while some come and go. */
const HOME = 6;

/** Bounds with a tenth of room at either side; of points at home, HOME, and more only where one is beyond. */
function bounds(values: Float64Array, home: boolean): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const room = high > low ? (high - low) / 10 : 1;
  if (!home) return [low - room, high + room];
  const beyond = Math.ceil(Math.max(HOME, -low, high));
  return [-beyond, beyond];
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  return sorted[sorted.length >> 1] ?? 0;
}

function spread(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

/** Axes along which rows differ: those that are wanted, or the two inputs that differ most. */
export function telling({ X }: Examples, wanted: [number, number]): [number, number] {
  if (X.columns <= 2 || wanted.every((axis) => axis < X.columns && spread(column(X, axis)) > 0)) return wanted;
  const spreads = Array.from({ length: X.columns }, (_, k) => spread(column(X, k)));
  const order = spreads.map((_, k) => k).sort((a, b) => spreads[b] - spreads[a]);
  return [order[0], order[1]];
}

function planeOf({ X }: Examples, wanted: [number, number], row: number, home: boolean): Plane {
  const axes: [number, number] = X.columns > 1 ? wanted : [0, 0];
  const [first, second] = axes.map((axis) => bounds(column(X, axis), home));
  const rows = rowsOf(X);
  const rest =
    row < rows && row > 0
      ? X.data.slice(row * X.columns, (row + 1) * X.columns)
      : Float64Array.from({ length: X.columns }, (_, k) => median(column(X, k)));
  return { axes, low: [first[0], second[0]], high: [first[1], second[1]], rest };
}

/** size × size raw rows over the plane, the top row of the picture first. */
export function gridOf({ axes, low, high, rest }: Plane, size: number): Matrix {
  const columns = rest.length;
  const data = new Float64Array(size * size * columns);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      const start = (i * size + j) * columns;
      data.set(rest, start);
      data[start + axes[1]] = high[1] + ((low[1] - high[1]) * (i + 0.5)) / size;
      data[start + axes[0]] = low[0] + ((high[0] - low[0]) * (j + 0.5)) / size;
    }
  return { data, columns };
}

const planes = new WeakMap<Examples, Map<string, Plane>>();

/** The plane of the settings; found once, because medians of many rows and columns take a while. */
export function currentPlane(store: Store): Plane {
  const { data, view } = store.settings.value;
  const points = store.points.value;
  const home = !TABLES.includes(data.kind);
  const key = JSON.stringify([view.axes, view.row, home]);
  const known = planes.get(points) ?? new Map<string, Plane>();
  planes.set(points, known);
  if (!known.has(key)) known.set(key, planeOf(points, view.axes, view.row, home));
  return known.get(key)!;
}
