/** Why training stopped by itself: this engine looks, and says what Python says; words and order are printed from there. */

import { DIVERGENCE, SETTINGS } from "../engine/formulas";
import { named } from "../engine/parts";
import type { Run, Standing } from "../engine/run";
import { lowerRate } from "../engine/schedules";
import type { Trouble } from "../protocol";
import { shown } from "./checks";
import { word } from "./look";

type Facts = { [name: string]: number | string };

/** Whether the last step of a run left finite numbers. */
export function sane(run: Run): boolean {
  const largest = DIVERGENCE.largest[run.plan.precision];
  return Number.isFinite(run.objective) && run.descent.theta.every((each) => Math.abs(each) < largest);
}

/** What to tell of whatever else ended training. */
export function failed(problem: unknown): Trouble {
  const message = (problem instanceof Error && problem.message) || String(problem);
  return { kind: "failed", message, cause: DIVERGENCE.failed };
}

/**
 * What to tell of a run that diverged some steps after `good`: there it stands again. `back` says where it goes on;
 * `given` are the weights that somebody gave it last.
 */
export function diverged(run: Run, good: Standing, given: Float64Array | null): Trouble {
  run.goOn(good);
  let before = good;
  for (run.advance(); sane(run); run.advance()) before = run.stand();
  const after = run.descent.theta.slice();
  run.goOn(before);
  const facts = { epoch: run.number + 1, step: run.step + 1, fault: firstFault(run, after) };
  const happened = said(DIVERGENCE.happened, facts), cause = toldSigns(signs(run, given));
  run.goOn(good);
  return { kind: "diverged", message: `T${happened.slice(1)}`, cause };
}

/** Where a run stands that has diverged. */
export const back = (step: number) => said(DIVERGENCE.back, { step });

/** The first number that is not finite on the way forth to the loss and back, or what the step makes too large. */
function firstFault(run: Run, after: ArrayLike<number> & { subarray(start: number, stop: number): ArrayLike<number> }): string {
  const { chain, descent, plan, rows } = run, { pass, theta, penalty } = descent, end = { name: word(chain.output.name) };
  const fault = (kind: string, facts: Facts) => said(DIVERGENCE.faults[kind], facts);
  pass.forward(rows, { seed: plan.seed, step: run.step, gate: 0 });
  const burst = chain.gates.findIndex((gate, k) => !Number.isFinite(largest(pass.values[k + 1], rows * gate.width)));
  if (burst >= 0) return fault("output", { name: listed(run, burst) });
  if (!Number.isFinite(descent.judge(rows, plan.sum ? rows : 1))) return fault("loss", end);
  const decay = { name: word(plan.penalty?.is ?? "") };
  if (penalty && !Number.isFinite(penalty.value(theta))) return fault("penalty", decay);
  if (!Number.isFinite(largest(pass.slopes[chain.gates.length], rows * chain.scores))) return fault("slope", end);
  pass.backward(rows);
  const sizes = chain.gates.map((_, k) => (k ? largest(pass.slopes[k], rows * chain.widths[k]) : 0));
  for (const { gate, start, stop } of chain.placed) sizes[gate] += largest(pass.gradient.subarray(start, stop));
  const wrong = sizes.findLastIndex((each) => !Number.isFinite(each)), slope = new Float64Array(chain.size);
  if (wrong >= 0) return fault("gradient", { name: listed(run, wrong) });
  penalty?.add(theta, 1, slope);
  if (!Number.isFinite(largest(slope))) return fault("decay", decay);
  const grown = chain.placed.map(({ start, stop }) => largest(after.subarray(start, stop)));
  const most = grown.findIndex((each) => Number.isNaN(each) || each === Math.max(...grown));
  return fault("update", { name: listed(run, chain.placed[most].gate), size: grown[most] });
}

/** What is measured of each sign, by a look at the weights and rows of the step that failed. */
function signs(run: Run, given: Float64Array | null): { [sign: string]: Facts } {
  const { chain, descent, plan, rows } = run, { pass, rate } = descent, { targets } = chain.output, D = chain.widths[0];
  const columns = Array.from({ length: D }, (_, j) => largest(pass.values[0].filter((_, i) => i % D === j && i < rows * D)));
  const size = Math.max(...columns), found: { [sign: string]: Facts } = { column: { column: columns.indexOf(size), size } };
  if (targets.some((classes) => !classes)) found.targets = { size: largest(descent.targets, rows * targets.length) };
  if (given) found.start = { size: largest(given), name: entry(run, given) };
  pass.forward(rows, null);
  const sizes = chain.gates.map((gate, k) => largest(pass.values[k + 1], rows * gate.width));
  const grown = sizes.findIndex((each) => !(each < DIVERGENCE.huge));
  if (grown >= 0) found.outputs = { name: word(chain.gates[grown].part.is), size: sizes[grown] };
  descent.judge(rows, rows);
  found.slopes = { size: largest(pass.slopes[chain.gates.length], rows * chain.scores) };
  if (plan.sum) found.sum = { rows };
  const usual = SETTINGS.optimizers[descent.layers[descent.layers.length - 1].is]?.rate?.default;
  return { ...found, rate: { rate, lower: lowerRate(rate, usual) } };
}

function toldSigns(measured: { [sign: string]: Facts }): string {
  const told: string[] = [];
  for (const [name, { words, alone }] of Object.entries(DIVERGENCE.signs)) {
    const facts = measured[name];
    if (!facts || Number(facts.size ?? DIVERGENCE.huge) < DIVERGENCE.huge) continue;
    told.push(said(words, facts));
    if (alone) break;
  }
  return told.join(" ");
}

/** A gate's name and its parameters, and its place. */
function listed({ chain }: Run, gate: number): string {
  const owned = chain.placed.filter((each) => each.gate === gate && each.trained).map(({ name }) => name);
  return `gate ${gate + 1} (${[word(chain.gates[gate].part.is), ...owned].join(" ")})`;
}

/** The name of the largest weight. */
function entry({ chain }: Run, theta: Float64Array): string {
  const most = largest(theta), index = theta.findIndex((each) => Math.abs(each) === most);
  const { name, start, shape: [, columns] } = chain.placed.find(({ stop }) => index < stop)!;
  return `${name}[${Math.floor((index - start) / columns)},${(index - start) % columns}]`;
}

function largest(values: ArrayLike<number>, count = values.length): number {
  let most = 0;
  for (let i = 0; i < count; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/** A sentence of Python's with its facts: `{name}`, `{rows:,}`, `{rate:g}`, `{size:.2g}`. */
function said(words: string, facts: Facts): string {
  return words.replace(/\{(\w+)(?::(?:(,)|\.?(\d*)g))?\}/g, (_, name: string, comma?: string, digits?: string) => {
    const fact = facts[name];
    if (typeof fact === "string" || (comma ?? digits) === undefined) return String(fact);
    return comma ? shown(fact) : general(fact, Number(digits || 6));
  });
}

/** A number with so many digits, as C's `%g` has it. */
function general(x: number, digits: number): string {
  if (!Number.isFinite(x)) return named(x);
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e"), power = Number(exponent);
  if (power >= -4 && power < digits) return String(Number(x.toPrecision(digits)));
  return `${Number(mantissa)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
