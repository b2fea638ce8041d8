/** Why training stopped by itself, and what to try: with one click. */

import type { Store } from "../store";
import { short } from "./numbers";

export function Trouble({ store }: { store: Store }) {
  const trouble = store.frame.value?.trouble;
  if (!trouble) return null;
  const { optimizer } = store.settings.value.training;
  const rate = optimizer.rate as number | undefined;
  const lower = rate === undefined ? null : +(rate / 10).toPrecision(2);
  const diverged = trouble.cause === "diverged";
  return (
    <div class="trouble" role="alert">
      <b>{diverged ? "Training diverged." : "Training stopped."}</b> <span>{trouble.message}</span>
      {diverged && (
        <>
          <p>
            Each step went further than the slope it was based on holds, so the loss grew instead of falling, and every
            further step made it worse. The last good weights are back.
          </p>
          {lower !== null && (
            <button
              type="button"
              onClick={() => {
                store.change((settings) => (settings.training.optimizer = { ...optimizer, rate: lower }));
                void store.settled().then(() => store.transport.send("play", {}));
              }}
            >
              Lower the rate to {short(lower)} and go on
            </button>
          )}
        </>
      )}
    </div>
  );
}
