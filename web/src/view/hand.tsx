/** A hand on the picture: points are picked, added, moved and removed, by pointer or with the arrow keys. */

import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type Parts, split } from "../page/points";
import { FEWEST, MOST } from "../page/settle";
import type { Store } from "../store";
import { type Dots, inputsAt, nearest } from "./scatter";

export type Mode = "pick" | "add" | "move" | "remove";

type Point = [number, number, number];

/** The points as they shall be: those of the settings, which may be ahead of those that are drawn. */
function pointsOf({ points, settings }: Store): Point[] {
  const { X, y } = points.value;
  const own = settings.value.data.points;
  return own ? structuredClone(own) : Array.from({ length: y.data.length }, (_, i) => [X.data[2 * i], X.data[2 * i + 1], y.data[i]]);
}

const rounded = ([x1, x2, target]: Point): Point => [Number(x1.toFixed(2)), Number(x2.toFixed(2)), target];

/** The place, among the points as they shall be, of one that is drawn; −1 if it is gone. */
function placeOf(store: Store, row: number): number {
  const { X, y } = store.points.value;
  const drawn = rounded([X.data[2 * row], X.data[2 * row + 1], y.data[row]]).join();
  return pointsOf(store).findIndex((each) => rounded(each).join() === drawn);
}

/** Change the points by hand: from then on they are the settings' own. The point that is picked stays so, wherever it comes to lie. */
export function edited(store: Store, edit: (points: Point[]) => void): void {
  const points = pointsOf(store);
  const picked = points[store.settings.value.view.row];
  edit(points);
  if (points.length > MOST.rows) return store.say(`A page holds at most ${MOST.rows} points.`);
  if (points.length < FEWEST) return store.say("At least two points have to stay.");
  store.change(({ data, view }) => {
    view.row = Math.max(0, points.indexOf(picked));
    data.points = points.map(rounded);
    data.rows = points.length;
  });
}

/** Change which points there are: those that stay keep their side, of what is trained on and of what is held out. */
function regrouped(store: Store, edit: (points: Point[], parts: Parts) => Parts): void {
  const { data } = store.settings.value;
  edited(store, (points) => {
    const { train, valid } = edit(points, split(points.length, data.split, data.seed));
    const [trained, held] = [train, valid].map((rows) => rows.map((row) => points[row]));
    points.splice(0, Infinity, ...arranged(trained, held, data));
  });
}

/** Points in the order in which `split` parts them so; where it holds out more or fewer, the first ones change sides. */
function arranged(train: Point[], valid: Point[], data: { split: number; seed: number }): Point[] {
  const points: Point[] = Array.from({ length: train.length + valid.length });
  const places = split(points.length, data.split, data.seed);
  const more = places.valid.length - valid.length;
  if (more > 0) valid.push(...train.splice(0, more));
  else train.push(...valid.splice(0, -more));
  places.train.forEach((row, k) => (points[row] = train[k]));
  places.valid.forEach((row, k) => (points[row] = valid[k]));
  return points;
}

/** Add a point that is trained on, as are those added before. */
const add = (store: Store, point: Point) =>
  regrouped(store, (points, { train, valid }) => ({ train: [...train, points.push(point) - 1], valid }));

function remove(store: Store, drawn: number): void {
  const row = placeOf(store, drawn);
  if (row >= 0) regrouped(store, (_, { train, valid }) => ({ train: train.filter((each) => each !== row), valid: valid.filter((each) => each !== row) }));
}

export function Hand({ store, mode, target, dots, children }: { store: Store; mode: Mode; target: number; dots: Dots; children: ComponentChildren }) {
  const surface = useRef<HTMLDivElement>(null);
  const held = useRef<number | null>(null);
  const cursor = useSignal<[number, number] | null>(null);
  const size = (): [number, number] => [surface.current!.clientWidth, surface.current!.clientHeight];
  const at = (event: PointerEvent): [number, number] => {
    const box = surface.current!.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  function act(x: number, y: number): void {
    const row = nearest(dots, x, y, ...size());
    const [x1, x2] = inputsAt(dots.plane, x, y, ...size());
    if (mode === "add") add(store, [x1, x2, target]);
    else if (row === null) return;
    else if (mode === "pick") store.change(({ view }) => (view.row = row));
    else if (mode === "remove") remove(store, row);
    else if (held.current === null) held.current = row;
    else {
      drop(x, y);
    }
  }
  function drop(x: number, y: number): void {
    const row = held.current;
    held.current = null;
    if (row === null) return;
    const [x1, x2] = inputsAt(dots.plane, x, y, ...size());
    const place = placeOf(store, row);
    if (place >= 0) edited(store, (points) => void points[place].splice(0, 2, x1, x2));
  }
  function press(event: PointerEvent): void {
    if (event.button !== 0) return;
    const [x, y] = at(event);
    if (mode !== "move") return act(x, y);
    held.current = nearest(dots, x, y, ...size());
    if (held.current !== null) surface.current!.setPointerCapture(event.pointerId);
  }
  function key(event: KeyboardEvent): void {
    const step = event.shiftKey ? 1 : 8;
    const [width, height] = size();
    const [x, y] = cursor.value ?? [width / 2, height / 2];
    const moves: { [key: string]: [number, number] } = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key in moves) {
      const [dx, dy] = moves[event.key];
      cursor.value = [Math.min(width, Math.max(0, x + dx)), Math.min(height, Math.max(0, y + dy))];
    } else if (event.key === "Enter") act(x, y);
    else if (event.key === "Delete") {
      const row = nearest(dots, x, y, width, height);
      if (row !== null && mode !== "pick") remove(store, row);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
  const says = { pick: "pick a point", add: "add a point", move: "take and drop a point", remove: "remove a point" }[mode];
  return (
    <div
      ref={surface}
      class={`hand ${mode}`}
      tabIndex={0}
      role="application"
      aria-label={`Decision picture. Arrow keys move a cross; Enter: ${says}.`}
      onPointerDown={press}
      onPointerUp={(event) => mode === "move" && drop(...at(event))}
      onKeyDown={key}
      onBlur={() => (cursor.value = null)}
    >
      {children}
      {cursor.value && <span class="cross" style={{ left: `${cursor.value[0]}px`, top: `${cursor.value[1]}px` }} />}
    </div>
  );
}
