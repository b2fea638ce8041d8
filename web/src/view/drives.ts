/** What drives training: the buttons and the keys say the same. */

import { type Signal, signal } from "@preact/signals";
import type { Transport } from "../protocol";
import type { Store } from "../store";

/** Steps a second that were chosen, 0 for as many as there can be; and the epoch that was asked for, null where training goes on. */
interface Chosen {
  pace: Signal<number>;
  until: Signal<number | null>;
}

const known = new WeakMap<Store, Chosen>();

function chosenOf(store: Store): Chosen {
  const chosen = known.get(store) ?? { pace: signal(0), until: signal<number | null>(null) };
  known.set(store, chosen);
  return chosen;
}

export function drives(store: Store) {
  const { frame, settings } = store;
  const { pace, until } = chosenOf(store);
  /** What is commanded while something is prepared counts for what comes of it. */
  const send: Transport["send"] = async (command, detail) => {
    await store.settled();
    return store.transport.send(command, detail);
  };
  /** Play at the chosen speed, to an epoch or on and on. */
  function play(to: number | null = null): Promise<void> {
    until.value = to;
    return send("play", { ...(to === null ? {} : { until: to }), ...(pace.value ? { pace: pace.value } : {}) });
  }
  /** Play to where it was going, if that is still ahead. */
  const goOn = () => play(until.value !== null && until.value > (frame.value?.number ?? 0) ? until.value : null);
  return {
    pace,
    play,
    goOn,
    toggle: () => (frame.value?.playing ? send("pause") : play()),
    /** Choose a speed; what plays takes it at once. */
    at(speed: number): void {
      pace.value = speed;
      if (frame.value?.playing) void goOn();
    },
    step: () => send("steps", { count: 1 }),
    epoch: () => send("epochs", { count: 1 }),
    reset: () => store.change(() => {}, true),
    anew: () => store.change(({ training }) => (training.seed = (settings.value.training.seed + 1) % 2 ** 31), true),
  };
}
