/** The equation of one number of the walk: in letters, and with this row's numbers. */

import { letter } from "../../page/tensors";
import { latex } from "../numbers";
import { origin, setting, type Spot, type Stage, valueAt } from "./stage";
import { type At, type Setting, plugged, symbol, symbolic } from "./template";

export interface Equation {
  letters: string;
  numbers: string;
  /** What stands on the right of the numbers. */
  used: Spot[];
}

/** Left sides: of a forward, a loss, a prediction, what goes back; each with the letters of its indices. */
const LEFT: { [name: string]: [string, string] } = {
  forward: ["y", "j"],
  predict: ["p", "k"],
  loss: ["\\ell", ""],
  diff: ["\\mathrm{d}s", "k"],
  "diff t": ["\\mathrm{d}s", "k"],
  d_x: ["\\mathrm{d}x", "i"],
};

/** A list of equations has few digits, to be read at a glance; who looks at one of them gets more. */
export function equation(spot: Spot, stages: Stage[], digits = 3): Equation | null {
  const made = origin(spot, stages);
  const template = made?.stage.kind?.formulas[made.name];
  if (!made || template === undefined) return null;
  const used: Spot[] = [];
  const own = { ...made.at };
  const given = setting(made.stage, stages, digits, used);
  let exact = true;
  const number: Setting["number"] = (...of) => {
    const x = given.number(...of);
    exact &&= isWhole(x, digits);
    return x;
  };
  const right = plugged(template, { ...given, number }, own);
  const result = valueAt(spot, stages);
  const value = latex(result, Math.max(4, digits));
  const sign = exact && isWhole(result, Math.max(4, digits)) ? "=" : "\\approx";
  const [letters, numbers] = left(made.name, made.stage, own, template);
  const plain = /^(\\left\()?-?[\d.]+(\\right\))?$/.test(right);
  return { letters: `${letters} = ${symbolic(template, made.stage.kind)}`, numbers: `${numbers} = ${plain ? "" : `${right} ${sign} `}${value}`, used };
}

/** Whether so many digits are all that a number has: with rounded ones the sides of an equation are only about the same. */
const isWhole = (x: number, digits: number) => Number(x.toPrecision(digits)) === x;

/** The left side in letters, and with its indices. */
function left(name: string, stage: Stage, at: At, template: string): [string, string] {
  const found = LEFT[name];
  if (found) {
    const [text, letter] = found;
    const index = letter === "" ? "" : `_{${at[letter]}}`;
    const own = letter === "" || !/@\w+_\w+@/.test(template) ? "" : `_{${name === "diff t" ? "t" : letter}}`;
    return [text + own, text + index];
  }
  const parameter = name.slice(2),
    shape = stage.node.parameters.find((each) => letter(each.name) === parameter)?.shape ?? [];
  const matrix = shape.length > 1 && shape[0] > 1;
  const text = `\\mathrm{d}${symbol(parameter, null).replace(/^(\w)/, " $1")}`;
  return matrix || name === "d_W" ? [`${text}_{ij}`, `${text}_{${at.i},${at.j}}`] : [text, `${text}_{${at.own}}`];
}

/** The spots that a stage makes on its way forward, or passes on going back, a list for each receiver. */
export function made(stage: Stage, stages: Stage[], back: boolean): { head: string; spots: Spot[] }[] {
  const { place, node } = stage,
    last = stages.length - 1;
  const every = (values: ArrayLike<number>, at: number, what: string): Spot[] =>
    Array.from({ length: values.length }, (_, index) => ({ place: at, what, index }));
  if (!back) return [{ head: node.kind === "input" ? "The row" : "Output", spots: every(stage.y, place, "y") }];
  const to = place === last ? last - 2 : place - 1;
  const receiver = to === 0 ? "the input" : place === last ? `the scores (${stages[to].node.label})` : stages[to].node.label;
  const groups = stage.dx === null ? [] : [{ head: `To ${receiver}`, spots: every(stage.dx, to, "dy") }];
  for (const { name, gradient } of node.parameters)
    if (gradient) groups.push({ head: `To ${name}`, spots: every(gradient, place, `d${letter(name)}`) });
  return groups;
}
