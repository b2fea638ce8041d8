/** Numbers that the network sees, in the units of the table that they are from. */

import type { Scaled, Tamed } from "../protocol";

/** x = d / √(spread² + (d / 3)²) with d = own − median, solved for `own`; nothing is as far out as ±3. */
export function untamed(scale: Tamed | null | undefined, x: number): number {
  if (!scale) return x;
  const share = 1 - (x / 3) ** 2;
  return share > 0 ? scale.median + (x * scale.spread) / Math.sqrt(share) : Math.sign(x) * Infinity;
}

export const unscaled = (scale: Scaled | null | undefined, y: number): number => (scale ? scale.mean + y * scale.scale : y);
