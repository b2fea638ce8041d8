/** The data that settings name, and what of settings and data is the same as before. */

import type { Examples, Table } from "../protocol";
import type { Settings } from "../settings";
import type { Task } from "../store";
import type { Parts } from "./points";

/** The data as the settings name them, and the table that was there for them. */
export interface Learned {
  table: Table | null;
  points: Examples;
  parts: Parts;
  task: Task;
}

/** What a run begins with: other data, a new seed and other first weights begin another run. */
export const beginning = ({ data, network, training }: Settings) => [data.kind, training.seed, network.weights, network.biases];

/** Whether a network that was given, and may be no plain chain of layers, still is what the settings ask for. */
export function sameChain(before: Settings, after: Settings): boolean {
  const of = ({ data, features, network }: Settings) => [data, features, { ...network, frozen: [] }];
  return same(of(before), of(after));
}

/** Whether two tasks ask for networks with the same inputs and as many scores. */
export function sameEnds(before: Learned, after: Learned): boolean {
  const of = ({ task, points }: Learned) => [task.inputs, task.classes?.length, points.y.columns];
  return same(of(before), of(after));
}

export const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Whether two settings name the same rows and features, parted in whatever way. */
export function sameData(before: Settings, after: Settings): boolean {
  const of = ({ data, features }: Settings) => [{ ...data, split: 0 }, features];
  return same(of(before), of(after));
}
