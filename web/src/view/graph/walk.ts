/** Going along the chain step by step, forward then back; and asking the player for the numbers as they change. */

import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Node } from "../../protocol";
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

/** Which stop the reader is at, or null: all numbers are shown. It outlives the graph, which comes and goes with its tab. */
export const stop = signal<number | null>(null);

/** The number whose equation is shown. */
export const focus = signal<Spot | null>(null);

/** Times a second that numbers are asked for while training runs. */
const RATE = 6;

/** A row of the points as the network sees it, and its target. */
export function rowOf(store: Store, index: number): { row: number[]; target: number[] } | null {
  const { X, y } = store.points.value;
  const count = X.columns === 0 ? 0 : X.data.length / X.columns;
  if (count === 0) return null;
  const k = Math.min(Math.max(0, index), count - 1);
  const cut = (matrix: typeof X) => matrix.data.slice(k * matrix.columns, (k + 1) * matrix.columns);
  return { row: [...store.featured({ data: cut(X), columns: X.columns }).data], target: [...cut(y)] };
}

/** The walk of a row where training stands, anew a few times a second while that changes; one question at a time. */
export function useWalk(store: Store): { nodes: Node[] | null; trouble: string | null } {
  const [walk, setWalk] = useState<{ nodes: Node[] | null; trouble: string | null }>({ nodes: null, trouble: null });
  const asked = useRef({ flying: false, again: false, alive: true });
  const { row: index } = store.settings.value.view;
  const step = store.frame.value?.step,
    theta = store.frame.value?.theta;
  const points = store.points.value,
    plan = store.plan.value;
  useEffect(() => {
    asked.current.alive = true;
    return () => void (asked.current.alive = false);
  }, []);
  useEffect(() => {
    const state = asked.current;
    async function ask(): Promise<void> {
      const chosen = rowOf(store, store.settings.peek().view.row);
      if (chosen === null || store.plan.peek() === null || !state.alive) return;
      if (state.flying) return void (state.again = true);
      state.flying = true;
      try {
        const nodes = await store.transport.get("walk", chosen);
        if (state.alive) setWalk({ nodes, trouble: null });
      } catch (error) {
        if (state.alive) setWalk({ nodes: null, trouble: error instanceof Error ? error.message : String(error) });
      }
      setTimeout(() => {
        state.flying = false;
        if (state.again) void ask();
        state.again = false;
      }, 1000 / RATE);
    }
    void ask();
  }, [index, step, theta, points, plan]);
  return walk;
}
