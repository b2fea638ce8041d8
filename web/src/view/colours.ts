/** Colours of numbers and classes: Okabe and Ito's, which the colour-blind tell apart; orange − white − blue for − 0 +. */

export type Colour = [red: number, green: number, blue: number];

/** What tells of the theme; the colours below are those of the one that is chosen now. */
export const dark = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;

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

const PAPER: Colour = [247, 247, 245];
const NIGHT: Colour = [30, 34, 40];

/** What zero and indecision look like. */
export const neutral = (): Colour => (dark?.matches ? NIGHT : PAPER);

/** A colour between two. */
export function between(from: Colour, to: Colour, share: number): Colour {
  const mixed = (k: 0 | 1 | 2) => Math.round(from[k] + (to[k] - from[k]) * share);
  return [mixed(0), mixed(1), mixed(2)];
}

const STEPS = 255;
const known = new Map<string, Colour[]>();

/** Shades from one colour to another: pictures have ten thousands of pixels a frame, and take theirs from here. */
function shades(from: Colour, to: Colour): Colour[] {
  const name = `${from}-${to}`;
  let found = known.get(name);
  if (!found) known.set(name, (found = Array.from({ length: STEPS + 1 }, (_, k) => between(from, to, k / STEPS))));
  return found;
}

const UNKNOWN: Colour = [128, 128, 128];

/** From −1 … 1 to a colour; what lies beyond has the colour of the end. */
export function divergingFrom(middle: Colour): (value: number) => Colour {
  const [below, above] = [shades(middle, negative()), shades(middle, positive())];
  return (value) => {
    const place = Math.round(STEPS * Math.min(1, Math.abs(value)));
    return (value < 0 ? below : above)[place] ?? UNKNOWN;
  };
}

/** The colour of one value of −1 … 1. */
export const diverging = (value: number, middle = neutral()): Colour => divergingFrom(middle)(value);

/** From a probability to a colour that is the stronger the surer. */
export function towards(to: Colour, middle = neutral()): (share: number) => Colour {
  const found = shades(middle, to);
  return (share) => found[Math.round(STEPS * Math.min(1, Math.max(0, share)))] ?? UNKNOWN;
}

/** Predictions of several classes, from a start: the likeliest's colour; `discretized`: as if it were certain. */
export function likeliestOf(classes: number, discretized: boolean, middle: Colour): (predictions: ArrayLike<number>, start: number) => Colour {
  const strength = Array.from({ length: classes }, (_, k) => towards(classColour(k), middle));
  return (predictions, start) => {
    let [best, most, second] = [0, predictions[start], -Infinity];
    for (let k = 1; k < classes; k++) {
      const value = predictions[start + k];
      if (value > most) [best, most, second] = [k, value, most];
      else if (value > second) second = value;
    }
    const sure = discretized ? 1 : Math.min(1, Math.max(0, most - second));
    return strength[best](0.12 + 0.63 * sure);
  };
}
