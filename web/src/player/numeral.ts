/** A number as it is written in a table, by Python's rule: `mlnn.frame.kind.spelling.written`, of fewer units. */

import { SPELLING } from "../engine/formulas";
import { plain } from "./spelling";

/** What parts the decimals: a dot, a comma; nothing told, or "?" where both are possible, as in 1.234. */
export type Mark = "" | "." | "," | "?";

export interface Numeral {
  /** What it is where a dot, and where a comma, parts the decimals; nearly always the same. */
  dot: number;
  comma: number;
  /** What it tells about that. */
  mark: Mark;
}

const whole = (pattern: string, flags = ""): RegExp => new RegExp(`^(?:${pattern})$`, flags);
const PLAIN = whole(SPELLING.number);
const NOTE = new RegExp(`(?<=\\S)${SPELLING.note}$`);
const GROUPS = new Map(Object.entries(SPELLING.groups).map(([mark, pattern]) => [mark, whole(pattern)]));
const WRITTEN = /^([+-]?) ?([$€£¥]?) ?([+-]?)(\d[\d.,' ]*|[.,]\d+)(?:e([+-]?\d+))? ?([$€£¥%]?)$/i;

/** The number that a cell is; null if it is none. */
export function numeral(cell: string): Numeral | null {
  if (PLAIN.test(cell)) return { dot: Number(cell), comma: Number(cell), mark: cell.includes(".") ? "." : "" };
  const bare = plain(cell);
  if (/^[+-]?(inf(inity)?|∞)$/i.test(bare)) {
    const endless = bare.startsWith("-") ? -Infinity : Infinity;
    return { dot: endless, comma: endless, mark: "" };
  }
  const [matched, sign, money, inner, block, power, unit] = WRITTEN.exec(bare.replace(NOTE, "")) ?? [];
  const found = matched === undefined || (money && unit) || (sign && inner) ? null : amount(block.replace(/[ ']+$/, ""));
  if (!found) return null;
  const [dot, comma] = found.readings.map((digits) => Number(`${sign || inner}${digits}e${power ?? 0}`));
  return { dot, comma, mark: found.mark };
}

/** What parts the decimals in a column, by its cells; "?" where none of them tells. */
export function decimalMark(numerals: Numeral[]): Mark {
  const votes = (mark: Mark) => numerals.filter((each) => each.mark === mark).length;
  const [dots, commas] = [votes("."), votes(",")];
  if (dots || commas) return commas > dots ? "," : ".";
  return votes("?") ? "?" : "";
}

/** What digits and marks are with a decimal dot, and with a decimal comma; null if they are no number. */
function amount(given: string): { readings: [string, string]; mark: Mark } | null {
  const sure = (digits: string, mark: Mark) => ({ readings: [digits, digits] as [string, string], mark });
  const grouped = (mark: string, digits: string) => GROUPS.get(mark)!.test(digits);
  const gap = [" ", "'"].find((each) => given.includes(each));
  const [first] = given.match(/^[\d' ]+/) ?? [""];
  if (gap && !(grouped(gap, first) && !given.slice(first.length).includes(gap))) return null;
  const block = gap ? given.replaceAll(gap, "") : given;
  const decimal = block.lastIndexOf(".") > block.lastIndexOf(",") ? "." : ",", other = decimal === "." ? "," : ".";
  const at = block.lastIndexOf(decimal), head = block.slice(0, at), tail = block.slice(at + 1);
  if (at < 0) return sure(block, "");
  if (head.includes(other)) return grouped(other, head) ? sure(`${head.replaceAll(other, "")}.${tail}`, decimal) : null;
  if (head.includes(decimal)) return grouped(decimal, block) ? sure(block.replaceAll(decimal, ""), other) : null; // of thousands
  const fraction = `${head || 0}.${tail}`;
  if (gap || tail.length !== 3 || !/^[1-9]\d{0,2}$/.test(head)) return sure(fraction, decimal);
  return { readings: decimal === "." ? [fraction, head + tail] : [head + tail, fraction], mark: "?" };
}
