/** What drives training: the buttons and the keys say the same. */

import type { Transport } from "../protocol";
import type { Store } from "../store";

export function drives(store: Store) {
  const { frame, settings } = store;
  /** What is commanded while something is prepared counts for what comes of it. */
  const send: Transport["send"] = async (command, detail) => {
    await store.settled();
    return store.transport.send(command, detail);
  };
  return {
    toggle: (pace?: number) => (frame.value?.playing ? send("pause") : send("play", pace ? { pace } : {})),
    until: (number: number, pace?: number) => send("play", { until: number, ...(pace ? { pace } : {}) }),
    step: () => send("steps", { count: 1 }),
    epoch: () => send("epochs", { count: 1 }),
    reset: () => store.change(() => {}, true),
    anew: () => store.change(({ training }) => (training.seed = (settings.value.training.seed + 1) % 2 ** 31), true),
  };
}
