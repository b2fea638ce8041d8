/** Functions that JavaScript lacks or has slowly, to the last digits or two. */

/** The error function: its Taylor series within 2.5, its continued fraction beyond. */
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

const POWERS = Float64Array.from({ length: 64 }, (_, k) => 2 ** k);

/** The hyperbolic tangent, E / (E + 2) of E = e^{2|x|} − 1 = 2ᵏ (eʳ − 1) + 2ᵏ − 1 with |r| ≤ ln 2 / 2. */
export function tanh(x: number): number {
  const size = x < 0 ? -x : x;
  if (!(size < 20)) return x > 0 ? 1 : x < 0 ? -1 : x;
  const k = (2.885390081777927 * size + 0.5) | 0, r = 2 * size - k * 0.6931471803691238 - k * 1.9082149292705877e-10;
  const high = 1 / 5040 + r * (1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r * (1 / 39916800 + r * (1 / 479001600 + r / 6227020800)))));
  const square = r * r, low = 1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r / 720)));
  const power = POWERS[k], E = power * (r + square * (low + square * square * r * high)) + (power - 1), y = E / (E + 2);
  return x < 0 ? -y : y;
}
