/** Runs in words and numbers: what they were set to, where they differ, and what they came to. */

import type { Frame, History, Part } from "../protocol";
import { isPart, type Settings } from "../settings";
import { TABLES } from "./points";
import type { Scores } from "./record";

/** A part as Python would write it, without its defaults: `Adam(rate=0.01)`. */
export function written(part: Part | null): string {
  if (!part) return "none";
  const fields = Object.entries(part).filter(([name]) => name !== "is");
  const value = (each: unknown) => (isPart(each) ? written(each) : JSON.stringify(each));
  const inner = fields.find(([, each]) => isPart(each));
  const numbers = fields.filter((each) => each !== inner).map(([name, each]) => `${name} ${value(each)}`);
  return [part.is, ...numbers].join(" ") + (inner ? ` of ${written(inner[1] as Part)}` : "");
}

/** Everything that a run depends on, by name. */
export function facts({ data, features, network, training }: Settings): Map<string, string> {
  const layers = network.layers.map(
    ({ units, layer, norm, dropout }) =>
      `${units} ${written(layer)}${norm ? ", batch norm" : ""}${dropout ? `, dropout ${dropout}` : ""}`,
  );
  return new Map([
    ["data", toldData(data)],
    ["held out", `${Math.round(100 * data.split)} %`],
    ["inputs", features.join(", ")],
    ["layers", layers.join(" → ") || "none"],
    ["output", written(network.output) + (network.scoresLayer ? ` after ${written(network.scoresLayer)}` : "")],
    ["first weights", network.weights ? written(network.weights) : "as the layer recommends"],
    ["first biases", written(network.biases)],
    ["input dropout", `${network.inputDropout}`],
    ["frozen", network.frozen.join(", ") || "none"],
    ["optimizer", written(training.optimizer)],
    ["schedule", written(training.schedule)],
    ["planned for", `${training.epochs} epochs`],
    ["penalty", written(training.penalty)],
    ["batch", training.batch === null ? "all rows" : `${training.batch}`],
    ["gradients", training.sum ? "summed" : "averaged"],
    ["precision", training.precision],
    ["seed", `${training.seed}`],
  ]);
}

function toldData({ kind, rows, noise, arms, seed, points }: Settings["data"]): string {
  if (TABLES.includes(kind)) return `${kind === "own" ? "own table" : kind}, seed ${seed}`;
  if (points) return `${points.length} points by hand around (${[0, 1].map((k) => mean(points.map((each) => each[k]))).join(", ")}), seed ${seed}`;
  return `${kind}${kind === "Spirals" ? ` of ${arms} arms` : ""}, ${rows} rows, noise ${noise}, seed ${seed}`;
}

const mean = (values: number[]) => Number((values.reduce((sum, each) => sum + each, 0) / values.length).toPrecision(6));

/** The facts of a run that was trained by some settings after another: of each what it was, then what it became. */
function factsOf(course: Settings[]): Map<string, string> {
  const all = course.map(facts);
  const values = (name: string) => all.map((each) => each.get(name)!).filter((value, k, them) => value !== them[k - 1]);
  return new Map([...all[0].keys()].map((name) => [name, values(name).join(", then ")]));
}

/** The facts in which some of the runs differ, with each run's. */
export function differences(runs: Settings[][]): { name: string; values: string[] }[] {
  const [first, ...others] = runs.map(factsOf);
  return [...first.keys()]
    .map((name) => ({ name, values: [first, ...others].map((each) => each.get(name)!) }))
    .filter(({ values }) => values.some((value) => value !== values[0]));
}

/** What to call a run: by what differs from another, or by its optimizer. */
export function nameOf(course: Settings[], other: Settings[] | undefined): string {
  const differing = other ? differences([course, other]).map(({ name, values: [own] }) => plain(name, own)) : [];
  return differing.slice(0, 2).join(", ") || factsOf(course).get("optimizer")!;
}

const plain = (name: string, value: string) => (/^[A-Z]/.test(value) || name === "layers" ? value : `${name} ${value}`);

/** The first epoch whose training loss is at or below a level; NaN if there is none. */
export function reached({ number, loss }: History, level: number): number {
  const place = loss.findIndex((each) => each <= level);
  return place < 0 ? NaN : number[place];
}

export interface Result {
  loss: number;
  validLoss: number;
  score: number;
  validScore: number;
  epochs: number;
  seconds: number;
}

/** What a run came to; of one that has not trained yet, nothing but its epoch is a result. */
export function resultOf(frame: Frame, scores: Scores): Result {
  if (frame.step === 0) return { loss: NaN, validLoss: NaN, score: NaN, validScore: NaN, epochs: 0, seconds: NaN };
  const last = (values: number[]) => values[values.length - 1] ?? NaN;
  const { loss, validLoss, number: epochs, seconds } = frame;
  return { loss, validLoss: validLoss ?? NaN, score: last(scores.train), validScore: last(scores.valid), epochs, seconds };
}
