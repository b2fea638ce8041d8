/** What the page begins with when it is given a table. */

import { type Table, rowsOf } from "../protocol";
import { START, type Settings } from "../settings";
import { FEATURES } from "./features";
import { same } from "./same";

/** Units of a table's first layer. */
const UNITS = 16;
const DIGITS = 1797;
/** Rows that are looked at to choose the axes. */
const ENOUGH = 4000;

/** How many rows a step takes, of so many: all where they are few. */
const batchOf = (rows: number): number | null => (rows > 4000 ? 256 : rows > 1000 ? 32 : null);

/** The batch, and the units of the first layer, that data of a kind begin with. */
function beginsWith(kind: string, rows: number): { batch: number | null; units: number } {
  const [layer] = START.network.layers;
  if (kind === "own") return { batch: batchOf(rows), units: UNITS };
  return { batch: kind === "digits" ? batchOf(DIGITS) : START.training.batch, units: layer.units };
}

/** Settings for data of another kind: what nobody has chosen otherwise is as those begin with it. `had`: the rows so far. */
function suit({ data, network, training }: Settings, had: number, kind: string, rows: number): void {
  const [before, after] = [beginsWith(data.kind, had), beginsWith(kind, rows)];
  const begun = START.network.layers.map((layer) => ({ ...layer, units: before.units }));
  if (same(network.layers, begun)) network.layers[0].units = after.units;
  if (training.batch === before.batch) training.batch = after.batch;
}

/** Take points, or the digits, as data. */
export function takePoints(settings: Settings, kind: string, had: number): void {
  suit(settings, had, kind, 0);
  settings.data.kind = kind;
  settings.data.points = null;
  settings.view.row = 0;
  settings.features = kind === "digits" ? [] : settings.features.filter((name) => Object.hasOwn(FEATURES, name));
}

/** How closely a column goes along with the first target, from 0 to 1; 0 of a column that only says yes or no. */
function influence({ X, y }: Table, column: number): number {
  const rows = Math.min(rowsOf(X), ENOUGH);
  const pairs = Array.from({ length: rows }, (_, i) => [X.data[i * X.columns + column], y.data[i * y.columns]]);
  if (new Set(pairs.map(([x]) => x)).size <= 2) return 0;
  const [mx, my] = [0, 1].map((k) => pairs.reduce((sum, pair) => sum + pair[k], 0) / rows);
  const sum = (of: (x: number, y: number) => number) => pairs.reduce((total, [x, y]) => total + of(x - mx, y - my), 0);
  return Math.abs(sum((x, y) => x * y)) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y)) || 0;
}

/** The two columns of numbers that go along with the target most closely; the first two where there are none such. */
function axesOf(table: Table): [number, number] {
  const rated = table.columns.map((_, k) => ({ k, value: influence(table, k) }));
  const [first, second] = rated.sort((a, b) => b.value - a.value).slice(0, 2);
  return second?.value ? [first.k, second.k] : [0, Math.min(1, table.columns.length - 1)];
}

/** Leave a lesson: its network and its training are made for its own points. */
function leaveLesson(settings: Settings): void {
  const { network, training, data } = structuredClone(START);
  Object.assign(settings, { network, training });
  settings.data.split = data.split;
  settings.view.lesson = null;
}

/** Take a table as data; a lesson is left. */
export function takeTable(settings: Settings, table: Table, had = 0): void {
  if (settings.view.lesson) leaveLesson(settings);
  const { data, view } = settings;
  suit(settings, had, "own", rowsOf(table.X));
  data.kind = "own";
  data.points = null;
  settings.features = [...table.columns];
  view.row = 0;
  view.axes = axesOf(table);
}

/** Settings that wait for their table, with the first points meanwhile: the network and the training are theirs. */
export function waiting(asked: Settings): Settings {
  const { split, seed } = asked.data;
  return { ...structuredClone(asked), data: { ...START.data, split, seed }, features: [...START.features] };
}

/** What the page shows now, with the data that were waited for: features, axes and output are those that were asked for. */
export function awaitedIn(now: Settings, asked: Settings): Settings {
  const { output } = asked.network;
  const { row, axes } = asked.view;
  const { split, seed } = now.data;
  return structuredClone({
    ...now,
    data: { ...asked.data, split, seed },
    features: asked.features,
    network: { ...now.network, output: output.is === now.network.output.is ? now.network.output : output },
    view: { ...now.view, row, axes },
  });
}

/** The table that was waited for comes: what was asked for stays as it is where the table has its columns. */
export function meetTable(settings: Settings, table: Table, had: number): void {
  if (!settings.features.every((name) => table.columns.includes(name))) takeTable(settings, table, had);
}

/** What was chosen for a large table and still is, for the reader. */
export function chosenFor(table: Table, { training: { batch } }: Settings): string[] {
  return batch && batch === batchOf(rowsOf(table.X)) ? [`many rows: training takes them ${batch} at a time, see Batch`] : [];
}
