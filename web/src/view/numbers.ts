/** Numbers as a reader wants them and types them: in plain characters, and in LaTeX. */

/** Significant digits that are enough to recompute an equation by hand. */
export const EXACT = 6;

/** How many epochs are completed, to the last digit: so it stands wherever epochs are told. */
export const completed = (number: number): string => (Number.isNaN(number) ? "–" : Math.floor(number).toLocaleString("en"));

/** So many significant digits, without trailing zeros; exponents only where a number is tiny or huge. */
export function short(x: number, digits = 4): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "–" : x > 0 ? "∞" : "−∞";
  const [mantissa, exponent] = parts(x, digits);
  return (exponent === 0 ? mantissa : `${mantissa}e${exponent}`).replaceAll("-", "−");
}

/** The same number in LaTeX. */
export function latex(x: number, digits: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "\\mathrm{NaN}" : x > 0 ? "\\infty" : "-\\infty";
  const [mantissa, exponent] = parts(x, digits);
  return exponent === 0 ? mantissa : `${mantissa} {\\times} 10^{${exponent}}`;
}

/** A mantissa and an exponent of ten, which is 0 where the digits can stand as they are. */
function parts(x: number, digits: number): [string, number] {
  const rounded = Number(x.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size === 0 || (size >= 1e-3 && size < 1e6)) return [String(rounded), 0];
  const [mantissa, exponent] = rounded.toExponential().split("e");
  return [mantissa, Number(exponent)];
}

/** A number as people write it: 0,5 and −0.5 too. An empty text is no number, and none that cannot be read is NaN. */
export function parsed(text: string): number | null {
  const plain = text.trim().replaceAll("−", "-").replace(",", ".");
  return plain === "" ? null : Number(plain);
}

/** A whole number as people, and this page, write it: 1,000 is a thousand. One that has decimals stays as it is. */
export function counted(text: string): number | null {
  return parsed(/^\s*\d{1,3}(,\d{3})+\s*$/.test(text) ? text.replaceAll(",", "") : text);
}
