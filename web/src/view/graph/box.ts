/** The boxes of the figure: what a gate owns, in cells, as much as there is room for. */

import { letter } from "../../page/tensors";
import { type Spot, type Stage } from "./stage";

export interface Cell {
  spot: Spot;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Label {
  text: string;
  x: number;
  y: number;
}

/** A rectangle with numbers: the input, a gate's parameters, the target. A parameter's gradient stands in its cell. */
export interface Box {
  place: number;
  x: number;
  y: number;
  width: number;
  height: number;
  labels: Label[];
  cells: Cell[];
}

/** Rows of a matrix that are written out, if not all. */
const ROWS = 4;

/** What stands in a box, as columns: those of a matrix, or one for each vector that the gate owns. */
function columnsOf(stage: Stage, most: number): { head: string; spots: Spot[] }[] {
  const { parameters } = stage.node,
    { place } = stage;
  return parameters.flatMap(({ name, shape, value }) => {
    const wide = shape.length > 1 && shape[0] > 1 ? shape[1] : 1;
    const high = value.length / wide;
    const rows = high <= ROWS + 2 ? high : ROWS;
    return Array.from({ length: Math.min(wide, most) }, (_, j) => ({
      head: wide > 1 ? (j === 0 ? name : "") : SHORT[letter(name)] ? SHORT[letter(name)] + name.replace(/^\D+/, "") : name,
      spots: Array.from({ length: rows }, (_, i) => ({ place, what: letter(name), index: i * wide + j })),
    }));
  });
}

const SHORT: { [name: string]: string } = { gain: "γ", shift: "β", mean: "μ", variance: "σ²" };

/** How much of a gate's parameters its box leaves out, in words. */
function omitted(stage: Stage, most: number): string {
  const [first] = stage.node.parameters;
  if (first === undefined) return "";
  const wide = first.shape.length > 1 && first.shape[0] > 1 ? first.shape[1] : 1,
    high = first.value.length / wide;
  return wide > most || high > ROWS + 2 ? `of ${wide > 1 ? `${high}×${wide}` : high}` : "";
}

export function boxSize(stage: Stage, most: number, cell: { width: number; height: number }): { width: number; height: number } {
  if (stage.node.kind === "loss") return { width: 44, height: 40 };
  const columns = columnsOf(stage, most);
  if (columns.length === 0) return { width: 0, height: 0 };
  const height = 20 + Math.max(...columns.map(({ spots }) => spots.length)) * cell.height + (omitted(stage, most) ? 16 : 3);
  return { width: columns.length * cell.width + 8, height };
}

export function boxAt(stage: Stage, most: number, cell: { width: number; height: number }, x: number, y: number): Box {
  const size = boxSize(stage, most, cell),
    middle = x + size.width / 2;
  if (stage.node.kind === "loss")
    return {
      place: stage.place,
      x,
      y,
      ...size,
      labels: [
        { text: "y", x: middle, y: y + 14 },
        {
          text: stage.target.length > 3 ? "…" : stage.target.map((each) => Number(each.toPrecision(3))).join(" "),
          x: middle,
          y: y + 31,
        },
      ],
      cells: [],
    };
  const columns = columnsOf(stage, most),
    rest = omitted(stage, most);
  const matrix = columns.filter(({ head }) => head === "").length > 0;
  const labels = columns.flatMap(({ head }, j) =>
    head === "" ? [] : [{ text: head, x: matrix ? middle : x + 4 + (j + 0.5) * cell.width, y: y + 14 }],
  );
  if (rest) labels.push({ text: rest, x: middle, y: y + size.height - 9 });
  const cells = columns.flatMap(({ spots }, j) =>
    spots.map((spot, i) => ({
      spot,
      x: x + 4 + (j + 0.5) * cell.width,
      y: y + 20 + (i + 0.5) * cell.height,
      width: cell.width - 2,
      height: cell.height - 2,
    })),
  );
  return { place: stage.place, x, y, ...size, labels, cells };
}
