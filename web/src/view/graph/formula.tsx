/** Formulas as MathML, which browsers draw and read aloud, with the same in words for whoever cannot. */

import temml from "temml";
import type { Kind } from "../../protocol";
import { EXACT } from "../numbers";
import { MANY, plugged, symbol, symbolic } from "./template";

/** What was set lately: most formulas are drawn again and again with other numbers beside them. */
const set = new Map<string, string>();
const KEPT = 500;

/** LaTeX as MathML text; a formula that Temml does not know stays as it is. */
function mathml(tex: string): string {
  const found = set.get(tex) ?? temml.renderToString(tex, { throwOnError: false, annotate: false });
  if (set.size > KEPT) set.clear();
  set.set(tex, found);
  return found;
}

/** A formula of LaTeX; `display` gives it a line of its own, and the height that fractions want. */
export function Maths({ tex, display = false }: { tex: string; display?: boolean }) {
  const html = mathml(display ? `\\displaystyle ${tex}` : tex);
  return (
    <span class={display ? "maths display" : "maths"} role="math" aria-label={spoken(tex)}>
      <span aria-hidden="true" dangerouslySetInnerHTML={{ __html: html }} />
    </span>
  );
}

const OPENS = ["{", "(", "[", "\\left"];
const CLOSES = ["}", ")", "]", "\\right"];
const JOINS = ["=", "\\approx", "+", "-"];

/** The terms and sides of a formula, each with the sign before it. */
function pieces(tex: string): string[] {
  const found = [""];
  let [depth, before] = [0, ""];
  for (const token of tex.match(/\\[a-zA-Z]+|\\.|./gs) ?? []) {
    if (OPENS.includes(token)) depth++;
    if (CLOSES.includes(token)) depth--;
    const isBetween = JOINS.includes(token) && before !== "" && !JOINS.includes(before);
    if (depth === 0 && isBetween) found.push(`{} ${token}`);
    else found[found.length - 1] += token;
    if (token.trim()) before = token;
  }
  return found;
}

/** A long formula, which may break before every term and side: browsers break none. */
export function Breaking({ tex }: { tex: string }) {
  return (
    <span class="maths breaking" role="math" aria-label={spoken(tex)}>
      {pieces(tex).map((piece, k) => (
        <span key={k} aria-hidden="true" dangerouslySetInnerHTML={{ __html: mathml(`\\displaystyle ${piece}`) }} />
      ))}
    </span>
  );
}

/** A formula of the catalogue by its name, in letters, or with numbers where they are given by their names. */
export function Formula({ kind, name, numbers = {} }: { kind: Kind; name: string; numbers?: { [name: string]: number } }) {
  const template = kind.formulas[name];
  if (template === undefined) return null;
  const known = template.replace(/@([^@]+)@/g, (found: string, each: string) => (each in numbers ? found : symbol(each, kind)));
  const setting = { number: (each: string, letters: string) => numbers[letters ? `${each}_${letters}` : each], count: () => 0, digits: EXACT };
  return <Maths tex={MANY.test(known) ? symbolic(known, kind) : plugged(known, setting, {})} />;
}

const WORDS: [RegExp, string][] = [
  [/\\left|\\right|\\nolimits|\\;|\\,|\\quad|\\displaystyle/g, " "],
  [/\\frac\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*\{((?:[^{}]|\{[^{}]*\})*)\}/g, "($1) over ($2)"],
  [/\\sqrt\s*\{/g, "square root of {"],
  [/\\mathrm\{d\}/g, "d"],
  [/\\(?:mathrm|operatorname|text)\s*\{([^{}]*)\}/g, " $1 "],
  [/\\(?:cdot|times)/g, " times "],
  [/\^\\top/g, " transposed "],
  [/\\cdots/g, " and so on "],
  [/\\neq/g, " not "],
  [/\\approx/g, " is about "],
  [/\^\{([^{}]*)\}/g, " to the power ($1) "],
  [/\^(\w)/g, " to the power $1 "],
  [/_\{?([\w,]+)\}?/g, " $1 "],
  [/\\([a-zA-Z]+)/g, " $1 "],
  [/[{}]/g, " "],
  [/-/g, " minus "],
  [/\s+/g, " "],
];

/** LaTeX in words, roughly, for screen readers. */
function spoken(tex: string): string {
  return WORDS.reduce((text, [pattern, word]) => text.replace(pattern, word), tex).trim();
}
