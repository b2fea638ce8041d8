/** What is opened in place of settings that a player refuses, as those of an address may be: as much of them as it takes. */

import { START, type Settings } from "../settings";
import { same } from "./same";

const PARTS: { parts: (keyof Settings)[]; says: string }[] = [
  { parts: ["training"], says: "Training" },
  { parts: ["network"], says: "The network" },
  { parts: ["training", "network"], says: "Network and training" },
];
const ALL: (typeof PARTS)[number] = { parts: ["data", "features", "training", "network"], says: "Data, network and training" };

/** Attempt settings with ever more of the start's in place of their own, and say which; the last refusal is thrown. */
export async function openLess(refused: Settings, attempt: (settings: Settings) => Promise<void>): Promise<string> {
  const differs = (part: keyof Settings) => !same(refused[part], START[part]); // what is as at the start is not why
  let refusal: unknown;
  for (const { parts, says } of [...PARTS.filter(({ parts }) => parts.every(differs)), ALL]) {
    const start = Object.fromEntries(parts.map((part) => [part, START[part]]));
    try {
      await attempt(structuredClone({ ...refused, ...start }));
      return `${says} cannot be as asked for: as at the start instead, and the rest as asked for.`;
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}
