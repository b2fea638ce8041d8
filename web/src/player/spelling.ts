/** How people write that nothing is there, by Python's words: `mlnn.frame.kind.spelling`. */

import { SPELLING } from "../engine/formulas";

const BLANK = new Set(SPELLING.blank), MISSING = new Set(SPELLING.missing);
const SIGNS = new RegExp(`[${Object.keys(SPELLING.signs).join("")}]`, "g");

/** Text in one spelling: compatible characters (NFKC), plain dashes, single spaces, none around. */
export const plain = (text: string): string =>
  text.replace(SIGNS, (sign) => SPELLING.signs[sign]).normalize("NFKC").trim().replace(/\s+/g, " ");

/** Whether a cell means a missing value in any column; among categories, `na` or `None` may be one of them. */
export const blank = (cell: string): boolean => BLANK.has(cell.trim());

/** Whether a cell means a missing value where a number, a date or a target should be. */
export const missing = (cell: string): boolean => MISSING.has(plain(cell).toLowerCase());

/** Whether what means a missing value is a word, which may also be a class. */
export const isWord = (cell: string): boolean => /^\p{L}+$/u.test(cell.trim().replace(/^[()<>[\]]+|[()<>[\]]+$/g, ""));
