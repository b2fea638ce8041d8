/** The computation graph of the network, with the numbers of one row: the whole of it, or gate by gate. */

import { useComputed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { type Node, rowsOf } from "../../protocol";
import { unscaled } from "../../page/units";
import type { Store } from "../../store";
import { short } from "../numbers";
import { useRoom } from "../room";
import { FocusCard, GateCard } from "./card";
import { equation } from "./equation";
import { Figure } from "./figure";
import { Homework } from "./homework";
import { stages as staged } from "./stage";
import { lookingOf, rowOf, type Stop, stops, useWalk } from "./walk";

/** Milliseconds that "play walk" stays at a gate. */
const PACE = 1600;

export function Graph({ store }: { store: Store }) {
  const { stop, focus, homework } = lookingOf(store);
  const [room, wide] = useRoom(700);
  const width = Math.max(280, Math.floor(wide));
  const training = useComputed(() => store.frame.value?.playing ?? false).value;
  const [playing, setPlaying] = useState(false);
  const [other, setOther] = useState<{ nodes: Node[]; target: number[] } | null>(null);
  const { nodes: live, trouble } = useWalk(store);
  const plan = store.plan.value,
    chosen = rowOf(store, store.settings.value.view.row);
  const nodes = other?.nodes ?? live,
    target = other?.target ?? chosen?.target ?? [];
  const fits = nodes !== null && plan !== null && nodes.length === plan.network.gates.length + 3;
  const stages = fits ? staged(nodes, plan.network, store.catalogue.value, target) : null;
  const shape = stages?.map(({ y, node }) => node.label + y.length).join() ?? "";
  const all = stages ? stops(stages.length) : [];
  const k = stop.value === null || stop.value >= all.length ? null : stop.value;
  const at = k === null ? null : all[k];
  const spot = stages && focus.value && focus.value.place < stages.length ? focus.value : null;
  const go = (next: number | null) => {
    focus.value = null;
    stop.value = next === null ? null : Math.max(0, Math.min(all.length - 1, next));
  };
  useEffect(() => {
    const gate = room.current?.querySelector(spot ? ".chip.chosen" : ".gate.lit")?.getBoundingClientRect();
    if (!gate) return;
    const above = Math.max(0, room.current!.closest(".mlnn")?.querySelector("header")?.getBoundingClientRect().bottom ?? 0);
    const below = innerHeight - (room.current!.querySelector(".cards")?.clientHeight ?? 0);
    if (gate.top < above || gate.bottom > below) scrollBy({ top: gate.top + gate.height / 2 - (above + below) / 2 });
  }, [k, spot]);
  /** Homework begins where nothing is worked out yet, so that the figure gives no answers away. */
  function turnHomework(): void {
    homework.value = !homework.value;
    setPlaying(false);
    go(homework.value ? 0 : null);
    if (homework.value) requestAnimationFrame(() => room.current?.querySelector(".homework")?.scrollIntoView());
  }
  useEffect(() => {
    if (!playing || all.length === 0) return;
    const timer = setTimeout(
      () => (k === all.length - 1 ? setPlaying(false) : go(k === null ? 0 : k + 1)),
      k === null ? 0 : PACE,
    );
    return () => clearTimeout(timer);
  }, [playing, k, all.length]);
  function keys(event: KeyboardEvent): void {
    if (event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey || event.metaKey) return;
    const along = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (along) {
      event.preventDefault();
      return toNumber(along);
    }
    const next = { ArrowRight: (k ?? -1) + 1, ArrowLeft: (k ?? all.length) - 1, Home: 0, End: all.length - 1, Escape: null }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setPlaying(false);
    go(next);
  }
  /** Put the focus on the next number of the figure, or the one before; from a gate, on the first. */
  function toNumber(step: number): void {
    const numbers = [...room.current!.querySelectorAll<SVGGElement>(".figure .chip")];
    const here = numbers.indexOf(document.activeElement as SVGGElement);
    const next = here < 0 ? 0 : (here + step + numbers.length) % numbers.length;
    numbers[next]?.focus();
  }
  /** Go to a node: forward, and when it is chosen again, back. */
  function choose(place: number): void {
    const forth = all.findIndex((each) => each.place === place && !each.back);
    const behind = all.findIndex((each) => each.place === place && each.back);
    go((k === forth || (at?.back && k !== behind)) && behind >= 0 ? behind : forth);
  }
  return (
    <div class="graph" ref={room}>
      <div class="graphbar">
        <RowChooser store={store} target={chosen?.target ?? []} predicted={live?.at(-2)?.value ?? []} />
        <div class="walkbar" role="group" aria-label="Walk">
          <button type="button" aria-label="First gate" title="First gate (Home)" onClick={() => go(0)}>
            |◀
          </button>
          <button type="button" aria-label="Step back" title="Step back (←)" onClick={() => go((k ?? all.length) - 1)}>
            ◀
          </button>
          <button
            type="button"
            class="playwalk"
            aria-pressed={playing}
            onClick={() => (k === all.length - 1 && !playing && go(0), setPlaying(!playing))}
          >
            {playing ? "Pause walk" : "Play walk"}
          </button>
          <button type="button" aria-label="Step forward" title="Step forward (→)" onClick={() => go((k ?? -1) + 1)}>
            ▶
          </button>
          <button type="button" aria-label="Last gate" title="Last gate (End)" onClick={() => go(all.length - 1)}>
            ▶|
          </button>
          <button
            type="button"
            aria-pressed={k === null}
            title="Show all numbers (Escape)"
            onClick={() => (setPlaying(false), go(null))}
          >
            Show all
          </button>
        </div>
        <button type="button" aria-pressed={homework.value} onClick={turnHomework}>
          Homework
        </button>
      </div>
      {trouble && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      {stages && (
        <div
          class="scroller"
          role="group"
          tabIndex={0}
          aria-label="Computation graph: arrow keys step from gate to gate, up and down from number to number"
          onKeyDown={keys}
        >
          <Progress all={all} k={k} last={stages.length - 1} />
          <Figure {...{ store, stages, at, width, choose }} used={spot ? (equation(spot, stages)?.used ?? []) : []} playing={training} />
        </div>
      )}
      {stages && (spot || at) && (
        <div class="cards" tabIndex={0} role="group" aria-label="Equations">
          {spot && <FocusCard stages={stages} spot={spot} focus={focus} />}
          {at && <GateCard stages={stages} at={at} focus={focus} />}
        </div>
      )}
      {stages && !spot && !at && (
        <p class="hint">
          <b class="value">Values</b> flow forward, <b class="gradient">gradients</b> flow back. Choose a gate to open it and step on
          with the arrow keys, or any number for its equation (by keyboard ↑ and ↓ go from number to number). dy stands for ∂loss/∂y.
        </p>
      )}
      {stages && homework.value && (
        <Homework key={shape} store={store} stages={stages} show={(nodes, target) => setOther(nodes && { nodes, target })} />
      )}
    </div>
  );
}

/** Where the walk stands, as a line of dots: blue on the way forward, orange on the way back. */
function Progress({ all, k, last }: { all: Stop[]; k: number | null; last: number }) {
  return (
    <p class="walkline">
      <span class="dots" aria-hidden="true">
        {all.map(({ back }, index) => (
          <i key={index} class={`${back ? "back" : "forth"}${k !== null && index <= k ? " done" : ""}`} />
        ))}
      </span>
      <span role="status">
        {k === null
          ? "All numbers"
          : all[k].back
            ? `Backward ${k - last} of ${all.length - last - 1}`
            : `Forward ${k} of ${last}`}
      </span>
    </p>
  );
}

function RowChooser({ store, target, predicted }: { store: Store; target: number[]; predicted: ArrayLike<number> }) {
  const goal = store.task.value.units?.target;
  const { X } = store.points.value,
    count = X.columns === 0 ? 0 : rowsOf(X);
  const { row } = store.settings.value.view;
  const set = (next: number) =>
    Number.isFinite(next) && store.change(({ view }) => (view.row = ((Math.floor(next) % count) + count) % count));
  return (
    <div class="rowchooser" role="group" aria-label="Row">
      <label>
        Row{" "}
        <input type="number" min={0} max={count - 1} value={row} onChange={(event) => set(event.currentTarget.valueAsNumber)} />
      </label>
      <button type="button" aria-label="Previous row" onClick={() => set(row - 1)}>
        −
      </button>
      <button type="button" aria-label="Next row" onClick={() => set(row + 1)}>
        +
      </button>
      <button type="button" title="A random row" aria-label="Random row" onClick={() => set(Math.random() * count)}>
        ⚄
      </button>
      <span class="says">target {target.map((each) => short(each)).join(", ")}</span>
      {goal && predicted.length === 1 && (
        <span class="says">{`${goal.name}: ${short(unscaled(goal, target[0]))}, predicted ${short(unscaled(goal, predicted[0]))}`}</span>
      )}
    </div>
  );
}
