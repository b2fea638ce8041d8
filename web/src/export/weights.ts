/** The weights as JSON and as CSV, in all their digits. */

import { tensors } from "../page/tensors";
import type { Network } from "../protocol";

/** The network and its parameters by name, each a matrix row by row. */
export function asJSON(network: Network, theta: Float64Array): string {
  const rows = ({ start, shape: [count, columns] }: { start: number; shape: [number, number] }) =>
    Array.from({ length: count }, (_, row) => [...theta.subarray(start + row * columns, start + (row + 1) * columns)]);
  const parameters = Object.fromEntries(tensors(network).map((tensor) => [tensor.name, rows(tensor)]));
  return JSON.stringify({ network, parameters }, null, 1);
}

/** One line a number: its parameter, row and column, counted from 0, and its value. */
export function asCSV(network: Network, theta: Float64Array): string {
  const lines = tensors(network).flatMap(({ name, start, stop, shape: [, columns] }) =>
    Array.from({ length: stop - start }, (_, i) => `${name},${Math.floor(i / columns)},${i % columns},${theta[start + i]}`),
  );
  return ["parameter,row,column,value", ...lines, ""].join("\n");
}
