/** The plane as a chosen layer transforms it: its grid lines and the points, in the layer's first two directions. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { gridOf } from "../page/plane";
import { widths } from "../page/tensors";
import { seenOf } from "../page/seen";
import type { Store } from "../store";
import { type Colour, css } from "./colours";
import type { Dots } from "./scatter";
import { principal } from "../page/principal";
import { sharp } from "./sharp";
import { useWatch } from "./watching";

const LINES = 17;

/** Gates after which the plane can be looked at: every layer's last, and the scores. */
function stops(store: Store): { gate: number; says: string }[] {
  const network = store.plan.value?.network;
  if (!network) return [];
  const found: { gate: number; says: string }[] = [];
  let layer = 0;
  network.gates.forEach((gate, k) => {
    if (gate.is === "MultiplyGate") layer++;
    const next = network.gates[k + 1]?.is;
    if (next === undefined) found.push({ gate: k + 1, says: "the scores" });
    else if (next === "MultiplyGate" && layer > 0) found.push({ gate: k + 1, says: `hidden layer ${layer}` });
  });
  return found;
}

export function Through({ store, dots }: { store: Store; dots: Dots }) {
  const { through } = store.settings.value.view;
  const choices = stops(store);
  const gate = choices.some((each) => each.gate === through) ? through : 0;
  return (
    <>
      <label class="row">
        The plane bent by{" "}
        <select value={gate} onChange={(event) => { const chosen = Number(event.currentTarget.value); store.change(({ view }) => (view.through = chosen)); }}>
          <option value={0}>no layer (not shown)</option>
          {choices.map(({ gate, says }) => <option key={gate} value={gate}>{says}</option>)}
        </select>
      </label>
      {gate > 0 && <Transformed store={store} dots={dots} gate={gate} key={gate} />}
    </>
  );
}

function Transformed({ store, dots, gate }: { store: Store; dots: Dots; gate: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const judged = seenOf(store).judged.value;
  const plane = JSON.stringify(dots.plane);
  const lines = () => ({ rows: store.featured(gridOf(dots.plane, LINES)), gates: [gate] });
  useWatch(store, "through", lines, [gate, plane, judged]);
  useWatch(store, "through points", () => ({ rows: judged?.watched.train ?? "train", gates: [gate] }), [gate, judged]);
  const plan = store.plan.value!;
  const columns = widths(plan.network)[gate];
  const grid = store.frame.value?.values.through?.[0];
  const points = store.frame.value?.values["through points"]?.[0];
  const fits = grid?.length === LINES * LINES * columns && points && points.length === judged!.rows.train.length * columns;
  const before = useRef<Float64Array[]>([]);
  useLayoutEffect(() => {
    if (!fits) return;
    const { directions, project } = principal(points, columns, before.current);
    before.current = directions;
    draw(canvas.current!, project(grid), project(points), (k) => dots.colour(dots.points.y.data[dots.rows[k] * dots.points.y.columns]));
  });
  const says = columns > 2 ? `the two main directions of its ${columns} units` : columns === 2 ? "its two units" : "its one unit";
  return (
    <figure class="through">
      <canvas ref={canvas} role="img" aria-label={`The plane's grid and the training points in ${says}`} />
      <figcaption>Axes: {says}.{store.task.value.classes && " The next layer parts the classes by straight lines here."}</figcaption>
    </figure>
  );
}

function draw(canvas: HTMLCanvasElement, lines: [number, number][], dots: [number, number][], colour: (k: number) => Colour): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const pen = sharp(canvas, width, height);
  if (!pen) return;
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of [...lines, ...dots]) [left, right, bottom, top] = [Math.min(left, x), Math.max(right, x), Math.min(bottom, y), Math.max(top, y)];
  const scale = Math.min((width - 16) / (right - left || 1), (height - 16) / (top - bottom || 1));
  const at = ([x, y]: [number, number]): [number, number] => [width / 2 + (x - (left + right) / 2) * scale, height / 2 - (y - (bottom + top) / 2) * scale];
  pen.strokeStyle = getComputedStyle(canvas).getPropertyValue("--quiet");
  pen.globalAlpha = 0.5;
  for (let i = 0; i < LINES; i++)
    for (const along of [(k: number) => i * LINES + k, (k: number) => k * LINES + i]) {
      pen.beginPath();
      for (let k = 0; k < LINES; k++) pen.lineTo(...at(lines[along(k)]));
      pen.stroke();
    }
  pen.globalAlpha = 1;
  dots.forEach((each, k) => {
    pen.beginPath();
    pen.arc(...at(each), 2.6, 0, 2 * Math.PI);
    pen.fillStyle = css(colour(k));
    pen.fill();
  });
}
