/** The tutorial's figure, alive: values flow forward along its arrows, gradients back. */

import { useMemo } from "preact/hooks";
import { letter } from "../../page/tensors";
import type { Store } from "../../store";
import { own } from "../ids";
import { short } from "../numbers";
import type { Cell } from "./box";
import { type Layout, layOut } from "./layout";
import { same, type Spot, type Stage, title, valueAt } from "./stage";
import { type Looking, lookingOf, type Stop } from "./walk";
import "./graph.css";

interface Shown {
  store: Store;
  stages: Stage[];
  /** Where the walk stands, or null. */
  at: Stop | null;
  /** The numbers that the equation in focus uses. */
  used: Spot[];
  playing: boolean;
  width: number;
  choose(place: number): void;
}

export function Figure({ store, stages, at, used, playing, width, choose }: Shown) {
  const shape = stages
    .map(({ y, node }) => [node.label, y.length, ...node.parameters.map((each) => each.shape)].join())
    .join(";");
  const layout = useMemo(() => layOut(stages, width), [shape, width, stages[0].target.join()]);
  const seen = sight(stages.length, at);
  const scales = useMemo(() => largest(stages), [stages]);
  const chip = (cell: Cell, gradient: boolean) => (
    <Chip
      key={`${cell.spot.place}${cell.spot.what}${cell.spot.index}`}
      {...{ cell, stages, gradient, used, scales }}
      focus={lookingOf(store).focus}
      shown={seen(cell.spot)}
    />
  );
  return (
    <svg
      class={`figure${playing && at === null ? " alive" : ""}`}
      width={layout.width}
      height={layout.height}
      role="group"
      aria-label={described(stages)}
    >
      <defs>
        {["value", "gradient"].map((flow) => (
          <marker
            key={flow}
            id={own(store, `head-${flow}`)}
            class={`head ${flow}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerUnits="userSpaceOnUse"
            markerWidth="10"
            markerHeight="10"
            orient="auto"
          >
            <path d="M0,0.5L8,4L0,7.5Z" />
          </marker>
        ))}
      </defs>
      <Edges store={store} layout={layout} at={at} last={stages.length - 1} />
      {layout.boxes.map((box) => (
        <g key={box.place} class={`box${lit(at, box.place) ? " lit" : ""}`}>
          <rect x={box.x} y={box.y} width={box.width} height={box.height} rx="6" />
          {box.labels.map((label) => (
            <text key={label.text} class={label.text.startsWith("of ") ? "rest" : "label"} x={label.x} y={label.y}>
              {label.text}
            </text>
          ))}
          {box.cells.map((cell) => chip({ ...cell, y: cell.y - 6.5, height: cell.height / 2 }, false))}
          {box.cells
            .filter(({ spot }) => Number.isFinite(valueAt(back(spot), stages)))
            .map((cell) => chip({ ...cell, spot: back(cell.spot), y: cell.y + 6.5, height: cell.height / 2 }, true))}
        </g>
      ))}
      {layout.circles.map(({ place, x, y }) => (
        <Gate key={place} {...{ stage: stages[place], x, y, layout, at, choose }} shown={seen({ place, what: "y", index: 0 })} />
      ))}
      {layout.values.map((cell) => chip(cell, false))}
      {layout.gradients.map((cell) => chip(cell, true))}
      {layout.more.map((label) => (
        <text key={`${label.x},${label.y}`} class="rest" x={label.x} y={label.y}>
          {label.text}
        </text>
      ))}
    </svg>
  );
}

/** The gradient of a number. */
const back = (spot: Spot): Spot => ({ ...spot, what: `d${spot.what}` });

/** Whether the numbers of a spot are reached where the walk stands. */
function sight(count: number, at: Stop | null): (spot: Spot) => boolean {
  if (at === null) return () => true;
  const last = count - 1;
  return ({ place, what }) => {
    const gradient = what.startsWith("d");
    if (!gradient) return at.back || place <= at.place || what !== "y";
    if (!at.back) return false;
    const maker = what === "dy" ? (place === last - 2 ? last : place + 1) : place;
    return maker === last || (at.place !== last && maker >= at.place);
  };
}

/** What is no button of HTML's does as one at Enter and Space. */
function pressed(event: KeyboardEvent, act: () => void): void {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

/** Whether a node is at work at this stop; output and loss go back as one. */
const lit = (at: Stop | null, place: number) => at?.place === place;

function Gate({
  stage,
  x,
  y,
  layout,
  at,
  shown,
  choose,
}: {
  stage: Stage;
  x: number;
  y: number;
  layout: Layout;
  at: Stop | null;
  shown: boolean;
  choose(place: number): void;
}) {
  const { node, place } = stage,
    words = node.label.split(" ");
  const value = node.kind === "loss" && shown ? short(node.value[0], 3) : null;
  const lines = value === null ? words : [...words, value];
  const size = Math.min(
    13,
    (2.6 * layout.radius) / Math.max(...lines.map((line) => line.length)),
    (1.35 * layout.radius) / lines.length,
  );
  const open = () => choose(place);
  return (
    <g
      class={`gate ${node.kind}${lit(at, place) ? (at!.back ? " lit back" : " lit") : ""}`}
      role="button"
      tabindex={0}
      aria-label={`${lines.join(" ")}, node ${place} of the chain`}
      aria-pressed={lit(at, place)}
      onClick={open}
      onKeyDown={(event) => pressed(event, open)}
    >
      <circle cx={x} cy={y} r={layout.radius} />
      {lines.map((line, k) => (
        <text key={k} x={x} y={y + (k - (lines.length - 1) / 2) * 1.2 * size} style={{ fontSize: size }}>
          {`${line} `}
        </text>
      ))}
    </g>
  );
}

/** How wide a digit is at most: a number that is wider than its place is drawn closer. */
const DIGIT = 6.3;

/** Every number can be chosen: by pointer, or by the keys ↑ and ↓, which go from one to the next, and Enter. */
function Chip({
  cell,
  stages,
  gradient,
  shown,
  used,
  scales,
  focus,
}: {
  cell: Cell;
  stages: Stage[];
  gradient: boolean;
  shown: boolean;
  used: Spot[];
  scales: Scales;
  focus: Looking["focus"];
}) {
  const { spot, x, y, width, height } = cell;
  const value = valueAt(spot, stages);
  const chosen = same(focus.value, spot),
    part = used.some((each) => same(each, spot));
  const strength =
    shown && Number.isFinite(value) ? Math.min(1, Math.abs(value) / (gradient ? scales.gradient : scales.value)) : 0;
  const text = shown ? short(value, width < 50 ? 2 : 3) : "·";
  const says = `${title(spot, stages)} = ${shown ? short(value, 6) : "not yet reached"}`;
  const choose = () => (focus.value = chosen ? null : spot);
  const mark = `${gradient ? "gradient" : "value"}${shown ? "" : " waiting"}${chosen ? " chosen" : ""}${part ? " used" : ""}`;
  return (
    <g
      class={`chip ${mark}`}
      data-spot={`${spot.place} ${spot.what} ${spot.index}`}
      role="button"
      tabindex={-1}
      aria-label={`${says}, shown as ${text}`}
      aria-pressed={chosen}
      onClick={choose}
      onKeyDown={(event) => pressed(event, choose)}
    >
      <title>{says}</title>
      <rect
        x={x - width / 2}
        y={y - height / 2 + 0.5}
        width={width}
        height={height - 1}
        rx="4"
        style={{ "--strength": (0.05 + 0.4 * strength).toFixed(3) } as any}
      />
      <text x={x} y={y} textLength={text.length * DIGIT > width ? width - 4 : undefined} lengthAdjust="spacingAndGlyphs">
        {text}
      </text>
    </g>
  );
}

function Edges({ store, layout, at, last }: { store: Store; layout: Layout; at: Stop | null; last: number }) {
  const stop = lookingOf(store).stop.value;
  const head = (flow: string) => `url(#${own(store, `head-${flow}`)})`;
  return (
    <>
      {layout.edges.map(({ place, side, forward, back }) => {
        const comes = at !== null && !at.back && (side ? at.place === place : at.place === place + 1);
        const goes =
          at !== null && at.back && (side ? at.place === place : at.place === last ? place >= last - 2 : at.place === place + 1);
        return (
          <g key={`${place}${side}`}>
            <path class={`edge value${comes ? " flowing" : ""}`} d={forward} marker-end={head("value")} />
            {back && <path class={`edge gradient${goes ? " flowing" : ""}`} d={back} marker-end={head("gradient")} />}
            {comes && <circle key={`${stop}`} class="pulse value" r="4.5" style={{ offsetPath: `path("${forward}")` }} />}
            {goes && back && (
              <circle key={`${stop}`} class="pulse gradient" r="4.5" style={{ offsetPath: `path("${back}")` }} />
            )}
          </g>
        );
      })}
    </>
  );
}

interface Scales {
  value: number;
  gradient: number;
}

/** The largest values that flow, for the tints. */
function largest(stages: Stage[]): Scales {
  const most = (arrays: (Float64Array | null)[]) =>
    arrays.reduce((top, each) => each?.reduce((m, x) => (Math.abs(x) > m ? Math.abs(x) : m), top) ?? top, 1e-12);
  const all = stages.slice(0, -1);
  return {
    value: Math.min(3, most([...all.map(({ y }) => y), ...all.flatMap(({ node }) => node.parameters.map(({ value }) => value))])),
    gradient: most([...all.map(({ dy }) => dy), ...all.flatMap(({ node }) => node.parameters.map(({ gradient }) => gradient))]),
  };
}

function described(stages: Stage[]): string {
  const names = stages.map(({ node }) => node.label + node.parameters.map(({ name }) => ` with ${letter(name)}`).join(""));
  return `Computation graph: ${names.join(", then ")}`;
}
