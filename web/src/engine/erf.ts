/** The error function, to the last digits, by its Taylor series within 2.5 and its continued fraction beyond. */
export function erf(x: number): number {
  const size = Math.abs(x), square = x * x;
  if (!(size < 6)) return Math.sign(x);
  if (size < 2.5) {
    let term = size, sum = size;  // all terms of e^{−x²} Σ 2ⁿ x^{2n+1} / (2n+1)!! are positive: nothing cancels
    for (let n = 1; term > 1e-17 * sum; n++) sum += term *= square / (n + 0.5);
    return x === 0 ? x : Math.sign(x) * 2 / Math.sqrt(Math.PI) * Math.exp(-square) * sum;
  }
  let tail = size;
  for (let n = 40; n > 0; n--) tail = size + n / 2 / tail;
  return Math.sign(x) * (1 - Math.exp(-square) / (Math.sqrt(Math.PI) * tail));
}
