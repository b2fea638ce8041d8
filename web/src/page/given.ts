/** A run that the page finds: its table and settings, of the plan that the player has. */

import { type Catalogue, type Matrix, type Plan, type Table, rowsOf } from "../protocol";
import { sameRows } from "../rows";
import { START, type Settings } from "../settings";
import { settingsOf } from "./chain";
import { featured } from "./features";
import { picked } from "./plan";
import { type Parts, split } from "./points";
import { classifies } from "./scores";

/** The rows to train on, then those to judge by. */
function stacked(train: Matrix, valid: Matrix | undefined): Matrix {
  const data = new Float64Array(train.data.length + (valid?.data.length ?? 0));
  data.set(train.data);
  if (valid) data.set(valid.data, train.data.length);
  return { data, columns: train.columns };
}

/** Class numbers in one column, of a column of 0 and 1 for each class too. */
function numbers(y: Matrix): Matrix {
  const data = new Float64Array(rowsOf(y));
  for (let i = 0; i < data.length; i++) {
    const row = y.data.subarray(i * y.columns, (i + 1) * y.columns);
    data[i] = row.indexOf(Math.max(...row));
  }
  return { data, columns: 1 };
}

/** The plan's rows as a table; `names` are those of its columns, where they are known. */
function tableOf(plan: Plan, catalogue: Catalogue | null, names: string[], classNames: string[] | null): { table: Table; parts: Parts } {
  const { train, valid } = plan;
  const X = stacked(train.X, valid?.X);
  const targets = stacked(train.y, valid?.y);
  const ofClasses = classifies(catalogue, plan.network.output);
  const y = ofClasses && targets.columns > 1 ? numbers(targets) : targets;
  const count = y.data.reduce((most, each) => Math.max(most, each + 1), 2);
  const rows = rowsOf(y);
  const first = rowsOf(train.y);
  const from = (start: number, stop: number) => Array.from({ length: stop - start }, (_, i) => start + i);
  return {
    table: {
      name: "your data",
      columns: names.length === X.columns ? names : Array.from({ length: X.columns }, (_, k) => `x${k + 1}`),
      X,
      y,
      classes: ofClasses ? (classNames ?? Array.from({ length: count }, (_, k) => String(k))) : null,
      said: [],
      units: null,
    },
    parts: { train: from(0, first), valid: from(first, rows) },
  };
}

/** How a table's rows were parted and picked for a plan, whose own are `made`; null where they are none of its rows. */
function partsOf(table: Table, { data, features }: Settings, made: { table: Table; parts: Parts }): Parts | null {
  const X = featured(table.X, table.columns, features);
  const isPlans = ({ train, valid }: Parts) => {
    const order = [...train, ...valid];
    return sameRows({ X: picked(X, order), y: picked(table.y, order) }, made.table);
  };
  return [split(rowsOf(table.y), data.split, data.seed), made.parts].find(isPlans) ?? null;
}

/** Settings that say what the plan does; its network's are null where it is no plain chain of layers. */
function settingsOfPlan(plan: Plan, table: Table, parts: Parts, catalogue: Catalogue | null): { settings: Settings; plain: boolean } {
  const network = settingsOf(plan.network, catalogue);
  const { optimizer, schedule, penalty, batch, epochs, sum, precision, seed } = plan;
  const settings = structuredClone(START);
  settings.data = { ...settings.data, kind: "own", split: parts.valid.length / (parts.train.length + parts.valid.length) };
  settings.features = [...table.columns];
  settings.network = network ?? { ...settings.network, output: plan.network.output };
  settings.training = { optimizer, schedule, penalty, batch, epochs, sum, precision, seed };
  return { settings, plain: network !== null };
}

/** The rows of a run, and how they are parted as long as this share is asked for, by this seed. */
export interface Given {
  table: Table;
  parts: Parts;
  asked: [share: number, seed: number];
}

/**
 * What a page shows of the run that it finds: by the settings that came with the plan, where it came from a page,
 * and else by what can be read from the plan itself, whose rows are then the table.
 */
export function foundRun(
  plan: Plan,
  left: Settings | null,
  known: Table | null,
  catalogue: Catalogue | null,
): { settings: Settings; own: Given | null; message: string | null } {
  const columns = plan.train.X.columns;
  const as = left?.features.length === columns ? left : null;
  if (as && as.data.kind !== "own") return { settings: as, own: null, message: null };
  const named = !left && known?.columns.length === columns ? known : null;
  const made = tableOf(plan, catalogue, named?.columns ?? as?.features ?? [], named?.classes ?? null);
  const asked = ({ data }: Settings): Given["asked"] => [data.split, data.seed];
  if (as) {
    const parts = known && partsOf(known, as, made);
    return { settings: as, own: { ...(parts ? { table: known, parts } : made), asked: asked(as) }, message: null };
  }
  const { settings, plain } = settingsOfPlan(plan, made.table, made.parts, catalogue);
  const message = plain ? null : "This network is no plain chain of layers: to change its layers here is to begin with others.";
  return { settings, own: { ...made, asked: asked(settings) }, message };
}
