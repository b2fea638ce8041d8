/** The weights as JSON and as CSV, in all their digits. */

import { tensors } from "../page/tensors";
import type { Network } from "../protocol";
import type { Task } from "../store";

const SCALED = {
  inputs:
    "A number x of a column that has a median became d / sqrt(spread ** 2 + (d / 3) ** 2), where d = x - median, and 0 where it is missing. " +
    "An input `column=word` is 1 where the cell is that word, and else 0, or -1 where it is the column's only input; the word (missing) stands for a gap, (rare) for other words. " +
    "What dates (`column`, `column=week sin`), free text (`column=text 0`) and mean targets are made by is not in this file.",
  target: "Outputs are of (target - mean) / scale: the target is mean + scale * output.",
};

/** What goes into the network and comes out of it: names of columns and classes, and by what a table's numbers were scaled. */
export function ends({ inputs, classes, units }: Task, features: string[], said: string[]): { [name: string]: unknown } {
  const scaling = (name: string) => units?.columns[inputs.indexOf(name)] ?? {};
  return {
    inputs: features.map((name) => ({ name, ...scaling(name) })),
    ...(classes ? { classes } : {}),
    ...(units?.target ? { target: units.target } : {}),
    ...(units ? { scaling: { inputs: SCALED.inputs, ...(units.target ? { target: SCALED.target } : {}) }, said } : {}),
  };
}

/** The network, its ends, and its parameters by name, each a matrix row by row. */
export function asJSON(network: Network, theta: Float64Array, ends: { [name: string]: unknown }): string {
  const rows = ({ start, shape: [count, columns] }: { start: number; shape: [number, number] }) =>
    Array.from({ length: count }, (_, row) => [...theta.subarray(start + row * columns, start + (row + 1) * columns)]);
  const parameters = Object.fromEntries(tensors(network).map((tensor) => [tensor.name, rows(tensor)]));
  return JSON.stringify({ network, ...ends, parameters }, null, 1);
}

/** One line a number: its parameter, row and column, counted from 0, and its value. */
export function asCSV(network: Network, theta: Float64Array): string {
  const lines = tensors(network).flatMap(({ name, start, stop, shape: [, columns] }) =>
    Array.from({ length: stop - start }, (_, i) => `${name},${Math.floor(i / columns)},${i % columns},${theta[start + i]}`),
  );
  return ["parameter,row,column,value", ...lines, ""].join("\n");
}
