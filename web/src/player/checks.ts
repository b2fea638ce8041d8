/** What a player refuses, before any work, in the words of Python's. */

import { Chain } from "../engine/chain";
import { filled } from "../engine/parts";
import { layersOf, scheduleOf } from "../engine/schedules";
import { type Catalogue, type Examples, type Network, type Plan, rowsOf } from "../protocol";

const MOST_PARAMETERS = 2_000_000;

export const shown = (count: number): string => count.toLocaleString("en-US");

export function whole(name: string, value: unknown, least = 1): number {
  if (!Number.isInteger(value)) throw new Error(`${name} must be a whole number, but got ${value}`);
  if ((value as number) < least) throw new Error(`${name} must be at least ${least}, but got ${value}`);
  return value as number;
}

export const named = (x: number): string => String(x).replace("Infinity", "inf").replace("NaN", "nan");

/** A network's chain, unless it is too large for a page. */
export function sized(network: Network): Chain {
  const chain = new Chain(network);
  if (chain.size > MOST_PARAMETERS) {
    throw new Error(
      `this network has ${shown(chain.size)} parameters; the page shows up to ${shown(MOST_PARAMETERS)}: ` +
        "take fewer units or layers",
    );
  }
  return chain;
}

/** As many finite numbers as there must be. */
export function vector(name: string, given: ArrayLike<number>, size: number): Float64Array {
  if (given.length !== size) throw new Error(`${name} must hold ${size} numbers, but ${given.length} came`);
  const values = Float64Array.from(given), wrong = values.findIndex((each) => !Number.isFinite(each));
  if (wrong >= 0) throw new Error(`${name}[${wrong}] must be finite, but got ${values[wrong]}`);
  return values;
}

/** The chain of a plan, if it can be trained here. */
export function checked(plan: Plan, catalogue: Catalogue): Chain {
  const optimizer = catalogue.optimizers.find((kind) => kind.is === plan.optimizer.is);
  if (optimizer?.missing) throw new Error(optimizer.missing);
  const chain = sized(plan.network);
  examples(chain, plan.train);
  if (plan.valid) examples(chain, plan.valid);
  if (plan.penalty) filled("penalties", plan.penalty);
  scheduleOf(plan.schedule);
  layersOf(plan.optimizer);
  for (const { initializer } of chain.placed) filled("initializers", initializer);
  if (plan.precision !== "float32" && plan.precision !== "float64") throw new Error(`there is no precision '${plan.precision}'`);
  whole("epochs", plan.epochs);
  whole("seed", plan.seed, 0);
  if (plan.batch !== null) whole("batch", plan.batch);
  for (const place of plan.frozen) {
    if (whole("a frozen place", place, 0) >= chain.size) {
      throw new Error(`a frozen place must be below ${chain.size}, the length of θ, but got ${place}`);
    }
  }
  return chain;
}

function examples(chain: Chain, { X, y }: Examples): void {
  const rows = rowsOf(X), { targets } = chain.output, D = chain.widths[0];
  if (X.columns !== D) throw new Error(`X has ${X.columns} features, but the network expects ${D}`);
  if (!rows) throw new Error("X has no rows");
  if (y.columns !== targets.length) throw new Error(`y must have ${targets.length} columns, but it has ${y.columns}`);
  if (rowsOf(y) !== rows) throw new Error(`X has ${rows} rows, but y has ${rowsOf(y)}`);
  const wrong = X.data.findIndex((each) => !Number.isFinite(each));
  if (wrong >= 0) {
    throw new Error(`X must be finite, but row ${Math.floor(wrong / D)}, column ${wrong % D} holds ${named(X.data[wrong])}`);
  }
  y.data.forEach((value, i) => {
    const classes = targets[i % y.columns], row = Math.floor(i / y.columns);
    if (!Number.isFinite(value)) throw new Error(`y must be finite, but row ${row} is not`);
    if (classes && !(Number.isInteger(value) && value >= 0 && value < classes)) {
      throw new Error(`y must hold class numbers from 0 to ${classes - 1}, but row ${row} holds ${value}`);
    }
    if (chain.output.least > value || value > chain.output.most) {
      throw new Error(`y must lie in [${chain.output.least}, ${chain.output.most}], but row ${row} holds ${value}`);
    }
  });
}
