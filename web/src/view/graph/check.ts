/** Homework: somebody's own numbers held against the walk's, gate by gate. */

import { parsed } from "../numbers";
import { made } from "./equation";
import { mistake } from "./mistakes";
import { type Spot, type Stage, valueAt } from "./stage";
import { type Stop, stops } from "./walk";

/** Somebody's numbers, as they were typed, by the spot's key. */
export type Answers = { [key: string]: string };

export const key = ({ place, what, index }: Spot) => `${place} ${what} ${index}`;

/** Numbers that were pasted, row by row: from a spreadsheet, from NumPy, or just apart by spaces. */
export function pasted(text: string): string[][] {
  const lines = text.replace(/[[\]]/g, " ").trim().split(/\r?\n/);
  const between = text.includes("\t")
    ? "\t"
    : text.includes(";")
      ? ";"
      : /\d,\d/.test(text) && !text.includes(".")
        ? /\s+/
        : /[\s,]+/;
  return lines.map((line) =>
    line
      .trim()
      .split(between)
      .map((each) => each.trim())
      .filter((each) => each !== ""),
  );
}

export interface Difference {
  stop: Stop;
  spot: Spot;
  yours: number;
  expected: number;
  hint: string | null;
}

export interface Verdict {
  agree: { [key: string]: boolean };
  given: number;
  /** In the order of the walk: forward, then back. */
  first: Difference | null;
}

/** Compare what was given with the walk. */
export function compared(answers: Answers, stages: Stage[], tolerance: number, rows: number): Verdict {
  const verdict: Verdict = { agree: {}, given: 0, first: null };
  for (const stop of stops(stages.length))
    for (const { spots } of made(stages[stop.place], stages, stop.back))
      for (const spot of spots) {
        const yours = parsed(answers[key(spot)] ?? "");
        if (yours === null) continue;
        const expected = valueAt(spot, stages);
        const agrees = Math.abs(yours - expected) <= tolerance * 1.000001;
        verdict.given += 1;
        verdict.agree[key(spot)] = agrees;
        if (agrees || verdict.first) continue;
        verdict.first = { stop, spot, yours, expected, hint: mistake(yours, expected, spot, stages, tolerance, rows) };
      }
  return verdict;
}
