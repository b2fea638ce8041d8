/** Settings that can be met: numbers within their bounds, and what fits the data. */

import { LIMITS } from "../engine/formulas";
import { lessonOf } from "../lessons/all";
import type { Catalogue } from "../protocol";
import { START, type Settings } from "../settings";
import type { Task } from "../store";
import { FEATURES } from "./features";
import { TABLES, classesOf, isPointSet } from "./points";
import { classifies } from "./scores";

export const MOST = { rows: 5000, noise: 1, layers: 8, units: 256, arms: 5, seed: 2 ** 31 - 1 };

/** Points by hand at least. */
export const FEWEST = 2;

const between = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** Numbers within their bounds, before anything is made by them. */
export function bounded(settings: Settings): Settings {
  const now = structuredClone(settings);
  const { data, network, view } = now;
  data.rows = between(Math.round(data.rows), 4, MOST.rows);
  data.noise = between(data.noise, 0, MOST.noise);
  data.arms = between(Math.round(data.arms), 2, MOST.arms);
  data.split = between(data.split, 0, 0.9);
  data.seed = between(Math.round(data.seed), 0, MOST.seed);
  if (!TABLES.includes(data.kind) && !isPointSet(data.kind)) data.kind = START.data.kind;
  const isTarget = (y: number) => !classesOf(data) || (Number.isInteger(y) && y >= 0 && y < LIMITS.classes);
  data.points = data.points?.filter(([, , y]) => isTarget(y)).slice(0, MOST.rows) ?? null;
  if (data.points && data.points.length < FEWEST) data.points = null;
  if (data.points) data.rows = data.points.length;
  network.layers = network.layers.slice(0, MOST.layers);
  network.frozen = [...new Set(network.frozen)];
  if (!lessonOf(view.lesson)) view.lesson = null;
  for (const layer of network.layers) layer.units = between(Math.round(layer.units), 1, MOST.units);
  return now;
}

/** Features that the data have, an output for their targets, axes and a row that there are. */
export function settled(settings: Settings, task: Task, rows: number, catalogue: Catalogue | null): Settings {
  const now = structuredClone(settings);
  const { network, view } = now;
  const own = task.inputs[0] !== "x1" || task.inputs.length !== 2;
  now.features = [...new Set(now.features)].filter((name) => task.inputs.includes(name) || (!own && Object.hasOwn(FEATURES, name)));
  if (!now.features.length) now.features = [...task.inputs];
  if (classifies(catalogue, network.output) !== Boolean(task.classes))
    network.output = { is: task.classes ? "Softmax" : "LeastSquares" };
  if (!(Number.isInteger(view.row) && view.row >= 0 && view.row < rows)) view.row = 0;
  view.axes = view.axes.map((axis) => between(axis, 0, task.inputs.length - 1)) as [number, number];
  if (view.axes[0] === view.axes[1] && task.inputs.length > 1) view.axes = [0, 1];
  return now;
}
