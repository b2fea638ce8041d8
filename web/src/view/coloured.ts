/** What colour a prediction over the plane, or a target, has: by class, or by value between the targets' bounds. */

import { classColour, type Colour, divergingFrom, likeliestOf, neutral } from "./colours";

/** The lowest and the highest of the targets. */
export function boundsOf(targets: Float64Array): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of targets) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}

/** The middle and half the spread of the targets: what −1 … 1 of the colours stands for. */
function scaleOf(targets: Float64Array): (value: number) => number {
  const [low, high] = boundsOf(targets);
  const half = (high - low) / 2 || 1;
  return (value) => (value - (low + high) / 2) / half;
}

export function colouredTarget(classes: string[] | null, targets: Float64Array): (y: number) => Colour {
  const [scale, diverging] = [scaleOf(targets), divergingFrom(neutral())];
  return classes ? classColour : (y) => diverging(scale(y));
}

/** The colour of the i-th of size × size places, from the predictions there; `steps`: in few shades. */
export function coloured(
  values: Float32Array,
  size: number,
  classes: string[] | null,
  targets: Float64Array,
  steps = false,
  middle = neutral(),
): (i: number) => Colour {
  const columns = values.length / size ** 2;
  const diverging = divergingFrom(middle);
  if (!classes) {
    const scale = scaleOf(targets);
    const stepped = (value: number) => (steps ? Math.round(value * 4) / 4 : value);
    return (i) => diverging(0.75 * stepped(scale(values[i * columns])));
  }
  const likeliest = likeliestOf(columns, steps, middle);
  if (columns > 1) return (i) => likeliest(values, i * columns);
  const sure = (p: number) => (steps ? Math.sign(p - 0.5) : 2 * p - 1);
  return (i) => diverging(0.75 * sure(values[i]));
}
