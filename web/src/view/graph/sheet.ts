/** What the reader types into homework. It outlives the form, which comes and goes with its tab. */

import { type Signal, signal } from "@preact/signals";
import { rawOf } from "../../protocol";
import type { Store } from "../../store";
import { parsed } from "../numbers";
import type { Answers } from "./check";
import type { Stage } from "./stage";
import { rowOf } from "./walk";

/** The row, the target and the parameters that are walked with. */
interface Given<T> {
  row: T[];
  target: T[];
  weights: { name: string; columns: number; values: T[] }[];
}

export interface Sheet extends Given<string> {
  /** The page's own numbers, with which it began. */
  own: Given<number>;
  answers: Answers;
  tolerance: number;
}

export const all = <T>({ row, target, weights }: Given<T>): T[] => [...row, ...target, ...weights.flatMap(({ values }) => values)];

/** A number as a cell shows it. */
const typed = (x: number) => String(Number(x.toPrecision(6)));

/** What a sheet's cells say; one that nobody touched stands for the page's own number, not for the digits that are shown of it. */
export function numbersOf(sheet: Sheet): (number | null)[] {
  const own = all(sheet.own);
  return all(sheet).map((text, k) => (text === typed(own[k]) ? own[k] : parsed(text)));
}

/** A sheet that begins as the page's own. */
export function blank(store: Store, stages: Stage[]): Sheet {
  const own = { ...rowOf(store, store.settings.peek().view.row)!, weights: taken(store, stages) };
  const weights = own.weights.map((each) => ({ ...each, values: each.values.map(typed) }));
  return { own, row: own.row.map(typed), target: own.target.map(typed), weights, answers: {}, tolerance: 0.001 };
}

/** The network's own parameters, in the order of θ; where it predicts with an average, those that training goes on from. */
function taken(store: Store, stages: Stage[]): Given<number>["weights"] {
  const frame = store.frame.peek();
  let start = 0;
  return stages.flatMap(({ node }) =>
    node.parameters.map(({ name, shape, value }) => {
      const from = start;
      start += value.length;
      return { name, columns: shape.at(-1) ?? 1, values: [...(frame ? rawOf(frame).subarray(from, start) : value)] };
    }),
  );
}

/** Whether anything was typed. */
function isTyped(sheet: Sheet): boolean {
  const own = all(sheet.own);
  return Object.values(sheet.answers).some(Boolean) || all(sheet).some((text, k) => text !== typed(own[k]));
}

const known = new WeakMap<Store, Map<string, Signal<Sheet>>>();

/** The sheet of networks of this shape: as it was left, or one that begins where nothing was typed. */
export function sheetOf(store: Store, stages: Stage[]): Signal<Sheet> {
  const sheets = known.get(store) ?? new Map<string, Signal<Sheet>>();
  known.set(store, sheets);
  const shape = stages.map(({ y, node }) => node.label + y.length).join();
  const left = sheets.get(shape);
  if (left && isTyped(left.peek())) return left;
  const sheet = signal(blank(store, stages));
  sheets.set(shape, sheet);
  return sheet;
}
