/** The Python that recreates a run: its data, its network and first weights, and every stretch of training. */

import { IN_PYTHON } from "../page/features";
import { type Parts, split } from "../page/points";
import { same } from "../page/same";
import type { Catalogue, Change, Examples, Frame, Plan } from "../protocol";
import type { Settings } from "../settings";
import { array, Code, matrix, number } from "./code";
import { stretches } from "./stretches";

export interface Run {
  catalogue: Catalogue;
  settings: Settings;
  /** All rows before the split, with raw inputs. */
  points: Examples;
  /** The names of their columns. */
  inputs: string[];
  /** Which of them are trained on, and which are held out. */
  parts: Parts;
  /** What the player has now: its rows are those of the settings. */
  plan: Plan;
  changes: Change[];
  /** The first θ that the seed draws for the first change's network. */
  initial: Float64Array;
  frame: Frame;
}

export function asPython(run: Run): string {
  const code = new Code(run.catalogue);
  const { frame, settings } = run;
  const body = [...data(run, code), "", ...stretches(run, code)];
  const trained = frame.step > 0;
  const said = trained ? `On the page: ${number(frame.loss)} after ${number(frame.number)} epochs.` : "On the page nothing was trained yet.";
  return [
    `"""A run of mlnn's live page, again: ${settings.data.kind}, ${plural(settings.network.layers.length, "hidden layer")}.`,
    "",
    said,
    `"""`,
    "",
    "import numpy as np",
    "",
    "import mlnn",
    code.imports,
    "",
    ...body,
    "",
  ].join("\n");
}

const plural = (count: number, thing: string) => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** Rows and targets, as features, parted into those to train on and those to judge by. */
function data({ catalogue, settings, points, inputs, parts, plan }: Run, code: Code): string[] {
  const { kind, rows, noise, seed, arms, points: byHand } = settings.data;
  const set = byHand ? undefined : catalogue.points.find(({ is }) => is === kind);
  const lines: string[] = [];
  if (set) {
    const part = code.part(set.fields.some(({ name }) => name === "arms") ? { is: kind, arms } : { is: kind }, "points");
    lines.push(`X, y = ${code.name("mlnn.play.points", "points")}(${part}, rows=${rows}, noise=${number(noise)}, seed=${seed})`);
  } else {
    const whole = points.y.data.every(Number.isInteger);
    lines.push(`X = ${matrix(points.X)}`, `y = ${array(points.y.data, points.y.columns, whole)}`);
  }
  lines.push(...features(settings.features, inputs));
  if (plan.train.y.columns > points.y.columns) lines.push(`y = np.eye(${plan.train.y.columns})[y]  # a column of 0 and 1 for each class`);
  if (parts.valid.length) lines.push(...parted(parts, settings.data, code));
  return lines;
}

/** The columns that the network is given: some of the inputs, or what is computed of x1 and x2. */
function features(names: string[], inputs: string[]): string[] {
  if (same(names, inputs)) return [];
  const columns = names.map((name) => inputs.indexOf(name));
  if (!columns.includes(-1)) return [`X = X[:, [${columns.join(", ")}]]`];
  return ["x1, x2 = X.T", `X = np.column_stack([${names.map((name) => IN_PYTHON[name]).join(", ")}])`];
}

/** The rows to train on and to judge by: as the settings part them, or one by one where they were given otherwise. */
function parted({ train, valid }: Parts, data: Settings["data"], code: Code): string[] {
  const usual = split(train.length + valid.length, data.split, data.seed);
  if (usual.valid.join() !== valid.join()) return [`train, held_out = ${places(train)}, ${places(valid)}`];
  const held = valid.length;
  return [
    `order = ${code.name("mlnn.training", "Dealt")}(${data.seed})(0, len(X))`,
    `held_out, train = np.sort(order[:${held}]), np.sort(order[${held}:])`,
  ];
}

/** Ascending row numbers. */
function places(rows: number[]): string {
  const [first, last] = [rows[0], rows[rows.length - 1]];
  return last - first + 1 === rows.length ? `np.arange(${first}, ${last + 1})` : array(rows, 1, true);
}
