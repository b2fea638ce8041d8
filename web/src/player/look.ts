/** What is shown of where training stands: values, gradients, one row's walk through the graph, the loss around it. */

import { LIMITS, WEIGHTS } from "../engine/formulas";
import { Pass, type Chain } from "../engine/chain";
import type { Numbers } from "../engine/parts";
import { Philox, Random } from "../engine/philox";
import type { Run } from "../engine/run";
import type { Node, Watch } from "../protocol";
import { examples, real, whole } from "./checks";

/** The values by name, of the gates that the network has. */
export function values(run: Run, watch: Watch): { [name: string]: Float32Array[] } {
  const told: { [name: string]: Float32Array[] } = {};
  for (const [name, wanted] of Object.entries(watch.values)) told[name] = valuesOf(run, wanted);
  return told;
}

function valuesOf(run: Run, { rows, gates, slopes = false }: Watch["values"][string]): Float32Array[] {
  const { chain } = run, given = typeof rows === "string" ? run[rows] : null;
  const X = typeof rows === "string" ? given?.X : rows.columns === chain.widths[0] ? rows.data : undefined;
  const count = X ? X.length / chain.widths[0] : 0, last = chain.gates.length;
  const first = slopes ? 1 : -1, widths = slopes ? [0, ...chain.widths] : chain.widths;
  const width = (gate: number) => (gate > last || gate < first ? 0 : gate === -1 ? chain.scores : widths[gate]);
  const told = gates.map((gate) => new Float32Array(count * width(gate)));
  if (!X) return told;
  function shown(pass: Pass, gate: number, n: number): Numbers {
    if (slopes) return pass.passedBack(gate - 1, n);
    if (gate >= 0) return pass.values[gate];
    const predictions = new Float64Array(n * chain.scores);
    chain.output.predict(n, pass.scores, predictions);
    return predictions;
  }
  run.predict(run.weights, X, count, (pass, row, n) =>
    gates.forEach((gate, k) => {
      const columns = width(gate);
      if (columns) told[k].set(shown(pass, gate, n).subarray(0, n * columns), row * columns);
    }));
  return told;
}

/** ∂J/∂θ over all training rows, which pass as in prediction; J is the objective that training reports. */
export function gradient(run: Run): Float64Array {
  const { chain, train, descent } = run, sum = new Float64Array(chain.size), most = Math.min(train.count, 512);
  const pass = new Pass(chain, descent.theta.slice(), most), T = chain.output.targets.length, D = chain.widths[0];
  for (let first = 0; first < train.count; first += most) {
    const n = Math.min(most, train.count - first);
    pass.values[0].set(train.X.subarray(first * D, (first + n) * D));
    back(pass, n, train.t.subarray(first * T, (first + n) * T), 1 / train.count);
    for (let i = 0; i < sum.length; i++) sum[i] += pass.gradient[i];
  }
  descent.penalty?.add(descent.theta, run.penaltyShare, sum);
  return sum;
}

/** Forward and backward of n rows whose losses have this share; return the sum of the losses. */
function back(pass: Pass, n: number, t: Numbers, share: number): number {
  const losses = new Float64Array(n), d = pass.slopes[pass.slopes.length - 1];
  pass.forward(n, null);
  pass.chain.output.judge(n, pass.scores, t, losses, d);
  for (let i = 0; i < n * pass.chain.scores; i++) d[i] *= share;
  pass.backward(n, true);
  return losses.reduce((sum, each) => sum + each, 0);
}

/** The graph's nodes with the numbers of one row, forward and backward. */
export function walk(chain: Chain, theta: Float64Array, row: number[], target: number[]): Node[] {
  const lone = (values: number[]) => ({ data: Float64Array.from(values), columns: values.length });
  examples(chain, { X: lone(row), y: lone(target) });
  const pass = new Pass(chain, theta, 1);
  pass.values[0].set(row);
  const loss = back(pass, 1, Float64Array.from(target), 1);
  const copy = (values: Numbers) => Float64Array.from(values);
  const predictions = new Float64Array(chain.scores);
  chain.output.predict(1, pass.scores, predictions);
  const flowing = (kind: Node["kind"], gate: number, label: string, place: number): Node =>
    ({ kind, gate, label, value: copy(pass.values[place]), gradient: copy(pass.slopes[place]), parameters: [] });
  const nodes = [flowing("input", -1, "X", 0)];
  chain.gates.forEach((gate, k) => {
    const node = flowing("gate", k, word(gate.part.is), k + 1);
    for (const { name, shape, start, stop, trained } of chain.placed.filter((each) => each.gate === k)) {
      const [value, slope] = [copy(theta.subarray(start, stop)), copy(pass.gradient.subarray(start, stop))];
      node.parameters.push({ name, shape: [...shape], value, gradient: trained ? slope : null });
    }
    nodes.push(node);
  });
  const end = { gate: -1, gradient: null, parameters: [] };
  nodes.push({ ...end, kind: "output", label: word(chain.output.name), value: predictions });
  return [...nodes, { ...end, kind: "loss", label: "loss", value: Float64Array.of(loss) }];
}

/** The short name of a gate or an output: its class's in lower case, in words. */
export function word(name: string): string {
  const words = name.replace(/Gate$/, "").replace(/(?<=[a-z]{2})(?=[A-Z])/g, " ").toLowerCase();
  return words === "multiply" ? "mul" : words;
}

/** J on a square around θ, along two random directions that are as long in every tensor as θ is (Li et al. 2018). */
export async function landscape(run: Run, size: number, span: number, seed: number, rest: () => Promise<void>) {
  whole("size", size, 2), whole("seed", seed, 0), real("span", span, 0);
  if (size > LIMITS.landscape) {
    throw new Error(`a landscape has 2 … ${LIMITS.landscape} points along a side, but ${size} were asked for`);
  }
  const { chain, train, reached: number } = run, theta = Float64Array.from(run.weights), penalty = run.descent.penalty;
  const random = new Random(new Philox(seed, WEIGHTS));
  const directions = [0, 1].map(() => {
    const direction = new Float64Array(chain.size);
    for (const { start, stop, trained } of chain.placed) {
      if (!trained) continue;
      const drawn = Float64Array.from({ length: stop - start }, () => random.normal());
      const length = norm(theta.subarray(start, stop)) / Math.max(norm(drawn), 1e-300);
      drawn.forEach((each, i) => (direction[start + i] = each * length));
    }
    return direction;
  });
  const stride = Math.ceil(train.count / LIMITS.seenRows), D = chain.widths[0], T = chain.output.targets.length;
  const every = (values: Numbers, columns: number) =>
    values.filter((_, i) => Math.floor(i / columns) % stride === 0) as Numbers;
  const seen = { count: Math.ceil(train.count / stride), X: every(train.X, D), t: every(train.t, T) };
  const losses = new Float64Array(size * size), at = (k: number) => -span + (2 * span * k) / (size - 1);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const there = theta.map((each, j) => each + at(i) * directions[0][j] + at(k) * directions[1][j]);
      losses[i * size + k] = run.meanLoss(there, seen) + (penalty?.value(there) ?? 0) * run.penaltyShare;
    }
    await rest();
  }
  return { losses, size, span, number };
}

const norm = (values: Float64Array): number => Math.sqrt(values.reduce((sum, each) => sum + each * each, 0));
