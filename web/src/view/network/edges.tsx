/** Weights as edges: the wider the larger, blue above zero, orange below, dashed where no step moves them. */

import { useEffect, useRef } from "preact/hooks";
import { elementOf } from "../../page/tensors";
import type { Store } from "../../store";
import { css, negative, positive } from "../colours";
import { short } from "../numbers";
import type { Column, Layout } from "./layout";

/** Edges up to which numbers can be read beside them. */
const LEGIBLE = 48;

export interface Edge {
  /** Its place in θ and its name, `W1[0,2]`. */
  place: number;
  name: string;
  column: number;
  unit: number;
  path: string;
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
      return {
        place: W.start + i * W.shape[1] + j * to.pieces,
        name: elementOf(W.name, W.shape[1], i * W.shape[1] + j * to.pieces),
        column,
        unit: j,
        path: `M${left} ${y0}C${left + bend} ${y0} ${right - bend} ${y1} ${right} ${y1}`,
        middle: [left + (right - left) * along(share), y0 * near + y1 * (1 - near)] as [number, number],
      };
    }),
  );
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
  const svg = useRef<SVGSVGElement>(null);
  const frozen = new Set(store.settings.value.network.frozen);
  const theta = store.frame.value?.theta;
  const crowded = !legible(edges);
  const looks = useRef<string[]>([]);
  // Hundreds of edges change with every frame: they are touched where they stand, and only if it shows.
  useEffect(() => {
    if (!theta || !svg.current) return;
    const [below, above] = [css(negative()), css(positive())];
    const most = new Map<number, number>();
    for (const { column, place } of edges) most.set(column, Math.max(most.get(column) ?? 1, Math.abs(theta[place])));
    const drawn = svg.current.querySelectorAll<SVGPathElement>("path.edge");
    const texts = svg.current.querySelectorAll<SVGTextElement>("text.weight");
    edges.forEach(({ place, column }, k) => {
      const weight = theta[place];
      const share = Math.abs(weight) / most.get(column)!;
      const width = (0.5 + Math.round(4 * (crowded ? 3.2 : 6) * share) / 4).toFixed(2);
      const opacity = (0.25 + Math.round(10 * 0.6 * Math.sqrt(share)) / 10).toFixed(2);
      const look = `stroke:${weight < 0 ? below : above};stroke-width:${width};opacity:${opacity}`;
      if (drawn[k] && looks.current[k] !== look) drawn[k].setAttribute("style", (looks.current[k] = look));
      if (texts[k]) texts[k].textContent = short(weight, 2);
    });
  });
  useEffect(() => () => void (looks.current = []), [edges]);
  const edgeAt = (event: Event) => edges[Number((event.target as Element).getAttribute?.("data-edge") ?? -1)] ?? null;
  return (
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
      {edges.map(({ path, name }, k) => (
        <g key={name}>
          <path class="edge" d={path} stroke-dasharray={frozen.has(name) ? "6 4" : undefined} />
          <path class="reach" d={path} data-edge={k} />
        </g>
      ))}
      {numbers && edges.length <= LEGIBLE && edges.map(({ middle: [x, y], name }) => <text class="weight" key={name} x={x} y={y + 3} text-anchor="middle" />)}
    </svg>
  );
}

export const legible = (edges: Edge[]) => edges.length <= LEGIBLE;
