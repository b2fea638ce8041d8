/** Random numbers of Python's streams, bit for bit: Philox-4x64, NumPy's legacy draws from it, and orders of rows. */

import { ORDERS } from "./formulas";

const TWO32 = 2 ** 32;

/** The upper 32 bits of a product of two. */
function upper(a: number, b: number): number {
  const a0 = a & 0xffff, a1 = a >>> 16, b0 = b & 0xffff, b1 = b >>> 16;
  const m = Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16), n = Math.imul(a0, b1) + (m & 0xffff);
  return (Math.imul(a1, b1) + (m >>> 16) + (n >>> 16)) | 0;
}

/** Whether a sum of 32 bits has lost a bit, given one of its terms. */
const lost = (sum: number, term: number): number => (sum >>> 0 < term >>> 0 ? 1 : 0);

/** The stream with key (seed, purpose) and counter (0, 0, place, 0). Words of 64 bits are pairs, the low half first. */
export class Philox {
  private readonly key: Uint32Array;
  private readonly counter: Uint32Array;
  private readonly block = new Uint32Array(8);
  private used = 8;

  constructor(seed: number, purpose: number, place = 0) {
    this.key = new Uint32Array([seed, seed / TWO32, purpose, purpose / TWO32]);
    this.counter = new Uint32Array([0, 0, 0, 0, place, place / TWO32, 0, 0]);
  }

  /** The next words, as many as fit, little end first. */
  fill(words: Uint32Array): Uint32Array {
    for (let i = 0; i < words.length; i += 2) {
      if (this.used === 8) this.next();
      words[i] = this.block[this.used];
      words[i + 1] = this.block[this.used + 1];
      this.used += 2;
    }
    return words;
  }

  private next(): void {
    this.counter[0]++;  // it holds 2³² blocks: 128 GiB of words, more than any page draws
    const { block, counter, key } = this;
    let c0 = counter[0], c1 = counter[1], c2 = 0, c3 = 0, c4 = counter[4], c5 = counter[5], c6 = 0, c7 = 0;
    let k0 = key[0] | 0, k1 = key[1] | 0, k2 = key[2] | 0, k3 = key[3] | 0;
    for (let round = 0; round < 10; round++) {
      // Two products of 64 bits by 64, from halves of 32: p = M₀ · (c1, c0) and q = M₁ · (c5, c4).
      let u = upper(c0, 0xe14c6c93), v = Math.imul(c1, 0xe14c6c93), w = Math.imul(c0, 0xd2e7470e);
      const pa = (u + v) | 0, p1 = (pa + w) | 0, pc = lost(pa, u) + lost(p1, w), p0 = Math.imul(c0, 0xe14c6c93);
      u = upper(c1, 0xe14c6c93), v = upper(c0, 0xd2e7470e), w = Math.imul(c1, 0xd2e7470e);
      const pb = (u + v) | 0, pd = (pb + w) | 0, p2 = (pd + pc) | 0;
      const p3 = (upper(c1, 0xd2e7470e) + lost(pb, u) + lost(pd, w) + lost(p2, pc)) | 0;
      u = upper(c4, 0x95121157), v = Math.imul(c5, 0x95121157), w = Math.imul(c4, 0xca5a8263);
      const qa = (u + v) | 0, q1 = (qa + w) | 0, qc = lost(qa, u) + lost(q1, w), q0 = Math.imul(c4, 0x95121157);
      u = upper(c5, 0x95121157), v = upper(c4, 0xca5a8263), w = Math.imul(c5, 0xca5a8263);
      const qb = (u + v) | 0, qd = (qb + w) | 0, q2 = (qd + qc) | 0;
      const q3 = (upper(c5, 0xca5a8263) + lost(qb, u) + lost(qd, w) + lost(q2, qc)) | 0;
      c0 = q2 ^ c2 ^ k0, c1 = q3 ^ c3 ^ k1, c2 = q0, c3 = q1;
      c4 = p2 ^ c6 ^ k2, c5 = p3 ^ c7 ^ k3, c6 = p0, c7 = p1;
      k0 = (k0 + 0x7f4a7c15) | 0, k1 = (k1 + 0x9e3779b9 + lost(k0, 0x7f4a7c15)) | 0;
      k2 = (k2 + 0x84caa73b) | 0, k3 = (k3 + 0xbb67ae85 + lost(k2, 0x84caa73b)) | 0;
    }
    block[0] = c0, block[1] = c1, block[2] = c2, block[3] = c3, block[4] = c4, block[5] = c5, block[6] = c6, block[7] = c7;
    this.used = 0;
  }
}

/** NumPy's RandomState over a stream: its doubles, its normals in pairs, its permutations. */
export class Random {
  private readonly word = new Uint32Array(2);
  private spare: number | null = null;
  private half: number | null = null;

  constructor(private readonly stream: Philox) {}

  uniform(): number {
    const [low, high] = this.stream.fill(this.word);
    return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
  }

  normal(): number {
    if (this.spare !== null) {
      const kept = this.spare;
      this.spare = null;
      return kept;
    }
    for (;;) {
      const a = 2 * this.uniform() - 1, b = 2 * this.uniform() - 1, square = a * a + b * b;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.spare = scale * a;
      return scale * b;
    }
  }

  permutation(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const mask = 2 ** (32 - Math.clz32(i)) - 1;
      let j = this.integer() & mask;
      while (j > i) j = this.integer() & mask;
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  private integer(): number {
    const kept = this.half;
    if (kept === null) this.stream.fill(this.word);
    this.half = kept === null ? this.word[1] : null;
    return kept ?? this.word[0];
  }
}

/** The order of rows of an epoch: sorted by the 32 bits that are dealt to them (Python's `Dealt`). */
export function dealt(seed: number, epoch: number, rows: number): Int32Array {
  const words = new Philox(seed, ORDERS, epoch).fill(new Uint32Array(rows + (rows % 2)));
  const shift = Math.max(Math.clz32(rows), 8), order = new Int32Array(rows), starts = new Int32Array(2 ** (32 - shift) + 1);
  for (let i = 0; i < rows; i++) starts[(words[i] >>> shift) + 1]++;
  for (let k = 1; k < starts.length; k++) starts[k] += starts[k - 1];
  for (let i = 0; i < rows; i++) order[starts[words[i] >>> shift]++] = i;
  for (let i = 1; i < rows; i++) {  // the buckets are in order, and as many as there are rows: hardly anything moves
    const row = order[i];
    let k = i;
    for (; k > 0 && words[order[k - 1]] > words[row]; k--) order[k] = order[k - 1];
    order[k] = row;
  }
  return order;
}
