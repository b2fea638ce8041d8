/** How training fares, layer by layer, computed from a frame: ratios of updates, dead units, sizes of gradients; and what it means. */

import { SATURATION } from "../engine/formulas";
import { type Frame, type Network, rawOf } from "../protocol";
import { type Tensor, tensors, widths } from "./tensors";

/** A finding: what good looks like, what is so now, and whether that is a worry. */
export interface Finding {
  good: string;
  now: string;
  worry: boolean;
}

const norm = (values: ArrayLike<number>, { start, stop }: { start: number; stop: number }) => {
  let squares = 0;
  for (let i = start; i < stop; i++) squares += values[i] ** 2;
  return Math.sqrt(squares);
};

/** A number for each of some tensors. */
export interface Rated {
  tensor: Tensor;
  value: number;
}

/** ‖last update‖ / ‖values‖ of every trained tensor; NaN before the first step, and where all values are 0. */
export function updateRatios(network: Network, frame: Frame): Rated[] {
  const { update } = frame;
  const ratio = (tensor: Tensor) => (update ? norm(update, tensor) / norm(rawOf(frame), tensor) : NaN);
  return trained(network).map((tensor) => ({ tensor, value: finite(ratio(tensor)) }));
}

/** The size of ∂J/∂ a value, root mean square, of every trained tensor. */
export function gradientSizes(network: Network, { gradient }: Frame): Rated[] {
  return trained(network).map((tensor) => ({
    tensor,
    value: gradient ? norm(gradient, tensor) / Math.sqrt(tensor.stop - tensor.start) : NaN,
  }));
}

const trained = (network: Network) => tensors(network).filter((tensor) => tensor.trained);
const finite = (value: number) => (Number.isFinite(value) ? value : NaN);

/**
 * One activation of the chain: which gate, which layer of the network it belongs to, how many units it takes, and how
 * many it puts out: of maxout's pieces only the largest.
 */
export interface Activation {
  gate: number;
  layer: number;
  is: string;
  units: number;
  out: number;
}

const NO_ACTIVATION = ["MultiplyGate", "AddGate", "BatchNorm", "Dropout"];

export function activationsIn(network: Network): Activation[] {
  const columns = widths(network);
  let layer = 0;
  return network.gates.flatMap(({ is }, gate) => {
    layer += +(is === "MultiplyGate");
    return NO_ACTIVATION.includes(is) ? [] : [{ gate, layer, is, units: columns[gate], out: columns[gate + 1] }];
  });
}

/** The values of gates that are asked for: what their activations pass back, by which `dead` decides. */
export const slopesOf = (layers: Activation[]) => ({ gates: layers.map(({ gate }) => gate + 1), slopes: true });

/**
 * The units that learn from hardly a row: `zero`, with slope 0 on every row, as Python's `Monitor` decides; and `flat`, of
 * a layer whose curve is flat at both ends, nearly 0 on more than 99 % of rows. A ReLU that is on in few rows learns from these.
 */
export function dead({ is, units }: Activation, slopes: ArrayLike<number>): { zero: number[]; flat: number[] } {
  const rows = slopes.length / units;
  const saturates = SATURATION.layers.includes(is);
  const zero: number[] = [];
  const flat: number[] = [];
  for (let unit = 0; unit < units; unit++) {
    let zeros = 0;
    let ends = 0;
    for (let at = unit; at < slopes.length; at += units) {
      zeros += +(slopes[at] === 0);
      ends += +(Math.abs(slopes[at]) < SATURATION.flat);
    }
    if (zeros === rows) zero.push(unit);
    else if (saturates && ends > 0.99 * rows) flat.push(unit);
  }
  return { zero, flat };
}

export function aboutUpdates(ratios: Rated[], frame: Frame): Finding {
  const { step, update } = frame;
  const good = "each step moves weights by about a thousandth of their size (10⁻³).";
  const named = (found: Rated[]) => found.map(({ tensor }) => tensor.name).join(", ");
  const all = ratios.filter(({ tensor }) => tensor.name.startsWith("W"));
  const weights = all.filter(({ value }) => value >= 0);
  const zero = all.filter(({ tensor }) => norm(rawOf(frame), tensor) === 0);
  const large = weights.filter(({ value }) => value > 3e-2);
  const small = weights.filter(({ value }) => value < 1e-5);
  if (!step) return { good, now: "No step has been taken yet.", worry: false };
  if (!update) return { good, now: "The last step is not known: a recording holds none, and another network has taken none.", worry: false };
  if (zero.length) {
    const still = zero.every(({ tensor }) => norm(update, tensor) === 0);
    return { good, now: `${named(zero)}: all weights are 0${still ? ", and the last step moved none of them" : ""}.`, worry: true };
  }
  if (large.length)
    return { good, now: `${named(large)}: steps are large for these weights; try a lower rate.`, worry: true };
  if (small.length)
    return { good, now: `${named(small)}: steps are tiny; training is done or crawls, then a higher rate helps.`, worry: true };
  return { good, now: "all weights move at a healthy pace.", worry: false };
}

export function aboutUnits(layers: { activation: Activation; zero: number[]; flat: number[] }[]): Finding {
  const good = "every unit answers differently to different rows.";
  const named = (units: number[]) => units.map((unit) => unit + 1).join(", ");
  const said = layers.flatMap(({ activation: { layer, units, out }, zero, flat }) => {
    const each = units === out ? "units" : "pieces";
    const of = (found: number[]) => `${found.length} of ${units} ${each} of layer ${layer} (${named(found)})`;
    return [
      ...(zero.length
        ? [`${of(zero)} ${zero.length > 1 ? "are" : "is"} dead: of slope 0 on every row, so no gradient reaches the weights into it.`]
        : []),
      ...(flat.length
        ? [`${of(flat)} ${flat.length > 1 ? "are" : "is"} saturated: at the flat end of its curve on more than 99 % of rows, so it hardly learns.`]
        : []),
    ];
  });
  return { good, now: said.join(" ") || "no unit is dead or saturated.", worry: said.length > 0 };
}

export function aboutGradients(sizes: Rated[]): Finding {
  const good = "all layers receive gradients of a similar size.";
  const weights = sizes.filter(({ tensor, value }) => tensor.name.startsWith("W") && value >= 0);
  if (weights.length < 2) return { good, now: "", worry: false };
  const [first, last] = [weights[0], weights[weights.length - 1]];
  const ratio = first.value / last.value;
  const compared = `${first.tensor.name} receives ${ratio < 1 ? "1/" : ""}${times(ratio < 1 ? 1 / ratio : ratio)} of what ${last.tensor.name} does`;
  if (last.value === 0) return { good, now: "No weight receives any gradient: nothing is learned.", worry: true };
  if (first.value === 0) return { good, now: `${first.tensor.name} receives no gradient at all.`, worry: true };
  if (ratio < 1e-2) return { good, now: `Vanishing: ${compared}.`, worry: true };
  if (ratio > 1e2) return { good, now: `Exploding: ${compared.replace(" of what", " times what")}.`, worry: true };
  return { good, now: "gradients reach every layer.", worry: false };
}

const times = (value: number) => `${+value.toPrecision(2)}`;
