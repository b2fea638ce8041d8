/** Where the diagram puts every layer and unit. */

import type { Network } from "../../protocol";
import { type Tensor, tensors, widths } from "../../page/tensors";

/** Units of a layer that are drawn; of a wider one the rest is counted. */
const SHOWN = 16;

export interface Column {
  title: string;
  /** All units of the layer, and the size and places of those that are drawn. */
  units: number;
  size: number;
  x: number;
  y: number[];
  /** The gate whose output the units' pictures show: 0 for inputs, −1 for predictions. */
  gate: number;
  /** Which hidden layer of the settings it is; −1 for inputs and scores. */
  layer: number;
  W: Tensor | null;
  b: Tensor | null;
  /** Columns of W that one unit has: more than one of a Maxout layer. */
  pieces: number;
}

/** One entry for the inputs, every hidden layer, and the scores. */
function layersOf(network: Network): Omit<Column, "size" | "x" | "y">[] {
  const columns = widths(network);
  const found = tensors(network);
  const inputs = { title: "Inputs", units: network.inputs, gate: 0, layer: -1, W: null, b: null, pieces: 1 };
  const starts = network.gates.flatMap(({ is }, k) => (is === "MultiplyGate" ? [k] : []));
  const layers = starts.map((start, k) => {
    const stop = starts[k + 1] ?? network.gates.length;
    let last = stop - 1;
    if (network.gates[last].is === "Dropout") last--;
    const isLast = k === starts.length - 1;
    return {
      title: isLast ? "Output" : `Layer ${k + 1}`,
      units: columns[last + 1],
      gate: isLast ? -1 : last + 1,
      layer: isLast ? -1 : k,
      W: found.find(({ gate, name }) => gate === start && name.startsWith("W")) ?? null,
      b: found.find(({ gate, name }) => gate > start && gate < stop && name.startsWith("b")) ?? null,
      pieces: columns[start + 1] / columns[last + 1],
    };
  });
  return [inputs, ...layers];
}

export interface Layout {
  width: number;
  height: number;
  columns: Column[];
}

export function layout(network: Network, room: number, pictured: boolean): Layout {
  const layers = layersOf(network);
  const width = Math.max(room, layers.length * 84);
  const most = Math.max(...layers.map(({ units }) => Math.min(units, SHOWN)));
  const size = most <= 4 ? 56 : most <= 6 ? 46 : most <= 10 ? 36 : 28;
  const middle = (Math.max(most * (size + (most <= 6 ? 22 : 10)), 300) + 20) / 2;
  const foot = layers.some(({ units }) => units > SHOWN) ? 18 : 0; // there stands how many more there are
  const each = width / layers.length;
  const columns = layers.map((layer, k) => {
    const one = pictured && k === 0;
    const units = one ? 1 : Math.min(layer.units, SHOWN);
    const own = one ? Math.min(96, each - 12) : size;
    const gap = Math.min((2 * middle) / units, own + 44);
    const y = Array.from({ length: units }, (_, i) => middle + (i - (units - 1) / 2) * gap);
    return { ...layer, size: own, x: each * (k + 0.5), y };
  });
  return { width, height: 2 * middle + foot, columns };
}

/** Pixels a side of the units' pictures, so that all of them together stay light. */
export function resolution(network: Network): number {
  const units = layersOf(network).reduce((sum, { units }) => sum + units, 0);
  return Math.max(6, Math.min(24, Math.floor(Math.sqrt(30000 / units))));
}
