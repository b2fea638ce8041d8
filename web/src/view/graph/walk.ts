/** Going along the chain step by step, forward then back; and asking the player for the numbers as they change. */

import { type Signal, signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { targets } from "../../page/plan";
import { type Node, rowsOf } from "../../protocol";
import type { Store } from "../../store";
import type { Spot } from "./stage";

/** A step of the walk: at which node, in which direction. */
export interface Stop {
  back: boolean;
  place: number;
}

/** The stops of a chain of so many nodes. Output and loss are differentiated as one, so they are one stop back. */
export function stops(count: number): Stop[] {
  const forward = Array.from({ length: count }, (_, place) => ({ back: false, place }));
  const back = Array.from({ length: count - 3 }, (_, k) => ({ back: true, place: count - 3 - k }));
  return [...forward, { back: true, place: count - 1 }, ...back];
}

/** Where the reader looks. It outlives the graph, which comes and goes with its tab. */
export interface Looking {
  /** Which stop of the walk, or null: all numbers are shown. */
  stop: Signal<number | null>;
  /** The number whose equation is shown. */
  focus: Signal<Spot | null>;
  /** Whether homework is open. */
  homework: Signal<boolean>;
}

const known = new WeakMap<Store, Looking>();

export function lookingOf(store: Store): Looking {
  const looking = known.get(store) ?? { stop: signal<number | null>(null), focus: signal<Spot | null>(null), homework: signal(false) };
  known.set(store, looking);
  return looking;
}

/** Times a second that numbers are asked for while training runs. */
const RATE = 6;

/** A row of the points as the network sees it, and its target. */
export function rowOf(store: Store, index: number): { row: number[]; target: number[] } | null {
  const { X, y } = store.points.value;
  const count = X.columns === 0 ? 0 : rowsOf(X);
  if (count === 0) return null;
  const k = Math.min(Math.max(0, index), count - 1);
  const cut = (matrix: typeof X) => matrix.data.slice(k * matrix.columns, (k + 1) * matrix.columns);
  const goal = targets({ data: cut(y), columns: y.columns }, store.settings.peek().network.output.is, store.task.peek());
  return { row: [...store.featured({ data: cut(X), columns: X.columns }).data], target: [...goal.data] };
}

/** The walk of a row where training stands, anew a few times a second while that changes; one question at a time. */
export function useWalk(store: Store): { nodes: Node[] | null; trouble: string | null } {
  const [walk, setWalk] = useState<{ nodes: Node[] | null; trouble: string | null }>({ nodes: null, trouble: null });
  const asking = useRef({ flying: false, again: false, alive: true });
  async function ask(): Promise<void> {
    const state = asking.current;
    const chosen = rowOf(store, store.settings.peek().view.row);
    if (chosen === null || !state.alive) return;
    state.again = state.flying;
    if (state.flying) return;
    state.flying = true;
    try {
      const nodes = await store.transport.get("walk", chosen);
      if (state.alive) setWalk({ nodes, trouble: null });
    } catch (error) {
      if (store.preparing.peek()) void store.settled().then(ask); // it was asked about a row that the player's network no longer takes
      else if (state.alive) setWalk({ nodes: null, trouble: error instanceof Error ? error.message : String(error) });
    }
    setTimeout(() => {
      state.flying = false;
      if (state.again) void ask();
    }, 1000 / RATE);
  }
  const row = store.settings.value.view.row;
  useEffect(() => void ask(), [row]);
  // An effect of signals, not of rendering: frames come far more often than the figure is drawn.
  useSignalEffect(() => {
    const changes = [store.frame.value, store.points.value, store.plan.value];
    if (changes[2] !== null) void ask();
  });
  useEffect(() => {
    asking.current.alive = true;
    return () => void (asking.current.alive = false);
  }, []);
  return walk;
}
