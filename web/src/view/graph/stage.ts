/** The stages of a walk: each node of the chain with what comes in, what goes out, and its formulas. */

import type { Catalogue, Kind, Network, Node, Part } from "../../protocol";
import { letter } from "../../page/tensors";
import type { At, Setting } from "./template";

/** A node of the chain at work on one row. */
export interface Stage {
  /** Its place among the nodes: 0 is the input, the last is the loss. */
  place: number;
  node: Node;
  part: Part | null;
  kind: Kind | null;
  /** What comes in: of the input nothing, of the output the scores, of the loss the predictions. */
  x: Float64Array;
  /** ∂loss/∂x, which the stage passes back. The loss passes it through the output, to the scores. */
  dx: Float64Array | null;
  y: Float64Array;
  dy: Float64Array | null;
  target: number[];
}

/** One number of the walk: `what` is `y` or `dy`, the letter of a parameter, or that with a d before it. */
export interface Spot {
  place: number;
  what: string;
  index: number;
}

export function stages(nodes: Node[], network: Network, catalogue: Catalogue | null, target: number[]): Stage[] {
  const last = nodes.length - 1;
  const known = catalogue === null ? [] : [...catalogue.gates, ...catalogue.layers, ...catalogue.outputs];
  return nodes.map((node, place) => {
    const part = node.kind === "gate" ? network.gates[node.gate] : node.kind === "input" ? null : network.output;
    const source = place === 0 ? null : nodes[place - 1];
    return {
      place,
      node,
      part,
      target,
      kind: known.find((each) => each.is === part?.is) ?? null,
      x: source?.value ?? new Float64Array(),
      dx: (place === last ? nodes[last - 2].gradient : source?.gradient) ?? null,
      y: node.value,
      dy: node.gradient,
    };
  });
}

/** A field of a part: its own, or the default. */
function field(stage: Stage, name: string): number | undefined {
  const own = stage.part?.[name];
  const value = typeof own === "number" ? own : stage.kind?.fields.find((each) => each.name === name)?.default;
  return typeof value === "number" ? value : undefined;
}

/** The target as a distribution over classes, smoothed as the output says. */
function share(stage: Stage, k: number): number {
  const smoothing = field(stage, "smoothing") ?? 0;
  return (k === stage.target[0] ? 1 - smoothing : 0) + smoothing / stage.x.length;
}

/** What the formulas of a stage are about. Numbers that are used are noted in `used`, for whoever wants to show them. */
export function setting(stage: Stage, stages: Stage[], digits: number, used: Spot[] = []): Setting {
  const { node, place } = stage;
  const scores = stages.length - 3;
  const take = (values: ArrayLike<number> | null, spot: Spot) => {
    used.push(spot);
    return values?.[spot.index] ?? NaN;
  };
  function number(name: string, letters: string, at: At): number {
    const own = at.own ?? at.k ?? at.j ?? at.i ?? 0;
    const one = letters === "" ? own : at[letters];
    if (node.kind !== "gate") {
      if (name === "s") return take(stages[scores].y, { place: scores, what: "y", index: one });
      if (name === "p") return take(stages[scores + 1].y, { place: scores + 1, what: "y", index: one });
      if (name === "t") return stage.target[one];
      if (name === "q") return share(stage, one);
      return field(stage, name) ?? NaN;
    }
    const parameter = node.parameters.find((each) => letter(each.name) === name);
    if (parameter) {
      const index = letters.length === 2 ? at[letters[0]] * parameter.shape[1] + at[letters[1]] : one;
      return take(parameter.value, { place, what: name, index });
    }
    const index = letters.length === 2 ? at[letters[0]] * (stage.x.length / stage.y.length) + at[letters[1]] : one;
    if (name === "x") return take(stage.x, { place: place - 1, what: "y", index });
    if (name === "y") return take(stage.y, { place, what: "y", index });
    if (name === "dy") return take(stage.dy, { place, what: "dy", index });
    return field(stage, name) ?? NaN;
  }
  function count(index: string): number {
    if (node.kind !== "gate") return stages[scores].y.length;
    return { i: stage.x.length, j: stage.y.length, g: stage.x.length / stage.y.length }[index] ?? 0;
  }
  return { number, count, digits };
}

/** Where a spot's equation stands: the stage that makes the number, its formula's name, and the indices. */
export function origin(spot: Spot, stages: Stage[]): { stage: Stage; name: string; at: At } | null {
  const { place, what, index } = spot;
  const stage = stages[place];
  const last = stages.length - 1;
  if (what === "y") {
    if (place === 0) return null;
    const name = place === last ? "loss" : place === last - 1 ? "predict" : "forward";
    const at: { [letter: string]: number } = { own: index, i: index, j: index, k: index, t: stage.target[0] };
    if (place === last) delete at.k;
    return { stage, name, at };
  }
  if (what === "dy") {
    if (place >= last - 1) return null;
    const next = stages[place === last - 2 ? last : place + 1];
    const at = passed(next, index);
    const name = next.node.kind === "gate" ? "d_x" : index === at.t && next.kind?.formulas["diff t"] ? "diff t" : "diff";
    return { stage: next, name, at };
  }
  const parameter = stage.node.parameters.find((each) => letter(each.name) === what.slice(1));
  if (parameter === undefined) return null; // a parameter's own value comes from training, not from an equation
  const [rows, columns] = [parameter.shape[0], parameter.shape.at(-1)!];
  const at = rows > 1 ? { own: index, i: Math.floor(index / columns), j: index % columns } : { own: index, i: index, j: index };
  return { stage, name: `d_${what.slice(1)}`, at: columns !== stage.y.length && rows > 1 ? { ...at, own: index } : at };
}

/** The indices of element `index` of what a stage passes back. */
function passed(stage: Stage, index: number): { [letter: string]: number } {
  const pieces = Math.max(1, Math.floor(stage.x.length / stage.y.length));
  const grouped = stage.kind?.formulas.d_x?.includes("_jg@") ?? false;
  const within: { [letter: string]: number } = grouped ? { j: Math.floor(index / pieces), g: index % pieces } : { j: index };
  return { own: index, i: index, k: index, t: stage.target[0], ...within };
}

/** The number at a spot. */
export function valueAt(spot: Spot, stages: Stage[]): number {
  const { node } = stages[spot.place];
  if (spot.what === "y") return node.value[spot.index];
  if (spot.what === "dy") return node.gradient?.[spot.index] ?? NaN;
  const named = node.parameters.find((each) => letter(each.name) === spot.what.replace(/^d(?=.)/, ""));
  const exact = node.parameters.find((each) => letter(each.name) === spot.what);
  return (exact ? exact.value : named?.gradient)?.[spot.index] ?? NaN;
}

/** An index in brackets, as NumPy writes it: W1[0,1]; a vector's needs one number only. */
function element(name: string, shape: number[], index: number): string {
  const columns = shape.at(-1) ?? 1;
  const within = shape.length > 1 && shape[0] > 1 ? `${Math.floor(index / columns)},${index % columns}` : `${index}`;
  return `${name}[${within}]`;
}

/** What a spot is called: `W1[0,1]`, `∂loss/∂W1[0,1]`, `tanh output [2]`. */
export function title(spot: Spot, stages: Stage[]): string {
  const { node } = stages[spot.place];
  const exact = node.parameters.find((each) => letter(each.name) === spot.what);
  if (exact) return element(exact.name, exact.shape, spot.index);
  const named = node.parameters.find((each) => `d${letter(each.name)}` === spot.what);
  if (named) return `∂loss/∂${element(named.name, named.shape, spot.index)}`;
  const of = node.kind === "loss" ? "loss" : node.kind === "input" ? `X[${spot.index}]` : `${node.label} output [${spot.index}]`;
  return spot.what === "dy" ? `∂loss/∂(${of})` : of;
}

export const same = (one: Spot | null, other: Spot | null) =>
  one !== null && other !== null && one.place === other.place && one.what === other.what && one.index === other.index;
