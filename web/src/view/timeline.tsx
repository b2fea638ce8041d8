/** The time line: a slider over the epochs whose weights are kept. Going back forgets what came after, and says so first. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { frozenAt, turned } from "../page/course";
import { currentPlane, gridOf } from "../page/plane";
import { predictions } from "../page/predict";
import { same } from "../page/same";
import { side } from "../page/seen";
import type { History } from "../protocol";
import type { Store } from "../store";
import { short } from "./numbers";
import { Picture } from "./picture";

export function Timeline({ store }: { store: Store }) {
  const history = store.history.value;
  const frame = store.frame.value;
  const chosen = useSignal<number | null>(null);
  const kept = history?.kept ?? new Float64Array();
  const end = kept.length; // one place after the last kept epoch: now
  const now = frame?.number ?? 0;
  if (!frame || end === 0 || (end === 1 && kept[0] === now)) {
    const fills = "The time line fills while it trains; then you can go back along it.";
    return <p class="along quiet">{kept[0] > 0 ? `${again(kept[0])} ${fills}` : fills}</p>;
  }
  if (store.host === "replay") return <Recorded store={store} kept={kept} now={now} />;
  const place = chosen.value === null || chosen.value >= end ? end : chosen.value;
  const back = place < end && kept[place] < now ? kept[place] : null;

  function choose(next: number): void {
    if (frame!.playing) void store.transport.send("pause");
    chosen.value = next >= end ? null : next;
  }
  async function go(): Promise<void> {
    const then = frozenThen(store, history!, back!);
    await store.transport.send("back", { number: back! });
    const there = await store.transport.get("frame").catch(() => null);
    chosen.value = null;
    if (there?.number !== back) return; // it could not be done, and that is said
    store.frame.value = there;
    store.course.value = turned(store.course.value, store.settings.value, there.step); // what came after it is forgotten
    if (!same(then, store.settings.value.network.frozen)) store.change(({ network }) => (network.frozen = then));
  }
  return (
    <div class="along">
      <label>
        <span>Time line</span>
        <input
          type="range"
          min={0}
          max={end}
          value={place}
          onInput={(event) => choose(Number(event.currentTarget.value))}
          aria-valuetext={back === null ? `now, epoch ${epoch(now)}` : `epoch ${epoch(back)}`}
          onKeyDown={(event) => {
            if (event.key === "Enter" && back !== null) void go();
            if (event.key === "Escape") chosen.value = null;
          }}
        />
        <span class="now" aria-hidden="true">{`epoch ${epoch(back ?? now)}`}</span>
      </label>
      {kept[0] > 0 && <p class="quiet">{again(kept[0])}</p>}
      {back !== null && (
        <div class="where" role="status">
          <Then store={store} number={back} />
          <span>
            {`Epoch ${epoch(back)}${lossAt(history!, back)}. Going back forgets the ${epoch(now - back)} epochs after it; what is chosen now stays${frozen(store, frozenThen(store, history!, back))}.`}
          </span>
          <button type="button" onClick={() => void go()}>Go back here</button>
          <button type="button" onClick={() => (chosen.value = null)}>Stay</button>
        </div>
      )}
    </div>
  );
}

/** The decision picture of a kept epoch. */
function Then({ store, number }: { store: Store; number: number }) {
  const said = useSignal<Float32Array | undefined>(undefined);
  useEffect(() => {
    let wanted = true;
    const show = ({ theta }: { theta: Float64Array }) => {
      const { network } = store.plan.value!;
      const grid = store.featured(gridOf(currentPlane(store), side(network)));
      if (wanted) said.value = predictions(network, theta, grid);
    };
    store.transport.get("kept", { number }).then(show).catch(() => {}); // no picture of a layer of one's own, which the page does not know
    return () => void (wanted = false);
  }, [number]);
  return <Picture store={store} network={store.plan.value!.network} predictions={said.value} label={`at epoch ${epoch(number)}`} />;
}

/** Of a recording, nothing is forgotten: the slider moves along it. */
function Recorded({ store, kept, now }: { store: Store; kept: Float64Array; now: number }) {
  return (
    <div class="along">
      <label>
        <span>Recording</span>
        <input
          type="range"
          min={0}
          max={kept.length - 1}
          value={Math.max(kept.findLastIndex((number) => number <= now), 0)}
          onInput={(event) => void store.transport.send("back", { number: kept[Number(event.currentTarget.value)] })}
          aria-valuetext={`epoch ${epoch(now)}`}
        />
        <span class="now" aria-hidden="true">{`epoch ${epoch(now)}`}</span>
      </label>
    </div>
  );
}

/** Why the time line does not reach back to the beginning, in words. */
const again = (first: number) => `The time line begins again at epoch ${epoch(first)}, with this network: there is no going back to one with other weights.`;

/** Weights are frozen again as they were on the way to an epoch. */
function frozenThen({ course }: Store, { number, step }: History, epoch: number): string[] {
  return frozenAt(course.value, step[number.findLastIndex((each) => each <= epoch)] ?? 0);
}

/** What becomes of frozen weights, in words; nothing where none are or were. */
function frozen({ settings }: Store, then: string[]): string {
  if (!then.length) return settings.value.network.frozen.length ? ", but no weight was frozen then, nor will be" : "";
  return `, and frozen is what was so then: ${then.length > 3 ? `${then.length} weights` : then.join(", ")}`;
}

const epoch = (number: number) => number.toLocaleString("en", { maximumFractionDigits: number % 1 ? 2 : 0 });

/** The losses that the curves have next to an epoch, in words. */
function lossAt({ number, loss, validLoss }: History, at: number): string {
  let nearest = -1;
  number.forEach((each, i) => {
    if (nearest < 0 || Math.abs(each - at) < Math.abs(number[nearest] - at)) nearest = i;
  });
  if (nearest < 0) return ": the start";
  const heldOut = validLoss[nearest];
  return `: loss ${short(loss[nearest])}${Number.isNaN(heldOut) ? "" : `, held-out loss ${short(heldOut)}`}`;
}
