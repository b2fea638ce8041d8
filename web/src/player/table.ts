/** A table of a file's text becomes numbers for a network, and says what became of its columns. */

import { parse } from "papaparse";
import { LIMITS } from "../engine/formulas";
import type { Questions, Scaled, Table, Tamed } from "../protocol";
import { shown } from "./checks";
import { named } from "./header";
import { type Mark, type Numeral, decimalMark, numeral } from "./numeral";
import { blank, calledTruths, isWord, missing, plain, truths } from "./spelling";

/** Different words up to which text becomes columns. */
const MOST_WORDS = 20;
/**
 * As in Python: the share of cells that make a column one of numbers, how large features and targets may be, how little
 * a target may vary, the rows from which on a target that is other text in each of them names the rows, and the share of
 * rows from which on a word such as None is a class and no gap.
 */
const { share: SHARE, feature: FEATURE, target: TARGET, spread: SPREAD, names: NAMES, class: A_CLASS } = LIMITS.table;

interface Column {
  name: string;
  cells: string[];
  /** The numbers that its cells are, NaN where one is missing; null for words. */
  numbers: Float64Array | null;
  /** Whether its numbers are days. */
  dated: boolean;
  /** What parts the decimals of its numbers. */
  mark: Mark;
  /** The truth values that its words mean; none where they are other words. */
  truths: Set<boolean>;
}

export const namesOf = ({ name, text }: Questions["columns"][0]): string[] => cellsOf(name, text, []).map(({ title }) => title);

export function tableOf({ name, text, target }: Questions["table"][0]): Table {
  if (name === "digits") return digits(text);
  const said: string[] = [], columns = columnsOf(name, text, target, said);
  const goal = target === undefined ? columns[columns.length - 1] : columns.find((each) => each.name === target);
  if (!goal) throw new Error(`${name} has no column '${target}'; it has: ${columns.map((each) => each.name).join(", ")}`);
  if (target === undefined) said.unshift(`'${goal.name}' is predicted: the last column`);
  if (columns.length === 1) throw new Error(`'${goal.name}' is the only column of ${name}: no feature is left`);
  const gaps = goal.numbers ? null : gapsOf(goal, said);
  const rows = goal.cells.map((_, i) => i).filter((i) => !(gaps ? gaps.has(plain(goal.cells[i])) : Number.isNaN(goal.numbers![i])));
  if (rows.length < 2) throw new Error(`'${goal.name}' has a value in ${rows.length} ${rows.length === 1 ? "row" : "rows"}: too few to learn from`);
  const gone = goal.cells.length - rows.length;
  if (gone) said.push(`${shown(gone)} of ${shown(goal.cells.length)} rows ${gone === 1 ? "has no target and was" : "have no target and were"} left out`);
  const { y, classes, scaled } = targets(goal, rows, said);
  const features = columns.filter((each) => each !== goal).flatMap((each) => prepared(each, rows, said));
  if (!features.length) throw new Error(`no column of ${name} can be learned from: ${said.join("; ")}`);
  const count = features.length, X = new Float64Array(rows.length * count);
  if (X.length > LIMITS.numbers) {
    throw new Error(`${name} becomes ${shown(X.length)} numbers; the page takes up to ${shown(LIMITS.numbers)}`);
  }
  features.forEach(({ values }, k) => values.forEach((value, i) => (X[i * count + k] = value)));
  const names = features.map((each) => each.name);
  const units = { columns: features.map(({ tamed }) => tamed), target: scaled };
  return { name, columns: names, X: { data: X, columns: count }, y: { data: y, columns: 1 }, classes, said, units };
}

/** The columns; where cells such as 1.234 do not tell what parts the decimals, most of the other features do. */
function columnsOf(name: string, text: string | undefined, target: string | undefined, said: string[]): Column[] {
  const all = cellsOf(name, text, said), goal = target ?? all[all.length - 1].title;
  const first = all.map(({ title, cells }) => column(title, cells, title === goal ? "." : null, said));
  const count = (mark: Mark) => first.filter((each) => each && each.name !== goal && each.mark === mark).length;
  const usual = count(",") > count(".") ? "," : ".";
  return first.map((each, k) => each ?? column(all[k].title, all[k].cells, usual, said)!);
}

/** The columns' names and cells. */
function cellsOf(name: string, text: string | undefined, said: string[]): { title: string; cells: string[] }[] {
  if (!text?.trim()) throw new Error(`${name} is empty`);
  if (text.includes("\0")) throw new Error(`${name} is no text: a table of commas, semicolons or tabs was expected`);
  const bare = text.replace(/^\uFEFF/, ""), { delimiter } = parse(bare, { skipEmptyLines: "greedy", preview: 1 }).meta;
  const { data: lines, errors } = parse<string[]>(bare, { delimiter }), data = lines.filter((row) => row.length > 1 || row[0].trim());
  const quotes = errors.find(({ type }) => type === "Quotes");
  if (text.includes("\uFFFD")) said.push("some letters cannot be read: the file is not UTF-8");
  if (quotes) throw new Error(`${name} cannot be read: a quotation mark in line ${(quotes.row ?? 0) + 1} is never closed`);
  const headed = !data[0].some(numeral) || !data[0].every((cell) => missing(cell) || numeral(cell)), width = data[0].length;
  const rows = headed ? data.slice(1) : data, wrong = rows.findIndex((row) => row.length !== width);
  if (!headed) said.push("the first line holds numbers, so columns are called by their places");
  if (wrong >= 0) {
    const place = wrong + (headed ? 2 : 1);
    throw new Error(`${name} is no table: row ${place} has ${rows[wrong].length} cells, but the first has ${width}`);
  }
  if (!rows.length) throw new Error(`${name} has a header, but no rows`);
  if (rows.length > LIMITS.rows) {
    throw new Error(`${name} has ${shown(rows.length)} rows; the page takes up to ${shown(LIMITS.rows)}`);
  }
  const cells = (k: number) => rows.map((row) => row[k]);
  const names = headed ? named(data[0], rows.length, cells, name, said) : data[0].map((_, k) => `column ${k + 1}`);
  const twice = names.find((each, k) => each !== null && names.indexOf(each) !== k);
  if (typeof twice === "string") throw new Error(`${name} has two columns '${twice}': give each a name of its own`);
  return names.flatMap((title, k) => (title === null ? [] : [{ title, cells: cells(k) }]));
}

/** A cell's date in days since 1970, NaN if it is none: 2024-05-31, perhaps with a time after it. */
function day(cell: string): number {
  const [date, time] = cell.trim().split(/[ T]/), plain = /^\d{4}-\d{2}-\d{2}$/.test(date);
  if (!plain || (time !== undefined && !/^\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(time))) return NaN;
  const at = Date.parse(`${date}T${time ?? "00:00"}Z`);
  return new Date(at || 0).toISOString().startsWith(date) ? at / 864e5 : NaN; // 30 February would be 1 March
}

/** Whether a cell is a whole number of more digits than numbers keep apart. */
const isCode = (cell: string): boolean => /^[+-]?\d+$/.test(cell.trim()) && !Number.isSafeInteger(Number(cell));

const inRows = (count: number): string => `${shown(count)} ${count === 1 ? "row" : "rows"}`;
const counted = (count: number): string => `${shown(count)} ${count === 1 ? "cell" : "cells"}`;

/** A cell's number by what parts the decimals of its column, NaN if it is none. */
const value = (written: Numeral | null, mark: Mark): number => (!written ? NaN : mark === "," ? written.comma : written.dot);

/** A column; null where it does not tell what parts its decimals, and `others` neither. */
function column(name: string, cells: string[], others: Mark | null, said: string[]): Column | null {
  const meant = truths(cells), words: Column = { name, cells, numbers: null, dated: false, mark: "", truths: meant };
  if (meant.size) return words;
  const filled = cells.filter((cell) => !missing(cell)), days = filled.filter((cell) => !Number.isNaN(day(cell)));
  const dated = days.length > 0 && days.length >= SHARE * filled.length;
  const numerals = cells.map((cell) => (missing(cell) || dated ? null : numeral(cell))), present = numerals.filter((each) => each !== null);
  const told = decimalMark(present), assumed = told === "?" && present.length >= SHARE * filled.length && !filled.some(isCode);
  if (assumed && others === null) return null;
  const mark = told === "?" ? others ?? "" : told;
  const numbers = Float64Array.from(cells, (cell, i) => (dated && !missing(cell) ? day(cell) : value(numerals[i], mark)));
  if (dated) said.push(`'${name}' holds dates: they count in days`);
  const known = numbers.filter((each) => !Number.isNaN(each)).length;
  if (!known || known < SHARE * filled.length) return { ...words, dated };
  const code = filled.find(isCode);
  if (code !== undefined) {
    said.push(`'${name}' holds whole numbers as large as ${code.trim()}, which numbers do not keep apart: it is read as text`);
    return { ...words, dated };
  }
  const endless = numbers.findIndex((each) => Math.abs(each) === Infinity), held = cells[endless]?.slice(0, 40);
  if (endless >= 0) throw new Error(`column '${name}' must hold finite numbers, but row ${endless} (counted from 0) holds '${held}'`);
  if (known < filled.length) {
    const odd = cells.find((cell, i) => !missing(cell) && Number.isNaN(numbers[i]));
    said.push(`'${name}' has no ${dated ? "dates" : "numbers"} in ${counted(filled.length - known)}, such as '${odd}': they count as missing`);
  }
  const unusual = numerals.findIndex((each, i) => each && (assumed ? each.mark === "?" : Number.isNaN(Number(cells[i].trim()))));
  const how = mark === "," ? ["a decimal comma"] : [];
  if (unusual >= 0) how.push(`'${cells[unusual].trim()}' is ${numbers[unusual]}${assumed ? " (assumed: no number tells)" : ""}`);
  if (how.length) said.push(`'${name}': numbers in text: ${how.join(", ")}`);
  return { ...words, numbers, dated, mark };
}

/** The words of a target that mean a missing one: beside others than yes and no, those that are frequent enough are classes. */
function gapsOf({ name, cells, truths }: Column, said: string[]): Set<string> {
  const counts = new Map<string, number>();
  for (const cell of cells.map(plain)) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const gaps = new Set([""]), written = cells.length - (counts.get("") ?? 0);
  for (const [cell, count] of counts) {
    if (!cell || !missing(cell)) continue;
    const isClass = truths.size < 2 && isWord(cell) && count >= A_CLASS * written;
    if (!isClass) gaps.add(cell);
    said.push(`'${name}': '${cell}' ${isClass ? "is a class" : "means that a target is missing"} (${inRows(count)})`);
  }
  return gaps;
}

function targets(goal: Column, rows: number[], said: string[]): { y: Float64Array; classes: string[] | null; scaled: Scaled | null } {
  const { name, numbers } = goal;
  if (goal.dated) throw new Error(`the target '${name}' must be numbers or classes, but holds dates such as '${goal.cells[rows[0]]}'`);
  const values = numbers && Float64Array.from(rows, (i) => numbers[i]);
  const words = rows.map((i) => goal.cells[i].trim());
  const say = (word: string, its: string, count: number) => said.push(`'${name}': '${word}' is '${its}' (${inRows(count)})`);
  const called = goal.truths.size === 2 ? calledTruths(words, say) : null, labels = words.map((each) => called?.get(each) ?? each);
  const distinct = new Set<number | string>(values ?? labels);
  if (distinct.size < 2) throw new Error(`'${name}' is the same in all rows: there is nothing to learn`);
  if (!values && distinct.size === rows.length && rows.length >= NAMES) {
    throw new Error(`the target '${name}' holds other text in every row, such as '${goal.cells[rows[0]].trim()}': it names the rows`);
  }
  const few = distinct.size <= Math.min(MOST_WORDS, rows.length / 2);
  if (values && !(few && values.every(Number.isInteger))) {
    const { mean, scale } = moments(name, values);
    const middle = Number(mean.toPrecision(4)), subtracted = middle < 0 ? `(−${-middle})` : middle;
    said.push(`'${name}' is learned as ('${name}' − ${subtracted}) / ${Number(scale.toPrecision(4))}`);
    return { y: values.map((each) => (each - mean) / scale), classes: null, scaled: { name, mean, scale } };
  }
  if (distinct.size > LIMITS.classes) {
    throw new Error(`'${name}' has ${shown(distinct.size)} classes; the page shows up to ${LIMITS.classes}`);
  }
  const sorted = [...distinct].sort((a, b) => (a < b ? -1 : 1)), places = new Map(sorted.map((each, k) => [each, k] as const));
  if (values) said.push(`'${name}' holds ${distinct.size} whole numbers, which are taken for classes`);
  const y = Float64Array.from(rows, (_, k) => places.get(values ? values[k] : labels[k])!);
  return { y, classes: sorted.map(String), scaled: null };
}

interface Feature {
  name: string;
  values: Float64Array;
  tamed: Tamed | null;
}

/** The columns of numbers that a column becomes, as in Python: numbers tamed, one for each value of text. */
function prepared({ name, cells, numbers, dated, truths }: Column, rows: number[], said: string[]): Feature[] {
  const gone = (why: string) => (said.push(`'${name}' is left out: ${why}`), []);
  if (numbers) {
    const values = Float64Array.from(rows, (i) => cut(numbers[i])), known = values.filter((each) => !Number.isNaN(each)).sort();
    const at = (share: number) => quantile(known, share), median = at(0.5), spread = at(0.75) - at(0.25) || (at(1) - at(0)) / 2;
    const gaps = values.length - known.length, missing = { name: `${name}=(missing)`, values: values.map((x) => Number(x !== x)), tamed: null };
    if (!(spread > 0) && !gaps) return gone("it is the same in all rows");
    if (gaps) said.push(`the median of '${name}', ${Number(median.toPrecision(4))}, stands in ${counted(gaps)} without a number`);
    const tamed = values.map((x) => (x !== x ? 0 : (x - median) / Math.hypot(spread, (x - median) / 3)));
    const scaled = { name, values: tamed, tamed: dated ? null : { median, spread } };
    return [...(spread > 0 ? [scaled] : []), ...(gaps ? [missing] : [])];
  }
  const written = rows.map((i) => (blank(cells[i]) ? GAP : cells[i].trim())), others: string[] = [];
  const called = truths.size ? calledTruths(written, (word, its) => others.push(`'${word}' is '${its}'`)) : null;
  const words = called ? written.map((each) => called.get(each) ?? GAP) : written;
  if (others.length) said.push(`'${name}': ${others.join(", ")}`);
  const levels = [...new Set(words)].sort((a, b) => (a === GAP ? 1 : b === GAP ? -1 : a < b ? -1 : 1));
  if (levels.length < 2) return gone("it is the same in all rows");
  if (levels.length > MOST_WORDS) return gone(`it is text with ${shown(levels.length)} different values, more than ${MOST_WORDS}`);
  const feature = (level: string, others: number) =>
    ({ name: `${name}=${level}`, values: Float64Array.from(words, (each) => (each === level ? 1 : others)), tamed: null });
  if (levels.length === 2) {
    said.push(`'${name}' is text: '${levels[0]}' becomes −1, '${levels[1]}' 1`);
    return [feature(levels[1], -1)];
  }
  said.push(`'${name}' is text: it becomes ${levels.length} columns of 0 and 1, one for each value`);
  return levels.map((level) => feature(level, 0));
}

const GAP = "(missing)";

/** The number below which a share of sorted ones lies, between two of them in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1), below = Math.floor(place), above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

const cut = (x: number) => Math.max(-FEATURE, Math.min(FEATURE, x));

/** Mean and standard deviation of a target, whose squares must neither overflow nor vanish. */
function moments(name: string, values: Float64Array): { mean: number; scale: number } {
  const beyond = values.find((each) => Math.abs(each) > TARGET);
  if (beyond !== undefined) {
    throw new Error(`the target '${name}' must lie within ±${TARGET}, so that squares can be summed, but it holds ${beyond}`);
  }
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length;
  const scale = Math.sqrt(variance);
  if (scale >= SPREAD) return { mean, scale };
  const [low, high] = [Math.min, Math.max].map((of) => values.reduce((a, b) => of(a, b)));
  throw new Error(
    `the target '${name}' must deviate from its mean by ${SPREAD} or more, so that squares do not vanish, but it holds ` +
      `numbers from ${low} to ${high}`,
  );
}

/** The handwritten digits, from the text of digits.js that the page hands on: pixels in base 64, and labels. */
function digits(text: string | undefined): Table {
  if (!text) throw new Error("the digits are not here: digits.js must lie beside the page");
  const { pixels, labels } = JSON.parse(text) as { pixels: string; labels: string };
  const X = Float64Array.from(atob(pixels), (each) => each.charCodeAt(0) / 16), y = Float64Array.from(labels, Number);
  const columns = Array.from({ length: 64 }, (_, k) => `pixel ${Math.floor(k / 8) + 1},${(k % 8) + 1}`);
  const said = ["1,797 handwritten digits of 8 × 8 pixels, from scikit-learn"];
  const classes = Array.from({ length: 10 }, (_, k) => String(k));
  return { name: "digits", columns, X: { data: X, columns: 64 }, y: { data: y, columns: 1 }, classes, said, units: null };
}
