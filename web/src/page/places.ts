/** Where every parameter of a network lies in θ: its name, gate and shape, in the order of the chain. */

import type { Network, Part } from "../protocol";

export interface Place {
  name: string;
  gate: number;
  rows: number;
  columns: number;
  start: number;
}

/** Columns after a gate, of `inputs` columns before it. */
export function widthAfter(gate: Part, inputs: number): number {
  if (gate.is === "MultiplyGate") return gate.units as number;
  if (gate.is === "Maxout") return inputs / ((gate.pieces as number | undefined) ?? 2);
  return inputs;
}

/** Columns before the first gate, between the gates, and after the last. */
export function widths(network: Network): number[] {
  const all = [network.inputs];
  for (const gate of network.gates) all.push(widthAfter(gate, all[all.length - 1]));
  return all;
}

const LETTERS: { [gate: string]: string[] } = {
  MultiplyGate: ["W"],
  AddGate: ["b"],
  BatchNorm: ["gain", "shift", "mean", "variance"],
  PReLU: ["a"],
};

export function places(network: Network): Place[] {
  const count: { [letter: string]: number } = {};
  const before = widths(network);
  const found: Place[] = [];
  let start = 0;
  network.gates.forEach((gate, k) => {
    for (const letter of LETTERS[gate.is] ?? []) {
      count[letter] = (count[letter] ?? 0) + 1;
      const rows = letter === "W" ? before[k] : 1;
      const columns = letter === "W" ? before[k + 1] : before[k];
      found.push({ name: `${letter}${count[letter]}`, gate: k, rows, columns, start });
      start += rows * columns;
    }
  });
  return found;
}

/** The place in θ of a weight by its name, `W1[0,2]`, or −1 where there is none such. */
export function indexOf(found: Place[], weight: string): number {
  const [, name, row, column] = /^(\w+)\[(\d+),(\d+)\]$/.exec(weight) ?? [];
  const place = found.find((each) => each.name === name);
  if (!place || Number(row) >= place.rows || Number(column) >= place.columns) return -1;
  return place.start + Number(row) * place.columns + Number(column);
}
