/** The landscape: the loss along two random directions around where training stands, as a map with contour lines. */

import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { contour, levels } from "../page/contour";
import type { Store } from "../store";
import { between, type Colour } from "./colours";
import { paint } from "./heatmap";
import { completed, short } from "./numbers";

/** Places along a side: fewer where each takes long, for the player computes rows × parameters for everyone. */
const sizeFor = (work: number) => (work > 1e6 ? 21 : work > 1e5 ? 31 : 41);

interface Map {
  losses: Float64Array;
  size: number;
  span: number;
  number: number;
}

export function Landscape({ store }: { store: Store }) {
  const seed = useSignal(1);
  const span = useSignal(1);
  const map = useSignal<Map | null>(null);
  const wrong = useSignal("");
  const busy = useSignal(false);
  const under = useSignal<number | null>(null);
  const epoch = useComputed(() => store.frame.value?.number ?? 0);

  const playing = useComputed(() => store.frame.value?.playing ?? false).value;
  const resting = useComputed(() => (store.frame.value?.playing ? NaN : epoch.value)).value;

  async function look(): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    try {
      const { theta } = store.frame.peek() ?? (await store.transport.get("frame"));
      const size = sizeFor(theta.length * (store.plan.peek()?.train.y.data.length ?? 0));
      const found = await store.transport.get("landscape", { size, span: span.value, seed: seed.value });
      map.value = found;
      wrong.value = "";
    } catch (error) {
      wrong.value = error instanceof Error ? error.message : String(error);
    }
    busy.value = false;
  }
  const wanted = [seed.value, span.value, resting, store.plan.value];
  const had = useRef<unknown[]>([]);
  useEffect(() => {
    if (playing || busy.value || wanted.every((each, k) => Object.is(each, had.current[k]))) return;
    had.current = wanted;
    void look();
  });

  const shown = map.value;
  const penalty = store.plan.value?.penalty;
  const centre = shown ? shown.losses[(shown.losses.length - 1) / 2] : NaN;
  const least = shown ? shown.losses.reduce((low, each) => Math.min(low, each), Infinity) : NaN;
  return (
    <section class="landscape" aria-label="Loss landscape">
      <h3>
        Loss landscape <small>{`J, the loss of training rows by these weights${penalty ? " plus the penalty" : ""}, around where training stands, along two random directions`}</small>
      </h3>
      <p>
        Healthy would be: a smooth bowl with training (+) near its floor.{" "}
        {shown && `Now: in these directions it ${least < centre - 0.02 * Math.abs(centre) ? "can still go down" : "stands near the floor"}.`}
      </p>
      {shown && (
        <div class="map" data-picture="landscape">
          <Heat map={shown} point={(place) => (under.value = place)} />
          <Lines map={shown} />
        </div>
      )}
      <p class="said" aria-live="polite">
        {wrong.value ||
          (shown
            ? under.value === null
              ? `J = ${short(centre)} in the middle, ${short(least)} at the lowest place, as of epoch ${completed(shown.number)}`
              : `J = ${short(shown.losses[under.value])} there`
            : playing
              ? "It is computed when training pauses."
              : "Computing …")}
      </p>
      <div class="row">
        <button type="button" onClick={() => seed.value++}>New directions</button>
        <button type="button" disabled={busy.value} onClick={() => void look()}>Around here again</button>
        <label>
          Reach{" "}
          <select value={String(span.value)} onChange={(event) => (span.value = Number(event.currentTarget.value))}>
            {[0.1, 0.3, 1, 3].map((each) => (
              <option value={each} key={each}>{`${each} × the weights' size`}</option>
            ))}
          </select>
        </label>
      </div>
    </section>
  );
}

/** Losses by colour, on a logarithmic scale: low ones light, high ones dark. */
function Heat({ map, point }: { map: Map; point: (place: number | null) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { losses, size } = map;
  useEffect(() => {
    const low = Math.log(Math.max(losses.reduce((least, each) => Math.min(least, each), Infinity), 1e-12));
    const finite = losses.filter((each) => Number.isFinite(each));
    const high = Math.log(Math.max(finite.reduce((most, each) => Math.max(most, each), 0), 1e-12));
    paint(canvas.current!, size, size, (i) =>
      shade(Number.isFinite(losses[i]) ? (Math.log(Math.max(losses[i], 1e-12)) - low) / (high - low || 1) : 1),
    );
  }, [map]);
  function move(event: PointerEvent): void {
    const box = canvas.current!.getBoundingClientRect();
    const at = (where: number, length: number) => Math.min(Math.max(Math.round((where / length) * size - 0.5), 0), size - 1);
    point(at(event.clientY - box.top, box.height) * size + at(event.clientX - box.left, box.width));
  }
  return (
    <canvas
      ref={canvas}
      width={size}
      height={size}
      onPointerMove={move}
      onPointerLeave={() => point(null)}
      role="img"
      aria-label="Heat map of the loss around where training stands"
    />
  );
}

/** From pale yellow over green to deep blue, ever darker: told apart by every eye. */
const STOPS: Colour[] = [[253, 246, 214], [176, 214, 160], [76, 159, 152], [32, 92, 132], [18, 34, 78]];

function shade(place: number): Colour {
  const at = Math.min(Math.max(place, 0), 1) * (STOPS.length - 1);
  const k = Math.min(Math.floor(at), STOPS.length - 2);
  return between(STOPS[k], STOPS[k + 1], at - k);
}

function Lines({ map: { losses, size } }: { map: Map }) {
  return (
    <svg viewBox={`0 0 ${size} ${size}`} aria-hidden="true">
      {levels(losses, 12).map((level, k) => (
        <path class={k < 6 ? "low" : ""} d={contour(losses, size, level)} key={level}>
          <title>{`J = ${short(level)}`}</title>
        </path>
      ))}
      <path class="here" d={`M${size / 2 - 1} ${size / 2}h2M${size / 2} ${size / 2 - 1}v2`} />
    </svg>
  );
}
