/** What drives training: the buttons and the keys say the same. */

import type { Store } from "../store";

export function drives(store: Store) {
  const { transport, frame, settings } = store;
  return {
    toggle: (pace?: number) => (frame.value?.playing ? transport.send("pause") : transport.send("play", pace ? { pace } : {})),
    until: (number: number, pace?: number) => transport.send("play", { until: number, ...(pace ? { pace } : {}) }),
    step: () => transport.send("steps", { count: 1 }),
    epoch: () => transport.send("epochs", { count: 1 }),
    reset: () => store.change(() => {}, true),
    anew: () => store.change(({ training }) => (training.seed = (settings.value.training.seed + 1) % 2 ** 31), true),
  };
}
