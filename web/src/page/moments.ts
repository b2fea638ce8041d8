/** Moments of a run: the kept epochs, thinned evenly, each with its θ. */

import type { History, Transport } from "../protocol";

export interface Moment {
  number: number;
  theta: Float64Array;
}

/** At most `most` moments, the first and the last among them; `told` hears how far it is. */
export async function moments(
  transport: Transport,
  history: History,
  most: number,
  told: (share: number) => void,
): Promise<Moment[]> {
  const { kept } = history;
  const count = Math.min(most, kept.length);
  const found: Moment[] = [];
  for (let k = 0; k < count; k++) {
    const place = count > 1 ? Math.round((k * (kept.length - 1)) / (count - 1)) : 0;
    found.push(await transport.get("kept", { number: kept[place] }));
    told((k + 1) / count);
  }
  const now = await transport.get("frame");
  if (!found.length || now.number !== found[found.length - 1].number) found.push({ number: now.number, theta: now.theta });
  return found;
}
