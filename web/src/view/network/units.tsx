/** A layer's units, each with a picture of what it says over the plane, and its bias at its corner. */

import type { Store } from "../../store";
import { type Colour, classColour, css, diverging, divergingFrom, neutral, towards } from "../colours";
import { HeatMap } from "../heatmap";
import { short } from "../numbers";
import type { Column } from "./layout";

export interface Pictures {
  /** By column of the diagram, all units' values, row by row. */
  values: (Float32Array | undefined)[];
  /** Of digits: the picked row, and that weights of the first layer are pictures. */
  pictured: boolean;
}

/** The colours of one unit's picture. */
export function pictureOf(store: Store, pictures: Pictures, column: Column, index: number, unit: number): { size: number; colour: (i: number) => Colour } | null {
  const shade = divergingFrom(neutral());
  const side = Math.round(Math.sqrt(store.plan.value?.network.inputs ?? 0));
  if (pictures.pictured && index === 0) {
    const { X } = store.points.value;
    const row = X.data.subarray(store.settings.value.view.row * X.columns);
    const most = X.data.reduce((most, x) => Math.max(most, x), 1e-9);
    return { size: side, colour: (i) => shade(row[i] / most) };
  }
  if (pictures.pictured && index === 1 && column.W) {
    const theta = store.frame.value?.theta;
    if (!theta || theta.length < column.W.stop) return null;
    const { start, shape } = column.W;
    const weight = (i: number) => theta[start + i * shape[1] + unit * column.pieces];
    let most = 1e-9;
    for (let i = 0; i < shape[0]; i++) most = Math.max(most, Math.abs(weight(i)));
    return { size: side, colour: (i) => shade(weight(i) / most) };
  }
  const values = pictures.values[index];
  const columns = column.units;
  const size = values ? Math.round(Math.sqrt(values.length / columns)) : 0;
  if (!values?.length || size ** 2 * columns !== values.length) return null;
  if (column.gate === -1 && store.task.value.classes) {
    const own = towards(classColour(columns === 1 ? 1 : unit));
    return { size, colour: (i) => own(values[i * columns + unit]) };
  }
  let most = 1;  // what is infinite, as where training diverged, is as strong as the largest that is not
  for (let i = unit; i < values.length; i += columns) if (Number.isFinite(values[i])) most = Math.max(most, Math.abs(values[i]));
  return {
    size,
    colour: (i) => shade(values[i * columns + unit] / most),
  };
}

/** What a unit is called. */
export function unitName(store: Store, column: Column, index: number, unit: number): string {
  if (index === 0) return store.settings.value.features[unit] ?? "";
  const classes = store.task.value.classes;
  if (column.gate === -1) return classes && column.units === classes.length ? classes[unit] : classes ? (classes[1] ?? "") : "ŷ";
  return `${unit + 1}`;
}

interface Props {
  store: Store;
  column: Column;
  index: number;
  pictures: Pictures;
  chosen: number | null;
  choose: (unit: number) => void;
}

export function Units({ store, column, index, pictures, chosen, choose }: Props) {
  const theta = store.frame.value?.theta;
  const { size, x, y, b, pieces } = column;
  const crowded = index === 0 && y.length > 6; // names stand beside the units
  const isOutput = column.gate === -1;
  const hidden = index === 0 && pictures.pictured ? 0 : column.units - y.length;
  return (
    <>
      {y.map((at, unit) => {
        const picture = pictureOf(store, pictures, column, index, unit);
        const bias = theta && b ? theta[b.start + unit * pieces] : null;
        const name = unitName(store, column, index, unit);
        const says = index === 0 ? `Input ${name}` : `${column.title}, unit ${isOutput ? name : unit + 1}`;
        return (
          <div key={unit} class={`unit ${index === 0 ? (crowded ? "input crowded" : "input") : isOutput ? "output" : ""}`} style={{ left: `${x - size / 2}px`, top: `${at - size / 2}px`, width: `${size}px`, height: `${size}px` }}>
            <button
              type="button"
              aria-label={bias === null ? says : `${says}, bias ${short(bias, 3)}`}
              aria-pressed={chosen === unit}
              disabled={index === 0}
              onClick={() => choose(unit)}
              title={bias === null ? says : `${says}: bias ${short(bias, 3)}. Click for its weights.`}
            >
              <HeatMap size={picture?.size ?? 1} colour={picture?.colour ?? null} />
            </button>
            {bias !== null && <i class="bias" style={{ background: css(diverging(bias)), borderColor: css(diverging(bias < 0 ? -1 : 1)) }} aria-hidden="true" />}
            {(index === 0 || isOutput) && !(pictures.pictured && index === 0) && (
              <span class="name" style={crowded ? { maxWidth: `${x - size / 2 - 8}px` } : undefined}>{name}</span>
            )}
            {store.settings.value.view.numbers && bias !== null && <span class="number">{short(bias, 2)}</span>}
          </div>
        );
      })}
      {hidden > 0 && <span class="more" style={{ left: `${x}px`, top: `${y[y.length - 1] + size / 2 + 2}px` }}>+ {hidden} more</span>}
    </>
  );
}
