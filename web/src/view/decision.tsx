/** What the network says over the plane, with the points it learns from. */

import { useComputed, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { currentPlane, gridOf } from "../page/plane";
import { TABLES } from "../page/points";
import { scoresOf } from "../page/record";
import { decided } from "../page/scores";
import { columnsOf, predicted, sampled, seenOf, side, sideOf } from "../page/seen";
import { unscaled, untamed } from "../page/units";
import type { Store } from "../store";
import { boundsOf, coloured, colouredTarget } from "./coloured";
import { type Colour, classColour, css } from "./colours";
import { Check } from "./field";
import { Hand, type Mode } from "./hand";
import { HeatMap } from "./heatmap";
import { own } from "./ids";
import { short } from "./numbers";
import { type Dots, scatter } from "./scatter";
import { Through } from "./through";
import "./decision.css";
import { useWatch } from "./watching";

/** The colour of a target, and of the i-th of the grid's predictions. */
function colours(store: Store): { ofTarget: (y: number) => Colour; ofPrediction: ((i: number) => Colour) | null; size: number } {
  const classes = store.task.value.classes;
  const targets = store.points.value.y.data;
  const values = store.frame.value?.values.decision?.[0];
  const size = sideOf(values, store.plan.value?.network);
  return {
    size: size ?? 1,
    ofTarget: colouredTarget(classes, targets),
    ofPrediction: values && size ? coloured(values, size, classes, targets, store.settings.value.view.discretize) : null,
  };
}

/** The points with where each belongs and whether it is decided wrongly. */
function useDots(store: Store, colour: (y: number) => Colour): Dots {
  const { view } = store.settings.value;
  const points = store.points.value;
  const plane = currentPlane(store);
  const parts = store.parts.value;
  const judged = seenOf(store).judged.value;
  const columns = store.plan.value ? columnsOf(store.plan.value.network) : 1;
  const train = (judged?.rows.train ?? []).map((k) => parts.train[k]);
  const frame = store.frame.value;
  const classes = store.task.value.classes;
  const predictions = frame && judged && predicted(frame, judged, columns);
  const wrongs = (rows: number[], predictions: Float32Array | null | undefined) => {
    if (!classes || !predictions) return rows.map(() => false);
    const decisions = decided(predictions, columns);
    return rows.map((row, k) => decisions[k] !== points.y.data[row * points.y.columns]);
  };
  const valid = view.showValid ? (judged?.rows.valid ?? []).map((k) => parts.valid[k]) : [];
  const rows = [...train, ...valid];
  if (parts.train.includes(view.row) && !rows.includes(view.row)) rows.push(view.row);
  const wrong = [...wrongs(train, predictions?.train), ...wrongs(valid, predictions?.valid)];
  return {
    points,
    plane,
    rows,
    held: (k) => k >= train.length && k < train.length + valid.length,
    wrong: (k) => wrong[k] ?? false,
    colour,
    picked: view.row,
  };
}

/** Ask for predictions over the plane as long as the picture is there. */
function useGrid(store: Store): void {
  scoresOf(store);
  const size = store.plan.value ? side(store.plan.value.network, seenOf(store).products.value) : 1;
  const asked = useComputed(() => JSON.stringify([store.settings.value.features, store.settings.value.view.axes, store.settings.value.view.row]));
  const wanted = () => ({ rows: store.featured(gridOf(currentPlane(store), size)), gates: [-1] });
  useWatch(store, "decision", wanted, [store.plan.value, store.points.value, asked.value, size]);
}

const MODES: { mode: Mode; says: string }[] = [
  { mode: "pick", says: "Pick" },
  { mode: "add", says: "Add" },
  { mode: "move", says: "Move" },
  { mode: "remove", says: "Remove" },
];

export function Decision({ store }: { store: Store }) {
  const { view, data } = store.settings.value;
  const task = store.task.value;
  const mode = useSignal<Mode>("pick");
  const asked = useSignal(0);
  const mostClasses = task.classes && Math.min(task.classes.length, 5);
  const target = mostClasses !== null && !(Number.isInteger(asked.value) && asked.value >= 0 && asked.value <= mostClasses) ? 0 : asked.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  useGrid(store);
  const part = sampled(store.plan.value, seenOf(store).judged.value);
  const { ofTarget, ofPrediction, size } = colours(store);
  const dots = useDots(store, ofTarget);
  const wrong = dots.rows.reduce((count, _, k) => count + Number(dots.wrong(k)), 0);
  const drawn = useRef("");
  useLayoutEffect(() => {
    const state = JSON.stringify([wrong, dots.rows.length, dots.picked, dots.plane, canvas.current!.clientWidth, dots.rows.map((_, k) => Number(dots.wrong(k))).join("")]);
    if (state === drawn.current && dots.points === shown.current) return;
    drawn.current = state;
    shown.current = dots.points;
    scatter(canvas.current!, dots);
  });
  const shown = useRef(dots.points);
  const isTamed = (axis: number) => !!task.units?.columns[axis];
  const editable = !TABLES.includes(data.kind) && store.host !== "replay"; // a recording cannot be changed
  return (
    <>
      <h2>What the network says</h2>
      <div class="picture">
        <Hand store={store} mode={editable ? mode.value : "pick"} target={target} dots={dots}>
          <HeatMap size={size} colour={ofPrediction} />
          <canvas ref={canvas} class="dots" aria-hidden="true" />
        </Hand>
        {(["across", "up"] as const).map((way, k) => {
          const axis = dots.plane.axes[k];
          const [low, high] = [dots.plane.low[k], dots.plane.high[k]].map((end) => untamed(task.units?.columns[axis], end));
          return <Axis key={way} name={task.inputs[axis]} low={low} high={high} way={way} tamed={isTamed(axis)} />;
        })}
      </div>
      {dots.plane.axes.some(isTamed) && <p class="quiet">Axes as the network sees a table's numbers: the farther from the median, the closer together.</p>}
      <Legend store={store} wrong={wrong} />
      {part && <p class="quiet sampled">{part}</p>}
      {editable && (
        <div class="row" role="group" aria-label="Points by hand">
          <div class="segments" role="radiogroup" aria-label="What a click does">
            {MODES.map(({ mode: each, says }) => (
              <label key={each}>
                <input type="radio" name={own(store, "hand")} checked={mode.value === each} onChange={() => (mode.value = each)} />
                <span>{says}</span>
              </label>
            ))}
          </div>
          {mode.value === "add" && (
            <label>
              {task.classes ? "as class " : "with target "}
              {task.classes ? (
                <select value={target} onChange={(event) => (asked.value = Number(event.currentTarget.value))}>
                  {[...task.classes, ...(task.classes.length < 6 ? ["new class"] : [])].map((name, k) => <option key={name} value={k}>{name}</option>)}
                </select>
              ) : (
                <input type="number" step="any" value={target} onInput={(event) => (asked.value = Number(event.currentTarget.value))} />
              )}
            </label>
          )}
        </div>
      )}
      <div class="row">
        <Check says="Discretize" on={view.discretize} set={(on) => store.change(({ view }) => (view.discretize = on))} />
        <Check says="Held-out points" on={view.showValid} set={(on) => store.change(({ view }) => (view.showValid = on))} />
      </div>
      {task.inputs.length > 2 && <Axes store={store} />}
      <Through store={store} dots={dots} />
    </>
  );
}

/** A tamed axis is none of equal steps: x stands at d / √(spread² + (d / 3)²), where d = x − median. */
function Axis({ name, low, high, way, tamed }: { name: string; low: number; high: number; way: "across" | "up"; tamed: boolean }) {
  return (
    <span class={`axis ${way}`} title={tamed ? `${name}, drawn as the network sees it: d / √(spread² + (d / 3)²), where d is the distance from the median and the spread that of the quartiles. Steps are wide about the median and narrow far from it.` : undefined}>
      <span>{short(low, 2)}</span>
      <i>{name}</i>
      <span>{short(high, 2)}</span>
    </span>
  );
}

function Legend({ store, wrong }: { store: Store; wrong: number }) {
  const { classes, units } = store.task.value;
  const target = units?.target;
  const ends = boundsOf(store.points.value.y.data).map((end) => short(unscaled(target, end), 3));
  return (
    <p class="legend">
      {classes?.slice(0, 10).map((name, k) => (
        <span key={name}><i style={{ background: css(classColour(k)) }} /> {name}</span>
      ))}
      {!classes && <span><i style={{ background: css(classColour(0)) }} /> {ends[0]} <i style={{ background: css(classColour(1)) }} /> {ends[1]} {target?.name}</span>}
      {store.parts.value.valid.length > 0 && <span><i class="hollow" /> held out</span>}
      {classes && <span data-wrong={wrong}><b aria-hidden="true">×</b> wrong: {wrong}</span>}
    </p>
  );
}

/** The two inputs that span the plane, where there are more. */
function Axes({ store }: { store: Store }) {
  const { axes, row } = store.settings.value.view;
  return (
    <div class="row">
      {(["across", "up"] as const).map((way, k) => (
        <label key={way}>
          {way}{" "}
          <select aria-label={`Axis ${way}`} value={axes[k]} onChange={(event) => { const axis = Number(event.currentTarget.value); store.change(({ view }) => (view.axes[k] = axis)); }}>
            {store.task.value.inputs.map((name, axis) => <option key={name} value={axis} disabled={axis === axes[1 - k]}>{name}</option>)}
          </select>
        </label>
      ))}
      {row > 0 ? (
        <small>
          The others as in row {row}. <button type="button" class="plain" onClick={() => store.change(({ view }) => (view.row = 0))}>Medians instead</button>
        </small>
      ) : (
        <small>The others at their medians, or as in a row that you pick.</small>
      )}
    </div>
  );
}
