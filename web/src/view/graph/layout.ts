/** Where everything of the figure stands: circles in lines, boxes above them, arrows and numbers between, in pixels. */

import { letter } from "../../page/tensors";
import { type Box, boxAt, boxSize, type Cell, type Label } from "./box";
import { type Spot, type Stage } from "./stage";

/** The layout outlives the numbers that it is made for, so a circle knows its place alone. */
export interface Circle {
  place: number;
  x: number;
  y: number;
}

/** The way from the node at `place` to the next, or from a box into it (`side`), for values and back for gradients. */
export interface Edge {
  place: number;
  side: boolean;
  forward: string;
  back: string | null;
}

export interface Layout {
  width: number;
  height: number;
  radius: number;
  circles: Circle[];
  boxes: Box[];
  edges: Edge[];
  values: Cell[];
  gradients: Cell[];
  more: Label[];
}

/** Elements of a vector, and rows of a matrix, that are written out. */
const SHOWN = 6;

const GAP = 12,
  HALF = 3,
  CORNER = 7;

type Point = [number, number];

export function layOut(stages: Stage[], width: number): Layout {
  const narrow = width < 560;
  const radius = narrow ? 19 : 26,
    chip = { width: narrow ? 46 : 54, height: 17 };
  const cell = { width: narrow ? 38 : 43, height: 29 };
  const least = 2 * radius + chip.width + 10;
  const lines = broken(stages.slice(1), Math.max(2, Math.floor((width - 2 * GAP) / least)));
  const longest = Math.max(...lines.map((line) => line.length));
  const pitch = Math.max(least, Math.min(1.35 * least, (width - 2 * GAP - radius) / longest));
  const columns = Math.max(2, Math.floor((2 * pitch - cell.width - 30) / cell.width));
  const shown = (count: number) => (count <= SHOWN + 1 ? count : SHOWN);
  const stack = (count: number) => 9 + shown(count) * chip.height + (count > SHOWN + 1 ? 14 : 0);

  const layout: Layout = { width, height: 0, radius, circles: [], boxes: [], edges: [], values: [], gradients: [], more: [] };
  const first = Math.max(pitch, boxSize(stages[1], columns, cell).width / 2 + 2 * GAP);
  let top = 0;
  for (const line of lines) {
    const rise = Math.max(0, ...line.map((stage) => boxSize(stage, columns, cell).height));
    const counts = line.map((stage) => stage.x.length);
    const up = Math.max(radius + 4, ...counts.map(stack));
    const y = top + rise + GAP + up;
    line.forEach((stage, k) => layout.circles.push({ place: stage.place, x: first + k * pitch, y }));
    for (const stage of line) {
      const size = boxSize(stage, columns, cell),
        x = layout.circles.find((each) => each.place === stage.place)!.x;
      if (size.height === 0) continue;
      const box = boxAt(stage, columns, cell, x - size.width / 2, top + rise - size.height);
      layout.boxes.push(box);
      layout.edges.push({
        place: stage.place,
        side: true,
        forward: path([
          [x - HALF, box.y + box.height],
          [x - HALF, y - radius],
        ]),
        back:
          stage.node.kind === "gate"
            ? path([
                [x + HALF, y - radius],
                [x + HALF, box.y + box.height],
              ])
            : null,
      });
    }
    top = y + Math.max(radius + 4, ...counts.map(stack)) + 2 * GAP;
  }
  layout.height = top - GAP;
  connect(layout, stages, { first, pitch, radius, chip, shown, stack });
  layout.width = Math.max(
    width,
    ...layout.circles.map(({ x }) => x + radius + GAP),
    ...layout.boxes.map((box) => box.x + box.width + 4),
  );
  return layout;
}

/** Where the first circle stands, from circle to circle, and what numbers need. */
interface Sizes {
  first: number;
  pitch: number;
  radius: number;
  chip: { width: number; height: number };
  /** How many of so many elements are written out, and how high they are. */
  shown(count: number): number;
  stack(count: number): number;
}

/** Place the input's box, the arrows along the chain, and the numbers beside them. */
function connect(layout: Layout, stages: Stage[], { first, pitch, radius, chip, shown, stack }: Sizes): void {
  const column = (count: number, x: number, y: number, up: boolean, spot: (index: number) => Spot): Cell[] => {
    const n = shown(count);
    const rest = count > n ? 14 : 0;
    if (rest) layout.more.push({ text: `+ ${count - n} more`, x, y: up ? y - 15 : y + stack(count) - 6 });
    return Array.from({ length: n }, (_, k) => ({
      spot: spot(k),
      x,
      y: up ? y - 9 - rest - (n - k - 0.5) * chip.height : y + 9 + (k + 0.5) * chip.height,
      ...chip,
    }));
  };
  const [start] = layout.circles;
  const n = shown(stages[0].y.length),
    high = n * 2 * 14 + 22,
    left = Math.max(chip.width / 2 + 2, first - pitch + chip.width / 2 - 14);
  const box: Box = {
    place: 0,
    x: left - chip.width / 2,
    y: start.y - high / 2,
    width: chip.width,
    height: high,
    labels: [{ text: "X", x: left, y: start.y - high / 2 + 13 }],
    cells: [],
  };
  for (let k = 0; k < n; k++)
    box.cells.push({
      spot: { place: 0, what: "y", index: k },
      x: left,
      y: box.y + 20 + (k + 0.5) * 28,
      width: chip.width - 6,
      height: 27,
    });
  if (stages[0].y.length > n) layout.more.push({ text: `+ ${stages[0].y.length - n} more`, x: left, y: box.y + high + 12 });
  layout.boxes.push(box);
  layout.circles.forEach((circle, k) => {
    const { place } = circle,
      before = k === 0 ? null : layout.circles[k - 1];
    const wraps = before !== null && before.y !== circle.y;
    const tail: Point = before === null ? [box.x + box.width, circle.y] : [before.x + radius, before.y];
    const head: Point = [circle.x - radius, circle.y];
    let points: Point[] = [tail, head];
    if (wraps) {
      const low =
        before.y +
        Math.max(
          radius + 4,
          stack(Math.max(...layout.circles.filter((each) => each.y === before.y).map((each) => stages[each.place].x.length))),
        ) +
        GAP;
      points = [tail, [tail[0] + GAP, before.y], [tail[0] + GAP, low], [5, low], [5, circle.y], head];
    }
    layout.edges.push({
      place: place - 1,
      side: false,
      forward: path(moved(points, HALF)),
      back: path(moved(points, -HALF).reverse()),
    });
    if (place === 1) return;
    const x = wraps ? head[0] - chip.width / 2 - 6 : (tail[0] + head[0]) / 2;
    layout.values.push(...column(stages[place].x.length, x, circle.y, true, (index) => ({ place: place - 1, what: "y", index })));
    if (stages[place - 1].node.kind === "gate")
      layout.gradients.push(
        ...column(stages[place].x.length, x, circle.y, false, (index) => ({ place: place - 1, what: "dy", index })),
      );
  });
}

/** Circles line by line: as many whole layers on each as fit; only a layer that is longer is cut itself. */
function broken(stages: Stage[], most: number): Stage[][] {
  const layers: Stage[][] = [];
  for (const stage of stages) {
    const mixes = ({ node }: Stage) => node.parameters.some(({ name }) => letter(name) === "W");
    if (layers.length === 0 || (mixes(stage) && layers.at(-1)!.some(mixes))) layers.push([]);
    layers.at(-1)!.push(stage);
  }
  const lines: Stage[][] = [[]];
  for (const layer of layers) {
    if (lines.at(-1)!.length > 0 && lines.at(-1)!.length + layer.length > most) lines.push([]);
    for (const stage of layer) {
      if (lines.at(-1)!.length === most) lines.push([]);
      lines.at(-1)!.push(stage);
    }
  }
  return lines;
}

/** A path of right angles, moved to its own left. */
function moved(points: Point[], offset: number): Point[] {
  const normals = points.slice(1).map(([x, y], k): Point => [Math.sign(y - points[k][1]), -Math.sign(x - points[k][0])]);
  return points.map(([x, y], k) => {
    const around = [normals[k - 1], normals[k]].filter((each) => each !== undefined);
    return [x + offset * around.reduce((sum, [dx]) => sum + dx, 0), y + offset * around.reduce((sum, [, dy]) => sum + dy, 0)];
  });
}

/** The path with round corners, as SVG has it. */
function path(points: Point[]): string {
  const [start, ...rest] = points;
  const text = rest.map(([x, y], k) => {
    const next = rest[k + 1],
      [x0, y0] = points[k];
    if (next === undefined) return `L${x},${y}`;
    const towards = ([fx, fy]: Point): Point => [x + CORNER * Math.sign(fx - x), y + CORNER * Math.sign(fy - y)];
    const [a, b] = [towards([x0, y0]), towards(next)];
    return `L${a[0]},${a[1]}Q${x},${y} ${b[0]},${b[1]}`;
  });
  return `M${start[0]},${start[1]}${text.join("")}`;
}
