/** Weights as edges: the wider the larger, blue above zero, orange below, dashed where no step moves them. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { elementOf } from "../../page/tensors";
import type { Store } from "../../store";
import { css, negative, positive } from "../colours";
import { short } from "../numbers";
import { sharp } from "../sharp";
import type { Column, Layout } from "./layout";

/** Edges up to which numbers can be read beside them. */
const LEGIBLE = 48;

export interface Edge {
  /** Its place in θ and its name, `W1[0,2]`. */
  place: number;
  name: string;
  column: number;
  unit: number;
  course: string;
  path: Path2D;
  middle: [number, number];
}

export function edgesOf({ columns }: Layout, pictured: boolean): Edge[] {
  return columns.slice(1).flatMap((to, k) => (pictured && k === 0 ? [] : between(columns[k], to, k + 1)));
}

/** How far across a curve is that bends half-way, at a share of its course. */
const along = (t: number) => 1.5 * (1 - t) ** 2 * t + 1.5 * (1 - t) * t ** 2 + t ** 3;

function between(from: Column, to: Column, column: number): Edge[] {
  const W = to.W;
  if (!W) return [];
  const [left, right] = [from.x + from.size / 2, to.x - to.size / 2];
  const bend = (right - left) / 2;
  const steps = Math.max(3, from.y.length);
  return from.y.flatMap((y0, i) =>
    to.y.map((y1, j) => {
      // Numbers stand at places along the edges that differ, so that those of crossing edges seldom meet.
      const share = 0.2 + (0.6 * (((i + 2 * j) % steps) + 0.5)) / steps;
      const near = (1 - share) ** 2 * (1 + 2 * share);
      const course = `M${left} ${y0}C${left + bend} ${y0} ${right - bend} ${y1} ${right} ${y1}`;
      return {
        place: W.start + i * W.shape[1] + j * to.pieces,
        name: elementOf(W.name, W.shape[1], i * W.shape[1] + j * to.pieces),
        column,
        unit: j,
        course,
        path: new Path2D(course),
        middle: [left + (right - left) * along(share), y0 * near + y1 * (1 - near)] as [number, number],
      };
    }),
  );
}

interface Stroke {
  path: Path2D;
  colour: string;
  width: number;
  opacity: number;
  dashed: boolean;
  look: string;
}

/** How each edge is drawn, in few widths and shades. */
function strokesOf(edges: Edge[], theta: ArrayLike<number>, frozen: Set<string>): Stroke[] {
  const [below, above] = [css(negative()), css(positive())];
  const most = new Map<number, number>();
  for (const { column, place } of edges) most.set(column, Math.max(most.get(column) ?? 1, Math.abs(theta[place])));
  return edges.map(({ place, column, path, name }) => {
    const weight = theta[place];
    const share = Math.abs(weight) / most.get(column)!;
    const stroke = {
      path,
      colour: weight < 0 ? below : above,
      width: 0.5 + Math.round(4 * (legible(edges) ? 6 : 3.2) * share) / 4,
      opacity: 0.25 + Math.round(10 * 0.6 * Math.sqrt(share)) / 10,
      dashed: frozen.has(name),
    };
    return { ...stroke, look: [stroke.colour, stroke.width, stroke.opacity, stroke.dashed].join() };
  });
}

/** Hundreds of edges change with every frame: one canvas is painted in a third of the time of as many drawn paths. */
function draw(canvas: HTMLCanvasElement, { width, height }: Layout, strokes: Stroke[]): void {
  const pen = sharp(canvas, width, height);
  if (!pen) return;
  for (const { path, colour, width, opacity, dashed } of strokes) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.globalAlpha = opacity;
    pen.setLineDash(dashed ? [6, 4] : []);
    pen.stroke(path);
  }
}

interface Props {
  store: Store;
  layout: Layout;
  edges: Edge[];
  numbers: boolean;
  choose: (column: number, unit: number) => void;
  point: (edge: Edge | null) => void;
}

export function Edges({ store, layout, edges, numbers, choose, point }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const theta = store.frame.value?.theta;
  const { frozen } = store.settings.value.network;
  const drawn = useRef("");
  useLayoutEffect(() => {
    if (!theta || !canvas.current || !svg.current) return;
    const strokes = strokesOf(edges, theta, new Set(frozen));
    const looks = JSON.stringify([layout.width, layout.height, strokes.map(({ look }) => look)]);
    if (looks !== drawn.current) draw(canvas.current, layout, strokes);
    drawn.current = looks;
    const texts = svg.current.querySelectorAll("text.weight");
    edges.slice(0, texts.length).forEach(({ place }, k) => (texts[k].textContent = short(theta[place], 2)));
  });
  const edgeAt = (event: Event) => edges[Number((event.target as Element).getAttribute?.("data-edge") ?? -1)] ?? null;
  return (
    <>
    <canvas ref={canvas} class="edges" style={{ width: `${layout.width}px`, height: `${layout.height}px` }} aria-hidden="true" />
    <svg
      ref={svg}
      class="edges"
      width={layout.width}
      height={layout.height}
      aria-hidden="true"
      onPointerOver={(event) => point(edgeAt(event))}
      onPointerLeave={() => point(null)}
      onClick={(event) => {
        const edge = edgeAt(event);
        if (edge) choose(edge.column, edge.unit);
      }}
    >
      {edges.map(({ course, name }, k) => (
        <path class="reach" key={name} d={course} data-edge={k} />
      ))}
      {numbers && edges.length <= LEGIBLE && edges.map(({ middle: [x, y], name }) => <text class="weight" key={name} x={x} y={y + 3} text-anchor="middle" />)}
    </svg>
    </>
  );
}

export const legible = (edges: Edge[]) => edges.length <= LEGIBLE;
