/** Points over the plane: filled those that train, hollow those that judge, crossed those that are decided wrongly. */

import type { Examples } from "../protocol";
import type { Plane } from "../page/plane";
import { type Colour, css } from "./colours";
import { sharp } from "./sharp";

export interface Dots {
  points: Examples;
  plane: Plane;
  /** Rows of the points that are drawn, and whether each is held out or decided wrongly. */
  rows: number[];
  held: (k: number) => boolean;
  wrong: (k: number) => boolean;
  colour: (target: number) => Colour;
  picked: number;
}

/** From raw inputs to a place in a picture of this width and height. */
export function placed({ low, high }: Plane, x1: number, x2: number, width: number, height: number): [number, number] {
  return [((x1 - low[0]) / (high[0] - low[0])) * width, ((high[1] - x2) / (high[1] - low[1])) * height];
}

/** … and back. */
export function inputsAt({ low, high }: Plane, x: number, y: number, width: number, height: number): [number, number] {
  return [low[0] + (x / width) * (high[0] - low[0]), high[1] + (y / height) * (low[1] - high[1])];
}

export function scatter(canvas: HTMLCanvasElement, dots: Dots): void {
  const { points, plane, rows, held, wrong, colour, picked } = dots;
  const { clientWidth: width, clientHeight: height } = canvas;
  const pen = sharp(canvas, width, height);
  if (!pen) return;
  const style = getComputedStyle(canvas);
  const [ink, paper] = [style.getPropertyValue("--ink"), style.getPropertyValue("--card")];
  const radius = rows.length > 1000 ? 2 : rows.length > 400 ? 2.6 : 3.6;
  const { data, columns } = points.X;
  const at = (row: number) => placed(plane, data[row * columns + plane.axes[0]], data[row * columns + plane.axes[1]], width, height);
  rows.forEach((row, k) => {
    const [x, y] = at(row);
    const fill = css(colour(points.y.data[row * points.y.columns]));
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fillStyle = held(k) ? paper : fill;
    pen.fill();
    pen.lineWidth = held(k) ? 1.8 : 1;
    pen.strokeStyle = held(k) ? fill : paper;
    pen.stroke();
    if (wrong(k)) {
      const arm = radius * 0.95;
      pen.beginPath();
      for (const way of [1, -1]) {
        pen.moveTo(x - arm, y - way * arm);
        pen.lineTo(x + arm, y + way * arm);
      }
      pen.lineWidth = 1.4;
      pen.strokeStyle = ink;
      pen.stroke();
    }
  });
  if (!rows.includes(picked)) return;
  pen.beginPath(); // last, so that no other point lies over it
  pen.arc(...at(picked), radius + 4, 0, 2 * Math.PI);
  pen.lineWidth = 2;
  pen.strokeStyle = ink;
  pen.stroke();
}

/** The row nearest to a place, if it is within reach. */
export function nearest({ points, plane, rows }: Dots, x: number, y: number, width: number, height: number, reach = 14): number | null {
  const { data, columns } = points.X;
  let best: number | null = null;
  let least = reach * reach;
  for (const row of rows) {
    const [px, py] = placed(plane, data[row * columns + plane.axes[0]], data[row * columns + plane.axes[1]], width, height);
    const far = (px - x) ** 2 + (py - y) ** 2;
    if (far < least) [best, least] = [row, far];
  }
  return best;
}
