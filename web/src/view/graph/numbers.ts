/** Numbers as short text, in plain characters and in LaTeX. */

/** `digits` significant digits, without trailing zeros; exponents only where a number is tiny or huge. */
export function short(x: number, digits = 3): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "−∞";
  const [mantissa, exponent] = parts(x, digits);
  return (exponent === 0 ? mantissa : `${mantissa}e${exponent}`).replaceAll("-", "−");
}

/** The same number in LaTeX. */
export function latex(x: number, digits = 3): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "\\mathrm{NaN}" : x > 0 ? "\\infty" : "-\\infty";
  const [mantissa, exponent] = parts(x, digits);
  return exponent === 0 ? mantissa : `${mantissa} {\\times} 10^{${exponent}}`;
}

/** A mantissa and an exponent of ten, which is 0 where the digits can stand as they are. */
function parts(x: number, digits: number): [string, number] {
  const rounded = Number(x.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size === 0 || (size >= 0.001 && size < 1e5)) return [String(rounded), 0];
  const [mantissa, exponent] = rounded.toExponential().split("e");
  return [mantissa, Number(exponent)];
}

/** An index in brackets, as NumPy writes it: W1[0,1]; a vector's needs one number only. */
export function element(name: string, shape: number[], index: number): string {
  const columns = shape.at(-1) ?? 1;
  const within = shape.length > 1 && shape[0] > 1 ? `${Math.floor(index / columns)},${index % columns}` : `${index}`;
  return `${name}[${within}]`;
}
