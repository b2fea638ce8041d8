/** Why training stopped by itself or runs away, and what to try: with one click. */

import { useRef } from "preact/hooks";
import type { Catalogue, Part, Trouble as Told } from "../protocol";
import type { Settings } from "../settings";
import type { Store } from "../store";
import { drives } from "./drives";
import { short } from "./numbers";

export function Trouble({ store }: { store: Store }) {
  const climbs = useClimb(store);
  const trouble = store.frame.value?.trouble ?? climbs;
  if (!trouble) return null;
  const { optimizer, sum } = store.settings.value.training;
  const lower = lowered(optimizer, store.catalogue.value);
  async function retry(edit: (settings: Settings) => void): Promise<void> {
    store.change(edit);
    await drives(store).goOn();
  }
  return (
    <div class="trouble" role="alert">
      <b>{trouble.message}</b>
      <p>{trouble.cause}</p>
      {trouble.kind === "diverged" && (
        <>
          <p class="quiet">
            A step trusts the slope where it starts. One that is too long lands higher on the other side, where the slope is
            steeper still, so the next is longer: the loss grows until numbers overflow.
          </p>
          <div class="row">
            {lower && (
              <button type="button" onClick={() => void retry(({ training }) => (training.optimizer = lower.part))}>
                Lower the rate to {short(lower.rate)} and go on
              </button>
            )}
            {sum && (
              <button type="button" onClick={() => void retry(({ training }) => (training.sum = false))}>
                Average gradients and go on
              </button>
            )}
          </div>
        </>
      )}
    </div>
  );
}

/** How far over the loss at the start a loss is thought to climb, rather than to shake. */
const HIGH = 10;

/** That the loss is finite but far higher than it began: said until it is below its beginning again. */
function useClimb({ frame, history, settings, course }: Store): Told | null {
  const high = useRef(false);
  const [curve, from] = [history.value, course.value.at(-1)?.from ?? 0];
  const [loss, start] = [frame.value?.loss ?? NaN, curve?.loss[0] ?? NaN];
  const changed = from && curve ? curve.loss[curve.step.findIndex((each) => each > from)] : start; // another network begins elsewhere
  const first = Math.max(start, changed ?? NaN);
  high.current = high.current ? loss > first : loss > HIGH * first;
  if (!high.current) return null;
  const { rate } = settings.value.training.optimizer;
  return {
    kind: "diverged",
    message: `Training diverged: the loss is ${short(loss)}, and was ${short(first)} ${first > start ? "after the last change" : "at the start"}.`,
    cause: `Steps jump over the minimum instead of going down to it. The learning rate${typeof rate === "number" ? ` ${short(rate)}` : ""} is probably too high.`,
  };
}

/** An optimizer with a tenth of its rate, or of that of the one it wraps; null where nobody has one. */
function lowered(part: Part, catalogue: Catalogue | null): { part: Part; rate: number } | null {
  const kinds = [...(catalogue?.optimizers ?? []), ...(catalogue?.wrappers ?? [])];
  const given = part.rate ?? kinds.find(({ is }) => is === part.is)?.fields.find(({ name }) => name === "rate")?.default;
  if (typeof given === "number") {
    const rate = Number((given / 10).toPrecision(2));
    return { part: { ...part, rate }, rate };
  }
  const inner = part.optimizer ? lowered(part.optimizer as Part, catalogue) : null;
  return inner && { part: { ...part, optimizer: inner.part }, rate: inner.rate };
}
