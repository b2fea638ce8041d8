/** Random numbers of Python's streams, bit for bit: Philox-4x64, NumPy's legacy draws from it, and orders of rows. */

import { ORDERS } from "./formulas";

const TWO32 = 2 ** 32;

/** The upper 32 bits of a product of two. */
function upper(a: number, b: number): number {
  const a0 = a & 0xffff, a1 = a >>> 16, b0 = b & 0xffff, b1 = b >>> 16;
  const m = a1 * b0 + ((a0 * b0) >>> 16), n = a0 * b1 + (m & 0xffff);
  return a1 * b1 + (m >>> 16) + (n >>> 16);
}

const product = new Uint32Array(4);

/** The 128 bits of (mh, ml) · (ah, al), lowest first, into `product`. */
function multiply(mh: number, ml: number, ah: number, al: number): void {
  const middle = upper(al, ml) + (Math.imul(ah, ml) >>> 0) + (Math.imul(al, mh) >>> 0);
  const high = upper(ah, ml) + upper(al, mh) + (Math.imul(ah, mh) >>> 0) + Math.floor(middle / TWO32);
  product[0] = Math.imul(al, ml);
  product[1] = middle;
  product[2] = high;
  product[3] = upper(ah, mh) + Math.floor(high / TWO32);
}

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
    if (++this.counter[0] === 0) this.counter[1]++;
    const c = this.block, k = this.key;
    c.set(this.counter);
    let k0 = k[0], k1 = k[1], k2 = k[2], k3 = k[3];
    for (let round = 0; round < 10; round++) {
      const c2 = c[2], c3 = c[3], c6 = c[6], c7 = c[7];
      multiply(0xd2e7470e, 0xe14c6c93, c[1], c[0]);
      const p0 = product[0], p1 = product[1], p2 = product[2], p3 = product[3];
      multiply(0xca5a8263, 0x95121157, c[5], c[4]);
      c[0] = product[2] ^ c2 ^ k0;
      c[1] = product[3] ^ c3 ^ k1;
      c[2] = product[0];
      c[3] = product[1];
      c[4] = p2 ^ c6 ^ k2;
      c[5] = p3 ^ c7 ^ k3;
      c[6] = p0;
      c[7] = p1;
      k1 = (k1 + 0x9e3779b9 + (k0 + 0x7f4a7c15 >= TWO32 ? 1 : 0)) >>> 0;
      k0 = (k0 + 0x7f4a7c15) >>> 0;
      k3 = (k3 + 0xbb67ae85 + (k2 + 0x84caa73b >= TWO32 ? 1 : 0)) >>> 0;
      k2 = (k2 + 0x84caa73b) >>> 0;
    }
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

/** The order of rows of an epoch: sorted by the upper halves of the words that are dealt to them (Python's `Dealt`). */
export function dealt(seed: number, epoch: number, rows: number): Int32Array {
  const words = new Philox(seed, ORDERS, epoch).fill(new Uint32Array(2 * rows));
  const keys = new Float64Array(rows);
  for (let i = 0; i < rows; i++) keys[i] = words[2 * i + 1] * 2 ** 20 + i;
  keys.sort();
  return Int32Array.from(keys, (key) => key % 2 ** 20);
}
