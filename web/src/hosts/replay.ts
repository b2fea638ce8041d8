import type { Transport } from "../protocol";

export function recorded(_data: unknown): Transport {
  throw new Error("A replay cannot be shown yet.");
}
