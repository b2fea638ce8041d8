/**
 * Where each parameter of a network lies in θ, and how wide each gate's output is: as `Network.placed` in Python.
 *
 * The engine's `Chain` knows it too, but refuses a layer of one's own, which Python's player trains.
 */

import type { Network, Part } from "../protocol";

export interface Tensor {
  /** `W1`, `b1` … */
  name: string;
  gate: number;
  start: number;
  stop: number;
  shape: [number, number];
  /** False of running statistics. */
  trained: boolean;
}

function width(gate: Part, inputs: number): number {
  if (gate.is === "MultiplyGate") return gate.units as number;
  return gate.is === "Maxout" ? inputs / ((gate.pieces as number | undefined) ?? 2) : inputs;
}

/** Columns before the first gate, between the gates, and after the last. */
export function widths(network: Network): number[] {
  const columns = [network.inputs];
  for (const gate of network.gates) columns.push(width(gate, columns[columns.length - 1]));
  return columns;
}

const LETTERS: { [kind: string]: string[] } = {
  MultiplyGate: ["W"],
  AddGate: ["b"],
  BatchNorm: ["gain", "shift", "mean", "variance"],
  PReLU: ["a"],
};

/** A parameter's name without its number: W of W1. */
export const letter = (name: string) => name.replace(/\d+$/, "");

/** Every parameter, in the order of the chain. */
export function tensors(network: Network): Tensor[] {
  const columns = widths(network);
  const count: { [letter: string]: number } = {};
  const found: Tensor[] = [];
  let start = 0;
  network.gates.forEach((gate, index) => {
    for (const letter of LETTERS[gate.is] ?? []) {
      count[letter] = (count[letter] ?? 0) + 1;
      const shape: [number, number] = letter === "W" ? [columns[index], columns[index + 1]] : [1, columns[index + 1]];
      const stop = start + shape[0] * shape[1];
      const trained = letter !== "mean" && letter !== "variance";
      found.push({ name: `${letter}${count[letter]}`, gate: index, start, stop, shape, trained });
      start = stop;
    }
  });
  return found;
}

/** What an element of a parameter is called: `W1[0,2]` of a matrix, `b1[2]` of a vector. */
export function elementOf(name: string, columns: number, index: number): string {
  return letter(name) === "W" ? `${name}[${Math.floor(index / columns)},${index % columns}]` : `${name}[${index}]`;
}

/** The place in θ of a weight by its name, or −1 where there is none such. */
export function placeOf(network: Network, weight: string): number {
  const [, name, first, second] = /^(\w+)\[(\d+)(?:,(\d+))?\]$/.exec(weight) ?? [];
  const tensor = tensors(network).find((each) => each.name === name);
  if (!tensor) return -1;
  const columns = tensor.shape[1];
  const index = second === undefined ? Number(first) : Number(first) * columns + Number(second);
  const place = tensor.start + index;
  return place < tensor.stop && elementOf(name, columns, index) === weight ? place : -1;
}
