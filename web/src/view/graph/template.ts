/** Formulas of the catalogue: LaTeX in which `@W_ij@` stands for a number, written with letters or with the numbers. */

import type { Kind } from "../../protocol";
import { latex } from "../numbers";

/** Where in an equation one is: the value of every index letter. */
export type At = { readonly [letter: string]: number };

/** What an equation is about: a number by its name and indices, and how many values an index letter takes. */
export interface Setting {
  number(name: string, letters: string, at: At): number;
  count(letter: string, at: At): number;
  /** Significant digits that numbers are written with. */
  digits: number;
}

/** What is called by a letter and is no setting: those have theirs from Python, kind by kind. */
const SYMBOLS: { [name: string]: string } = {
  gain: "\\gamma",
  shift: "\\beta",
  mean: "\\mu",
  variance: "\\sigma^2",
  dy: "\\mathrm{d}y",
  dx: "\\mathrm{d}x",
  theta: "\\theta",
};

/** A sum or a maximum over an index, up to the brace that opens its terms. */
export const MANY = /\\(sum|max)_(?:(\w)|\{([^}]*)\})\{/;

/** At most so many terms of a sum are written out; of a longer one the first and the last. */
const TERMS = 6;

/** The formula in letters. */
export function symbolic(template: string, kind: Kind | null): string {
  return template.replace(/@([^@]+)@/g, (_, found: string) => symbol(found, kind));
}

/** A name with its indices in LaTeX. */
export function symbol(found: string, kind: Kind | null): string {
  const [name, letters] = apart(found);
  const text = kind?.fields.find((field) => field.name === name)?.letter ?? SYMBOLS[name] ?? (name.length > 1 ? `\\mathrm{${name}}` : name);
  return letters === "" ? text : `${text.includes("^") ? `{${text}}` : text}_{${letters}}`;
}

/** The formula with its numbers plugged in, at an element. */
export function plugged(template: string, setting: Setting, at: At): string {
  const found = MANY.exec(template);
  if (found === null) return filled(template, setting, at);
  const [opening, operator, bare, braced] = found;
  const start = found.index + opening.length,
    end = closing(template, start);
  const terms = all(bare ?? braced, setting, at).map((inner) => plugged(template.slice(start, end), setting, inner));
  const before = template.slice(0, found.index),
    list = cut(terms);
  const many =
    operator === "max"
      ? `\\max\\left(${list.join(",\\; ")}\\right)`
      : list.length === 0
        ? "0"
        : list.length > 1 && /[^\s{(]\s*$/.test(before)
          ? `\\left(${sum(list)}\\right)`
          : sum(list);
  return filled(before, setting, at) + many + plugged(template.slice(end + 1), setting, at);
}

/** Terms one after another; a negative one is subtracted. */
const sum = (terms: string[]) => terms.join(" + ").replaceAll("+ -", "- ");

/** Every value of an index letter, `k \neq t` without the other's. */
function all(indices: string, setting: Setting, at: At): At[] {
  const [letter, other] = indices.split("\\neq").map((each) => each.trim());
  return Array.from({ length: setting.count(letter, at) }, (_, k) => k)
    .filter((k) => other === undefined || k !== at[other])
    .map((k) => ({ ...at, [letter]: k }));
}

function cut(terms: string[]): string[] {
  return terms.length <= TERMS ? terms : [...terms.slice(0, TERMS - 2), "\\cdots", terms.at(-1)!];
}

/** Replace names by numbers; a negative one gets brackets, unless it stands alone between two. */
function filled(template: string, setting: Setting, at: At): string {
  return template.replace(/@([^@]+)@/g, (found: string, inner: string, place: number) => {
    const [name, letters] = apart(inner);
    const text = latex(setting.number(name, letters, at), setting.digits);
    const before = template.slice(0, place).trimEnd(),
      after = template.slice(place + found.length).trimStart();
    const alone = /(^|[({[=,|]|\\left\(|\\lvert)$/.test(before) && !/^(\^|[)}]\s*\^)/.test(after);
    const bare = !text.startsWith("-") && !(text.includes("times") && after.startsWith("^"));
    return alone || bare ? (/^\w/.test(text) && /\\[a-z]+$/.test(before) ? ` ${text}` : text) : `\\left(${text}\\right)`;
  });
}

function apart(found: string): [string, string] {
  const [name, letters = ""] = found.replace(/^self\./, "").split("_");
  return [name, letters];
}

/** The place of the brace that closes what begins at `start`. */
function closing(text: string, start: number): number {
  let depth = 1;
  for (let k = start; k < text.length; k++) {
    if (text[k] === "{") depth += 1;
    if (text[k] === "}" && --depth === 0) return k;
  }
  throw new Error(`the braces of a formula do not match: ${text}`);
}
