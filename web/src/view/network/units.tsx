/** A layer's units, each a frame about its picture, with its bias at its corner. */

import type { Store } from "../../store";
import { css, diverging } from "../colours";
import { Cut } from "../cut";
import { short } from "../numbers";
import type { Column } from "./layout";

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
  /** Of digits, whose one input is the picked row. */
  pictured: boolean;
  chosen: number | null;
  choose: (unit: number) => void;
}

export function Units({ store, column, index, pictured, chosen, choose }: Props) {
  const theta = store.frame.value?.theta;
  const { size, x, y, b, pieces } = column;
  const crowded = index === 0 && y.length > 6; // names stand beside the units
  const isOutput = column.gate === -1;
  const hidden = index === 0 && pictured ? 0 : column.units - y.length;
  return (
    <>
      {y.map((at, unit) => {
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
            />
            {bias !== null && <i class="bias" style={{ background: css(diverging(bias)), borderColor: css(diverging(bias < 0 ? -1 : 1)) }} aria-hidden="true" />}
            {(index === 0 || isOutput) && !(pictured && index === 0) && (
              <span class="name" style={crowded ? { maxWidth: `${x - size / 2 - 8}px` } : undefined}><Cut name={name} /></span>
            )}
            {store.settings.value.view.numbers && bias !== null && <span class="number">{short(bias, 2)}</span>}
          </div>
        );
      })}
      {hidden > 0 && <span class="more" style={{ left: `${x}px`, top: `${y[y.length - 1] + size / 2 + 2}px` }}>+ {hidden} more</span>}
    </>
  );
}
