/** Weights that move from one network into another of nearly the same layers: units and layers come and go, the rest stays. */

import { type Network, type Plan, type Transport, rawOf } from "../protocol";
import { same } from "./same";
import { type Tensor, elementOf, letter, placeOf, tensors } from "./tensors";

/** The tensors of each layer: a multiply gate's and those of the gates that follow it. */
function layered(network: Network): Tensor[][] {
  const layers: Tensor[][] = [];
  for (const tensor of tensors(network)) {
    if (tensor.name.startsWith("W")) layers.push([]);
    layers[layers.length - 1]?.push(tensor);
  }
  return layers;
}

/** For every layer of `after`, the layer of `before` that it goes on from: those at the front, and those at the end. */
function pairs(before: string[], after: string[]): (number | null)[] {
  const shorter = Math.min(before.length, after.length);
  if (before.length === after.length) return after.map((_, k) => k);
  let front = 0;
  while (front < shorter - 1 && before[front] === after[front]) front++;
  const back = shorter - front;
  return after.map((_, k) => {
    if (k < front) return k;
    const fromEnd = after.length - k;
    return fromEnd <= back ? before.length - fromEnd : null;
  });
}

/** One layer's description: what `pairs` compares. */
function described(network: Network): string[] {
  const layers: string[] = [];
  for (const gate of network.gates) {
    if (gate.is === "MultiplyGate") layers.push(String(gate.units));
    else if (layers.length) layers[layers.length - 1] += gate.is;
  }
  return layers;
}

/**
 * θ of `after`: the values of `theta`, which is of `before`, wherever a weight goes on, `fresh` values elsewhere.
 *
 * `inputs` says which input of `before` each input of `after` is (−1: a new one).
 */
export function transplanted(before: Network, theta: Float64Array, after: Network, fresh: Float64Array, inputs: number[]): Float64Array {
  const grown = Float64Array.from(fresh);
  const [old, now] = [layered(before), layered(after)];
  pairs(described(before), described(after)).forEach((from, k) => {
    if (from === null) return;
    for (const tensor of now[k]) {
      const source = old[from].find(({ name }) => letter(name) === letter(tensor.name));
      if (!source) continue;
      const first = letter(tensor.name) === "W" && k === 0 && from === 0;
      const [rows, columns] = tensor.shape;
      for (let i = 0; i < rows; i++) {
        const row = first ? inputs[i] : i;
        if (row < 0 || row >= source.shape[0]) continue;
        for (let j = 0; j < Math.min(columns, source.shape[1]); j++)
          grown[tensor.start + i * columns + j] = theta[source.start + row * source.shape[1] + j];
      }
    }
  });
  return grown;
}

/**
 * What frozen weights are called after a change, as layers and inputs are numbered then, and those of them that are gone.
 *
 * `inputs` as for `transplanted`.
 */
export function carried(frozen: string[], before: Network, after: Network, inputs: number[]): { frozen: string[]; gone: string[] } {
  const [old, now] = [layered(before), layered(after)];
  const from = pairs(described(before), described(after));
  const names = frozen.map((weight) => {
    const place = placeOf(before, weight);
    const layer = old.findIndex((each) => each.some(({ start, stop }) => start <= place && place < stop));
    const source = old[layer]?.find(({ stop }) => place < stop);
    const goal = now[from.indexOf(layer)]?.find(({ name }) => source && letter(name) === letter(source.name));
    if (!source || !goal) return null;
    const [rows, columns] = goal.shape;
    const [i, j] = [Math.floor((place - source.start) / source.shape[1]), (place - source.start) % source.shape[1]];
    const first = letter(goal.name) === "W" && layer === 0 && from.indexOf(layer) === 0;
    const row = first ? inputs.indexOf(i) : i;
    return row >= 0 && row < rows && j < columns ? elementOf(goal.name, columns, row * columns + j) : null;
  });
  return { frozen: names.filter((name) => name !== null), gone: frozen.filter((_, k) => names[k] === null) };
}

/** Which input each input was before; −1 for a new one. */
export const inputsFrom = (was: string[], now: string[]) => now.map((name) => was.indexOf(name));

/**
 * What becomes of the run's θ by another plan and other features: it stays, or goes on wherever a weight does. Before any
 * step the first weights are drawn anew, so that the run begins as its address and a reset begin it; edited ones go on.
 */
export async function goingOn(transport: Transport, before: Plan, after: Plan, was: string[], now: string[]): Promise<"keep" | "fresh" | Float64Array> {
  if (same(before.network, after.network) && same(was, now)) return "keep";
  const drawn = ({ network, seed }: Plan) => transport.get("initial", { network, seed });
  const frame = await transport.get("frame");
  const raw = rawOf(frame);
  if (frame.step === 0 && sameNumbers(raw, await drawn(before))) return "fresh";
  const shape = ({ network }: Plan) => tensors(network).map(({ name, shape }) => [name, shape]);
  if (same(shape(before), shape(after)) && same(was, now)) return "keep";
  return transplanted(before.network, raw, after.network, await drawn(after), inputsFrom(was, now));
}

/** Whether two lists of numbers are the same, as far as single precision tells them apart. */
export const sameNumbers = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((value, i) => Math.fround(value) === Math.fround(b[i]));
