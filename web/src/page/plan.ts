/** Settings and data as the plan that a player obeys. */

import type { Catalogue, Examples, Matrix, Plan } from "../protocol";
import type { Settings } from "../settings";
import type { Task } from "../store";
import { chain } from "./chain";
import { featured } from "./features";
import type { Parts } from "./points";
import { placeOf } from "./tensors";

export function picked(matrix: Matrix, rows: number[]): Matrix {
  const { data, columns } = matrix;
  const taken = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => taken.set(data.subarray(row * columns, (row + 1) * columns), i * columns));
  return { data: taken, columns };
}

/** How many scores the output needs: one a class, or one for two classes where it is the logistic function's. */
function scores(output: string, task: Task, targets: number): number {
  if (!task.classes) return targets;
  return output === "Logistic" && task.classes.length === 2 ? 1 : task.classes.length;
}

/** Class numbers as the output asks for them: Logistic takes a column of 0 and 1 for each of three classes and more. */
export function targets(y: Matrix, output: string, task: Task): Matrix {
  if (!task.classes || output !== "Logistic" || task.classes.length === 2) return y;
  const columns = task.classes.length;
  const data = new Float64Array(y.data.length * columns);
  y.data.forEach((each, i) => (data[i * columns + each] = 1));
  return { data, columns };
}

export function planOf(settings: Settings, points: Examples, { train, valid }: Parts, task: Task, catalogue: Catalogue | null): Plan {
  const { features, training } = settings;
  const output = settings.network.output.is;
  const X = featured(points.X, task.inputs, features);
  const y = targets(points.y, output, task);
  const rows = (numbers: number[]): Examples => ({ X: picked(X, numbers), y: picked(y, numbers) });
  const network = chain(settings.network, features.length, scores(output, task, points.y.columns), catalogue);
  return {
    network,
    train: rows(train),
    valid: valid.length ? rows(valid) : null,
    optimizer: training.optimizer,
    schedule: training.schedule,
    penalty: training.penalty,
    batch: training.batch,
    epochs: training.epochs,
    seed: training.seed,
    sum: training.sum,
    precision: training.precision,
    frozen: settings.network.frozen.map((weight) => placeOf(network, weight)).filter((place) => place >= 0),
  };
}
