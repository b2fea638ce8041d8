/** Why training stopped by itself or runs away, and what to try: with one click. */

import { useRef } from "preact/hooks";
import { SATURATION } from "../engine/formulas";
import { lowerRate } from "../engine/schedules";
import { activationsIn, dead, slopesOf } from "../page/health";
import { seenOf } from "../page/seen";
import type { Catalogue, Part, Trouble as Told } from "../protocol";
import type { Settings } from "../settings";
import type { Store } from "../store";
import { drives } from "./drives";
import { short } from "./numbers";
import { useWatch } from "./watching";

/** By what name the slopes of units are asked for. */
const WATCHED = "slopes where training climbs";

export function Trouble({ store }: { store: Store }) {
  const climbs = useClimb(store);
  const stuck = useStuck(store, climbs !== null);
  const trouble = store.frame.value?.trouble ?? climbs;
  if (!trouble) return null;
  const { optimizer, sum } = store.settings.value.training;
  const lower = lowered(optimizer, store.catalogue.value);
  /** Go on otherwise: from good weights, which a player has gone back to by itself only where numbers overflowed. */
  async function retry(edit: (settings: Settings) => void): Promise<void> {
    if (trouble === climbs) {
      await store.transport.send("good");
      const frame = await store.transport.get("frame").catch(() => null); // what changes counts from that step
      if (!frame) return; // a lost connection is told by the host
      store.frame.value = frame;
    }
    store.change(edit);
    await drives(store).goOn();
  }
  return (
    <div class="trouble" role="alert">
      <b>{trouble.message}</b>
      <p>{trouble.cause}</p>
      {trouble.kind === "diverged" && (
        <>
          <p class="quiet">{stuck ?? STEEPER}</p>
          {trouble === climbs && (lower || sum) && (
            <p class="quiet">What is below goes back first: to the last weights whose loss was lower than at the start, or to the start.</p>
          )}
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

const STEEPER =
  "A step trusts the slope where it starts. One that is too long lands higher on the other side, where the slope is " +
  "steeper still, so the next is longer: the loss grows until numbers overflow.";

/** That steps have made all units of a layer flat, where `asked`: then nothing before it learns. Null where they have not. */
function useStuck(store: Store, asked: boolean): string | null {
  const { plan, frame } = store;
  const judged = seenOf(store).judged.value;
  const layers = plan.value ? activationsIn(plan.value.network) : [];
  const wanted = () => (asked && judged && layers.length ? { ...slopesOf(layers), rows: judged.watched.train } : null);
  useWatch(store, WATCHED, wanted, [asked, JSON.stringify(layers), judged]);
  const slopes = (asked && frame.value?.values[WATCHED]) || [];
  const flat = layers.find((activation, k) => {
    const { zero, flat } = slopes[k]?.length ? dead(activation, slopes[k]) : { zero: [], flat: [] };
    return zero.length + flat.length === activation.units;
  });
  if (!flat) return null;
  const so = SATURATION.layers.includes(flat.is) ? "saturated, at the flat ends of their curve" : "dead, of slope 0";
  return `Long steps have made all units of layer ${flat.layer} ${so}: no gradient reaches the weights into them, and training from here does not bring them back.`;
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

/** An optimizer with a lower rate, or around one that has; null where nobody has one. */
function lowered(part: Part, catalogue: Catalogue | null): { part: Part; rate: number } | null {
  const kinds = [...(catalogue?.optimizers ?? []), ...(catalogue?.wrappers ?? [])];
  const usual = kinds.find(({ is }) => is === part.is)?.fields.find(({ name }) => name === "rate")?.default;
  const given = part.rate ?? usual;
  if (typeof given === "number") {
    const rate = Number(lowerRate(given, usual).toPrecision(2));
    return { part: { ...part, rate }, rate };
  }
  const inner = part.optimizer ? lowered(part.optimizer as Part, catalogue) : null;
  return inner && { part: { ...part, optimizer: inner.part }, rate: inner.rate };
}
