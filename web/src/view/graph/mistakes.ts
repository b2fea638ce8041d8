/** Which usual mistake gives exactly the number that somebody has. */

import { LAYERS } from "../../engine/formulas";
import { letter } from "../../page/tensors";
import { type Spot, type Stage } from "./stage";

interface Candidate {
  value: number;
  /** Goes on from "This is what you get if you …". */
  words: string;
}

/** One number through a layer, by the engine's formula. */
function through(is: string, x: number): number {
  const y = new Float64Array(1);
  LAYERS[is].forward({ is }, 1, Float64Array.of(x), y);
  return y[0];
}

/** The mistake that makes `yours` of what is expected, in words, or null. */
export function mistake(
  yours: number,
  expected: number,
  spot: Spot,
  stages: Stage[],
  tolerance: number,
  rows: number,
): string | null {
  const near = (value: number) => Math.abs(value - yours) <= Math.max(tolerance / 2, 1e-9 * Math.abs(yours));
  const plausible = [...candidates(spot, stages), ...always(expected, spot, rows)];
  const found = plausible.find(({ value }) => near(value) && Math.abs(value - expected) > tolerance);
  if (found) return `This is what you get if you ${found.words}.`;
  return Math.abs(yours - expected) < 0.03 * Math.abs(expected) ? "Close: perhaps a number was rounded too early." : null;
}

/** Mistakes of any number. */
function always(expected: number, { what }: Spot, rows: number): Candidate[] {
  return [
    { value: -expected, words: "turn the sign around" },
    { value: expected * rows, words: `forget to divide by the number of rows, ${rows}` },
    { value: expected / rows, words: `divide by the number of rows, ${rows}: here is one row alone` },
    { value: 2 * expected, words: what === "y" ? "forget the factor ½" : "count it twice" },
    { value: expected / 2, words: "halve it" },
    { value: 0, words: "let nothing through" },
  ];
}

function candidates(spot: Spot, stages: Stage[]): Candidate[] {
  const { place, what, index } = spot,
    last = stages.length - 1;
  const stage = stages[place];
  if (what === "y")
    return stage.node.kind === "gate"
      ? forward(stage, stages, index)
      : stage.node.kind === "output"
        ? predicted(stage, index)
        : lost(stage);
  if (what === "dy") return place === last - 2 ? differentiated(stages, index) : passed(stages[place + 1], index);
  return parameter(stage, what.slice(1), index);
}

/** A gate's parameter by its letter. */
const values = (stage: Stage, name: string) => stage.node.parameters.find((each) => letter(each.name) === name)?.value;

function forward(stage: Stage, stages: Stage[], j: number): Candidate[] {
  const { x, y } = stage,
    W = values(stage, "W"),
    b = values(stage, "b");
  if (W) {
    const next = stages[stage.place + 1],
      bias = values(next, "b");
    const read = (at: (i: number) => number) => x.reduce((sum, each, i) => sum + each * at(i), 0);
    return [
      {
        value: read((i) => W[j * x.length + i]),
        words: x.length === y.length ? "multiply by Wᵀ instead of W" : "read W column by column instead of row by row",
      },
      { value: y[j] + (bias?.[j] ?? 0), words: "add the bias already here" },
      { value: y[j] - x[x.length - 1] * W[(x.length - 1) * y.length + j], words: "leave out the last product" },
      { value: y[j] - x[0] * W[j], words: "leave out the first product" },
    ];
  }
  if (b)
    return [
      { value: x[j], words: "forget the bias" },
      { value: x[j] - b[j], words: "subtract the bias" },
    ];
  return [
    { value: x[j], words: `forget the ${stage.node.label}` },
    { value: through("Sigmoid", x[j]), words: "take the sigmoid" },
    { value: through("Tanh", x[j]), words: "take tanh" },
    { value: Math.tan(x[j]), words: "take tan, not tanh" },
    { value: through("ReLU", x[j]), words: "take max(0, x)" },
    { value: Math.exp(x[j]), words: "stop at the exponential" },
  ];
}

/** Of a softmax, or of one sigmoid: p is what the player predicts of the scores s. */
function predicted({ x: s, y: p }: Stage, k: number): Candidate[] {
  const plain = s.reduce((a, b) => a + b, 0);
  return [
    { value: Math.exp(s[k]), words: "forget to divide by the sum of the exponentials" },
    { value: s[k] / plain, words: "forget the exponential" },
    { value: p[k] / (1 - p[k]), words: "leave its own exponential out of the sum" },
    { value: through("Sigmoid", s[k]), words: "take a sigmoid of each score instead of the softmax" },
    { value: p[k] / Math.max(...p), words: "divide by the largest exponential, not by their sum" },
    { value: s[k], words: "take the score itself" },
    { value: Math.log(p[k]), words: "take its logarithm already" },
  ];
}

function lost({ x: p, y, target }: Stage): Candidate[] {
  const [t] = target;
  return [
    { value: y[0] / Math.LN10, words: "take the logarithm to base 10 instead of the natural one" },
    { value: y[0] / Math.LN2, words: "take the logarithm to base 2 instead of the natural one" },
    { value: p[t], words: "take the probability without its logarithm" },
    { value: 1 - p[t], words: "take 1 − p instead of −ln p" },
    ...Array.from(p, (each, k) => ({
      value: -Math.log(each),
      words: `take the probability of class ${k}, but the true class is ${t}`,
    })).filter((_, k) => k !== t),
    { value: -p.reduce((sum, each) => sum + Math.log(each), 0), words: "sum over all classes, not the true one alone" },
  ];
}

function differentiated(stages: Stage[], k: number): Candidate[] {
  const output = stages[stages.length - 2],
    p = output.y,
    [t] = output.target;
  const right = output.dx?.[k] ?? stages[stages.length - 1].dx?.[k] ?? 0;
  return [
    { value: p[k], words: k === t ? "forget to subtract 1 at the true class" : "take another class as the true one" },
    { value: p[k] - 1, words: "subtract 1 at a class that is not the true one" },
    { value: -1 / p[k], words: "differentiate by the probability instead of the score" },
    { value: right * p[k] * (1 - p[k]), words: "multiply by p (1 − p) once more" },
    { value: right / p.length, words: `divide by the number of classes, ${p.length}` },
  ];
}

function passed(stage: Stage, i: number): Candidate[] {
  const { x, y, dx, dy } = stage,
    W = values(stage, "W");
  if (!dx || !dy) return [];
  if (W) {
    const sum = (at: (j: number) => number) => dy.reduce((total, each, j) => total + each * at(j), 0);
    return [
      {
        value: sum((j) => W[j * x.length + i]),
        words: x.length === y.length ? "multiply by W instead of Wᵀ" : "read Wᵀ in the wrong order",
      },
      { value: sum(() => 1), words: "forget the weights" },
      { value: dy[i], words: "pass dy on without the weights" },
    ];
  }
  if (values(stage, "b"))
    return [{ value: dy[i] * (values(stage, "b")![i] ?? 1), words: "multiply by the bias: the derivative of a sum is 1" }];
  const slope = dx[i] / dy[i];
  return [
    { value: dy[i], words: `forget the derivative of ${stage.node.label}` },
    { value: slope, words: "forget to multiply by the gradient that comes from the right" },
    { value: dy[i] * (1 - x[i] ** 2), words: "put x into 1 − y²: it takes the output y" },
    { value: dy[i] * (1 - through("Tanh", y[i]) ** 2), words: "take tanh twice: y is tanh x already" },
    { value: dy[i] * (1 - y[i]), words: "forget the square in 1 − y²" },
    { value: dy[i] * x[i] * (1 - x[i]), words: "put x into y (1 − y): it takes the output y" },
    { value: dy[i] * y[i] * (1 - y[i]), words: "take the derivative of the sigmoid" },
    { value: dy[i] * (1 - y[i] ** 2), words: "take the derivative of tanh" },
    { value: dy[i] * y[i], words: "multiply by the output instead of the derivative" },
  ];
}

function parameter(stage: Stage, name: string, index: number): Candidate[] {
  const { x, y, dy } = stage,
    own = values(stage, name)!;
  if (!dy) return [];
  if (name === "W") {
    const i = Math.floor(index / y.length),
      j = index % y.length;
    const a = Math.floor(index / x.length),
      b = index % x.length;
    return [
      { value: x[b] * dy[a], words: "write dW transposed: dyᵀ x instead of xᵀ dy" },
      { value: dy[j], words: "forget to multiply by the input" },
      { value: x[i], words: "forget to multiply by the gradient that comes from the right" },
      { value: y[j] * dy[j], words: "multiply by the gate's output instead of its input" },
      { value: own[index] * dy[j], words: "multiply by the weight instead of the input" },
    ];
  }
  return [
    { value: x[index] * dy[index], words: "multiply by the input" },
    { value: own[index] * dy[index], words: "multiply by the parameter itself" },
    { value: dy.reduce((sum, each) => sum + each, 0), words: "sum over the units instead of the rows" },
  ];
}
