/** Colours of numbers and classes: Okabe and Ito's, which the colour-blind tell apart; orange − white − blue for − 0 +. */

export type Colour = [red: number, green: number, blue: number];

const dark = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;

const ORANGE: Colour = [230, 159, 0];
const BLUE: Colour = [0, 114, 178];
const BLUE_ON_DARK: Colour = [58, 150, 214];
const OTHERS: Colour[] = [[0, 158, 115], [204, 121, 167], [86, 180, 233], [213, 94, 0], [240, 228, 66], [120, 94, 240], [150, 150, 150], [140, 90, 40]];

/** What is low, negative, or class 0, and what is high, positive, or class 1. */
export const negative = (): Colour => ORANGE;
export const positive = (): Colour => (dark?.matches ? BLUE_ON_DARK : BLUE);

export const css = ([red, green, blue]: Colour) => `rgb(${red} ${green} ${blue})`;

export function classColour(k: number): Colour {
  return k === 0 ? negative() : k === 1 ? positive() : OTHERS[(k - 2) % OTHERS.length];
}

/** What zero and indecision look like. */
export const neutral = (): Colour => (dark?.matches ? [30, 34, 40] : [247, 247, 245]);

/** A colour between two. */
export function between(from: Colour, to: Colour, share: number): Colour {
  return [0, 1, 2].map((k) => Math.round(from[k] + (to[k] - from[k]) * share)) as Colour;
}

/** A value of −1 … 1; what lies beyond has the colour of the end. */
export function diverging(value: number, middle = neutral()): Colour {
  const share = Math.min(1, Math.abs(value));
  return Number.isNaN(share) ? [128, 128, 128] : between(middle, value < 0 ? negative() : positive(), share);
}

/** Probabilities of classes: the likeliest's colour, the stronger the surer; `discretized`: as if it were certain. */
export function likeliest(predictions: ArrayLike<number>, start: number, classes: number, discretized: boolean, middle = neutral()): Colour {
  let best = 0;
  let most = predictions[start];
  let second = -Infinity;
  for (let k = 1; k < classes; k++) {
    const value = predictions[start + k];
    if (value > most) [best, most, second] = [k, value, most];
    else if (value > second) second = value;
  }
  const sure = discretized ? 1 : Math.min(1, Math.max(0, most - second));
  return between(middle, classColour(best), 0.12 + 0.63 * sure);
}
