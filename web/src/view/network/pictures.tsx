/** What every unit says over the plane, as pictures on one canvas: as many canvases take the browser four times as long. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Store } from "../../store";
import { type Colour, classColour, divergingFrom, neutral, towards } from "../colours";
import { paint } from "../heatmap";
import { sharp } from "../sharp";
import type { Column, Layout } from "./layout";

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

/** A unit's frame is this wide, its corners this round. */
const [FRAME, ROUND] = [1, 6];

export function UnitPictures({ store, layout, pictures }: { store: Store; layout: Layout; pictures: Pictures }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const sheet = useRef<HTMLCanvasElement | null>(null);
  useLayoutEffect(() => {
    const pen = canvas.current && sharp(canvas.current, layout.width, layout.height);
    const shown = layout.columns.flatMap((column, index) =>
      column.y.flatMap((y, unit) => {
        const picture = pictureOf(store, pictures, column, index, unit);
        return picture ? [{ ...picture, left: column.x - column.size / 2, top: y - column.size / 2, side: column.size }] : [];
      }),
    );
    if (!pen || !shown.length) return;
    sheet.current ??= document.createElement("canvas");
    stacked(sheet.current, shown);
    const most = sheet.current.width;
    shown.forEach(({ size, left, top, side }, k) => {
      const place = [left + FRAME, top + FRAME, side - 2 * FRAME, side - 2 * FRAME] as const;
      pen.save();
      pen.beginPath();
      pen.roundRect(...place, ROUND);
      pen.clip();
      pen.drawImage(sheet.current!, 0, k * most, size, size, ...place);
      pen.restore();
    });
  });
  return <canvas ref={canvas} class="pictures" style={{ width: `${layout.width}px`, height: `${layout.height}px` }} aria-hidden="true" />;
}

/** Paint pictures one below another, each from the left, with room for the largest: one image is soon handed over, many are not. */
function stacked(canvas: HTMLCanvasElement, pictures: { size: number; colour: (i: number) => Colour }[]): void {
  const most = Math.max(...pictures.map(({ size }) => size));
  paint(canvas, most, most * pictures.length, (i) => {
    const { size, colour } = pictures[Math.floor(i / most ** 2)];
    const [row, column] = [Math.floor(i / most) % most, i % most];
    return row < size && column < size ? colour(row * size + column) : [0, 0, 0];
  });
}
