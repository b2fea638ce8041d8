/** What a player refuses, before any work, in the words of Python's. */

import { Chain } from "../engine/chain";
import { LIMITS } from "../engine/formulas";
import { filled, named, written } from "../engine/parts";
import { layersOf, scheduleOf } from "../engine/schedules";
import { type Catalogue, type Examples, type Matrix, type Network, type Plan, type Watch, rowsOf } from "../protocol";

export const shown = (count: number): string => count.toLocaleString("en-US");

/** A finite number. */
export function real(name: string, value: unknown, least = -Infinity): number {
  if (typeof value !== "number") throw new Error(`${name} must be a number, but got ${written(value)}`);
  if (!Number.isFinite(value)) throw new Error(`${name} must be finite, but got ${named(value)}`);
  if (value < least) throw new Error(`${name} must be at least ${least}, but got ${value}`);
  return value;
}

/** A whole number of those that are kept apart: the larger ones are no whole numbers in Python either, as they come. */
export function whole(name: string, value: unknown, least = 1): number {
  if (!Number.isSafeInteger(real(name, value, least))) throw new Error(`${name} must be a whole number, but got ${value}`);
  return value as number;
}

/** A network's chain, unless it is too large for a page. */
export function sized(network: Network): Chain {
  const chain = new Chain(network);
  if (chain.size > LIMITS.parameters) {
    throw new Error(
      `this network has ${shown(chain.size)} parameters; the page shows up to ${shown(LIMITS.parameters)}: ` +
        "take fewer units or layers",
    );
  }
  return chain;
}

/** As many finite numbers as there must be. */
export function vector(name: string, given: ArrayLike<number>, size: number): Float64Array {
  if (given.length !== size) throw new Error(`${name} must hold ${size} numbers, but ${given.length} came`);
  const values = Float64Array.from(given), wrong = values.findIndex((each) => !Number.isFinite(each));
  if (wrong >= 0) real(`${name}[${wrong}]`, values[wrong]);
  return values;
}

/** The chain of a plan, if it can be trained here. */
export function checked(plan: Plan, catalogue: Catalogue): Chain {
  const optimizer = catalogue.optimizers.find((kind) => kind.is === plan.optimizer.is);
  if (optimizer?.missing) throw new Error(optimizer.missing);
  const chain = sized(plan.network);
  for (const { initializer } of chain.placed) filled("initializers", initializer);
  if (plan.precision !== "float32" && plan.precision !== "float64") {
    throw new Error(`precision must be 'float32' or 'float64', but got ${written(plan.precision)}`);
  }
  if (plan.penalty) filled("penalties", plan.penalty);
  for (const each of [plan.train, ...(plan.valid ? [plan.valid] : [])]) {
    matrix(each.X), matrix(each.y);
    requireRoom(chain, rowsOf(each.X));
    examples(chain, each);
  }
  const last = plan.frozen.reduce((most, place) => Math.max(most, whole("a frozen place", place, 0)), -1);
  if (last >= chain.size) throw new Error(`a frozen place must be below ${chain.size}, the length of θ, but got ${last}`);
  layersOf(plan.optimizer);
  whole("seed", plan.seed, 0);
  scheduleOf(plan.schedule);
  whole("epochs", plan.epochs);
  if (plan.batch !== null) whole("batch", plan.batch);
  return chain;
}

/** Rows as the page sends them: whole ones, and not too many. */
function matrix({ data, columns }: Matrix): void {
  const rows = data.length / whole("columns", columns);
  if (!Number.isInteger(rows)) throw new Error(`rows of ${columns} columns were expected, but ${data.length} values of float64 came`);
  if (data.length <= LIMITS.numbers && rows <= LIMITS.rows) return;
  const most = `${shown(LIMITS.rows)} rows and ${shown(LIMITS.numbers)} numbers`;
  throw new Error(
    `this table has ${shown(rows)} rows of ${shown(columns)} numbers; the page takes up to ${most}: take some of the rows`,
  );
}

/** Refuse a pass that would take more memory than a page should. */
function requireRoom(chain: Chain, rows: number): void {
  const values = rows * chain.widths.reduce((sum, each) => sum + each, 0);
  if (values <= LIMITS.values) return;
  throw new Error(
    `${shown(rows)} rows make ${shown(values)} numbers on their way through this network; the page takes up to ` +
      `${shown(LIMITS.values)}: take fewer rows, units or layers`,
  );
}

/** What is wanted with every frame, if it can be. */
export function watched(watch: Watch): Watch {
  const wanted = Object.values(watch.values), count = wanted.reduce((sum, { gates }) => sum + Math.max(gates.length, 1), 0);
  for (const { rows, gates } of wanted) {
    if (typeof rows !== "string") matrix(rows);
    else if (rows !== "train" && rows !== "valid") {
      throw new Error(`rows to watch are 'train', 'valid' or a matrix, but got ${written(rows)}`);
    }
    if (!gates.every(Number.isInteger)) throw new Error(`gates to watch are whole numbers, but got ${written(gates)}`);
  }
  const numbers = wanted.reduce((sum, { rows }) => sum + (typeof rows === "string" ? 0 : rows.data.length), 0);
  if (numbers > LIMITS.numbers) throw new Error(`up to ${shown(LIMITS.numbers)} numbers can be watched, but ${shown(numbers)} came`);
  if (count > LIMITS.watched) {
    throw new Error(`up to ${shown(LIMITS.watched)} gates can be watched, but ${shown(count)} were asked for`);
  }
  return watch;
}

/** Rows and targets, if they fit each other and the network. */
export function examples(chain: Chain, { X, y }: Examples): void {
  const rows = rowsOf(X), D = chain.widths[0];
  if (!rows) throw new Error("X has no rows");
  if (X.columns !== D) throw new Error(`X has ${X.columns} features, but the network expects ${D}`);
  const wrong = X.data.findIndex((each) => !Number.isFinite(each));
  if (wrong >= 0) {
    throw new Error(`X must be finite, but row ${Math.floor(wrong / D)}, column ${wrong % D} holds ${named(X.data[wrong])}`);
  }
  targets(chain, y);
  if (rowsOf(y) !== rows) throw new Error(`X has ${rows} rows, but y has ${rowsOf(y)}`);
}

function targets({ output: { targets, name, least, most } }: Chain, y: Matrix): void {
  const rows = rowsOf(y), shape = y.columns === 1 ? `(${rows},)` : `(${rows}, ${y.columns})`, count = targets.length;
  if (y.columns !== count) {
    const several = name === "SeveralSoftmax", wanted = `${count} columns, one a ${several ? "question" : "score"}`;
    throw new Error(`y must ${targets[0] && !several ? "be a vector of class numbers" : `have ${wanted}`}, but its shape is ${shape}`);
  }
  targets.forEach((classes, k) => classes && classNumbers(y.data.filter((_, i) => i % count === k), classes));
  if (targets[0]) return;
  const row = (at: number) => Math.floor(at / count), strange = y.data.findIndex((each) => !Number.isFinite(each));
  if (strange >= 0) throw new Error(`y must be finite, but row ${row(strange)} is not`);
  const wrong = y.data.findIndex((each) => least > each || each > most), value = y.data[wrong];
  const within = Number.isFinite(most) ? `lie in [${least}, ${most}]` : "not be negative";
  if (wrong >= 0) throw new Error(`y must ${within}, but row ${row(wrong)} holds ${decimal(value)}`);
}

function classNumbers(labels: Float64Array, classes: number): void {
  const broken = labels.find((each) => each !== Math.floor(each)), last = classes - 1;
  if (broken !== undefined) {
    throw new Error(`y must hold integers from 0 to ${last}, but it holds float64 such as [${named(broken)}]`);
  }
  const wrong = labels.findIndex((each) => each < 0 || each >= classes);
  if (wrong < 0) return;
  const extreme = (of: (a: number, b: number) => number) => labels.reduce((a, b) => of(a, b));
  const fromOne = extreme(Math.min) === 1 && extreme(Math.max) === classes ? "; are they numbered from 1? Write y - 1" : "";
  throw new Error(`y must hold class numbers from 0 to ${last}, but row ${wrong} holds ${named(labels[wrong])}${fromOne}`);
}

/** A number as Python writes it, 2.0 and not 2. */
const decimal = (x: number): string => (Number.isInteger(x) && Math.abs(x) < 1e16 ? x.toFixed(1) : named(x));
