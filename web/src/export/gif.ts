/** Training as a GIF: the decision picture over the kept epochs, with the points it learns from. */

import { applyPalette, GIFEncoder, quantize } from "gifenc";
import { currentPlane, gridOf } from "../page/plane";
import { predictions } from "../page/predict";
import { type Network, rowsOf } from "../protocol";
import type { Store } from "../store";
import { coloured, colouredTarget } from "../view/coloured";
import { css } from "../view/colours";
import { completed } from "../view/numbers";
import { placed } from "../view/scatter";
import type { Moment } from "../page/moments";

const SIDE = 320;
const GRID = 80;
const HEAD = 24;
const DELAY = 80;
const LAST = 1500;

export async function asGIF(store: Store, network: Network, moments: Moment[], told: (share: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE + HEAD });
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  const grid = store.featured(gridOf(currentPlane(store), GRID));
  const gif = GIFEncoder();
  for (const [k, { number, theta }] of moments.entries()) {
    draw(pen, store, predictions(network, theta, grid), number);
    const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height);
    const palette = quantize(data, 128);
    const delay = k === moments.length - 1 ? LAST : DELAY;
    gif.writeFrame(applyPalette(data, palette), width, height, { palette, delay });
    told((k + 1) / moments.length);
    await new Promise((go) => setTimeout(go)); // the page stays alive meanwhile
  }
  gif.finish();
  return gif.bytes();
}

function draw(pen: CanvasRenderingContext2D, store: Store, said: Float32Array, epoch: number): void {
  const { X, y } = store.points.value;
  const classes = store.task.value.classes;
  const plane = currentPlane(store);
  const colour = coloured(said, GRID, classes, y.data, store.settings.value.view.discretize, [247, 247, 245]);
  const step = SIDE / GRID;
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, SIDE, SIDE + HEAD);
  for (let i = 0; i < GRID * GRID; i++) {
    pen.fillStyle = css(colour(i));
    pen.fillRect((i % GRID) * step, HEAD + Math.floor(i / GRID) * step, step, step);
  }
  const ofTarget = colouredTarget(classes, y.data);
  const radius = rowsOf(y) > 400 ? 2 : 3;
  for (let row = 0; row * X.columns < X.data.length; row++) {
    const [across, up] = plane.axes.map((axis) => X.data[row * X.columns + axis]);
    const [left, top] = placed(plane, across, up, SIDE, SIDE);
    pen.beginPath();
    pen.arc(left, HEAD + top, radius, 0, 2 * Math.PI);
    pen.fillStyle = css(ofTarget(y.data[row * y.columns]));
    pen.fill();
    pen.strokeStyle = "#ffffff";
    pen.stroke();
  }
  pen.fillStyle = "#222222";
  pen.font = "14px system-ui, sans-serif";
  pen.fillText(`epoch ${completed(epoch)}`, 6, 17);
}
