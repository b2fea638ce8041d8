/** How people write nothing, yes and no, by Python's words: `mlnn.frame.kind.spelling`. */

import { SPELLING } from "../engine/formulas";

const BLANK = new Set(SPELLING.blank), MISSING = new Set(SPELLING.missing);
const TRUTH = new Map(Object.entries(SPELLING.truth));
const SIGNS = new RegExp(`[${Object.keys(SPELLING.signs).join("")}]`, "g");

/** Text in one spelling: compatible characters (NFKC), plain dashes, single spaces, none around. */
export const plain = (text: string): string =>
  text.replace(SIGNS, (sign) => SPELLING.signs[sign]).normalize("NFKC").trim().replace(/\s+/g, " ");

/** Whether a cell means a missing value in any column; among categories, `na` or `None` may be one of them. */
export const blank = (cell: string): boolean => BLANK.has(cell.trim());

/** What spellings have in common that differ in case, spaces and kinds of characters. */
const folded = (cell: string): string => plain(cell).toLowerCase();

/** Whether a cell means a missing value where a number, a date, a truth value or a target should be. */
export const missing = (cell: string): boolean => MISSING.has(folded(cell));

/** Whether what means a missing value is a word, which may also be a class. */
export const isWord = (cell: string): boolean => /^\p{L}+$/u.test(cell.trim().replace(/^[()<>[\]]+|[()<>[\]]+$/g, ""));

/** The truth value that is written there, if one is. */
const truth = (cell: string): boolean | undefined => TRUTH.get(folded(cell));

/**
 * The truth values that cells mean; none if one means something else, or all are digits. Different words for one and
 * the same, such as N and F, are none: what they tell apart would be lost.
 */
export function truths(cells: string[]): Set<boolean> {
  const words = [...new Set(cells)].filter((cell) => !blank(cell)), read = words.filter((word) => truth(word) !== undefined);
  const others = words.length > SPELLING.most || words.some((word) => truth(word) === undefined && !missing(word));
  const said = others || read.every((word) => /^\p{Nd}/u.test(word.trim())) ? [] : read;
  const values = new Set(said.map((word) => truth(word)!));
  return values.size === 2 || new Set(said.map(folded)).size === 1 ? values : new Set();
}

/** What words for truth values are called: as the most frequent one that means the same. `say` is told of all others. */
export function calledTruths(words: string[], say: (word: string, its: string, count: number) => void): Map<string, string> {
  const counts = new Map<string, number>(), first = new Map<boolean, string>(), called = new Map<string, string>();
  for (const word of words) if (truth(word) !== undefined) counts.set(word, (counts.get(word) ?? 0) + 1);
  for (const [word, count] of [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))) {
    const value = truth(word)!, its = first.get(value) ?? word;
    first.set(value, its);
    called.set(word, its);
    if (its !== word) say(word, its, count);
  }
  return called;
}
