/**
 * What the page and the player say to each other. It is all that the view knows of its host.
 *
 * A player owns a network, its data and its θ, and trains; the page decides everything else and draws. The player is
 * Python's (served, or in a notebook) or the browser's own worker; the page cannot tell them apart.
 *
 * On a wire (socket, widget) a message is JSON, in which a typed array is {"array": k, "type": "f8"}, the k-th of the
 * buffers that follow, and a number that JSON lacks is {"number": "NaN"}, {"number": "Infinity"} or
 * {"number": "-Infinity"}. `undefined` is left out.
 */

/** A gate, layer, output, optimizer …: the name of its class in Python, and its fields; those left out are defaults. */
export interface Part {
  is: string;
  [field: string]: unknown;
}

/** A chain of gates and an output, as in a model file. */
export interface Network {
  inputs: number;
  gates: Part[];
  output: Part;
}

/** A matrix, row by row. */
export interface Matrix {
  data: Float64Array;
  columns: number;
}

export const rowsOf = ({ data, columns }: Matrix): number => data.length / columns;

/** Rows and their targets: class numbers or values, in as many columns as the output asks for. */
export interface Examples {
  X: Matrix;
  y: Matrix;
}

/** All that training depends on. */
export interface Plan {
  network: Network;
  train: Examples;
  valid: Examples | null;
  optimizer: Part;
  schedule: Part;
  penalty: Part | null;
  /** Rows a step; null takes all rows at once, unshuffled. */
  batch: number | null;
  /** How many epochs schedules are planned for; training itself goes on until it is told to stop. */
  epochs: number;
  /** Seed of the first weights, the orders of rows and the noise. */
  seed: number;
  /** Whether gradients are summed over rows, as in the tutorial, or averaged. */
  sum: boolean;
  precision: "float32" | "float64";
  /** Places in θ that no step moves. */
  frozen: number[];
}

/**
 * Values to send along with every frame, by name: those of some rows, after some gates of the chain.
 *
 * Gate 0 is the input, k the k-th gate's output, −1 the output's predictions. Rows pass as in prediction.
 * With `slopes` they are not what gates put out, but what each, from gate 1 on, passes back of a derivative of 1 by each
 * of its outputs: f′(x) of a layer.
 */
export interface Watch {
  values: { [name: string]: { rows: "train" | "valid" | Matrix; gates: number[]; slopes?: boolean } };
  /** Whether ∂J/∂θ over all training rows is wanted. */
  gradient: boolean;
}

/** Why training stopped by itself, in words for the reader. */
export interface Trouble {
  kind: "diverged" | "converged" | "failed";
  message: string;
  cause: string;
}

/** Where training stands. */
export interface Frame {
  /** Epochs completed (with a fraction, within an epoch) and steps taken. */
  number: number;
  step: number;
  /** Of the last epoch completed; NaN before the first. */
  loss: number;
  objective: number;
  validLoss: number | null;
  rate: number;
  /** Seconds spent training. */
  seconds: number;
  stepsPerSecond: number;
  playing: boolean;
  /** Why training stopped by itself: the loss was no longer finite, or its end is reached. */
  trouble: Trouble | null;
  /** The θ to predict with. */
  theta: Float64Array;
  /** The θ that steps move, and edits replace; null where predictions take that too, and no average of its path. */
  rawTheta: Float64Array | null;
  /** What the last step added to θ. */
  update: Float64Array | null;
  gradient: Float64Array | null;
  /** For every name watched, a matrix for each of its gates, flat, row by row. */
  values: { [name: string]: Float32Array[] };
}

/** The θ that steps move. */
export const rawOf = ({ theta, rawTheta }: Frame): Float64Array => rawTheta ?? theta;

/** The curves so far, thinned to at most a few thousand points; `number` counts epochs. */
export interface History {
  number: Float64Array;
  step: Float64Array;
  loss: Float64Array;
  objective: Float64Array;
  /** NaN where there are no rows to judge by. */
  validLoss: Float64Array;
  rate: Float64Array;
  /** Epochs whose θ is kept: where `back` can go. */
  kept: Float64Array;
}

/**
 * How a run came to be where it is: from step `step` on it went by `plan`, from this θ where it is not null.
 *
 * The first is the start, with its θ. The player notes one at every plan, and at every command `theta` or `weight`; two at the same
 * step are one, unless some of where training stood was lost between them: the optimizer's slots (another class, or
 * another length of θ) or the steps of an epoch that began again. `back` forgets those after it, and a run that begins anew has none before. A plan that comes within an
 * epoch goes on in it where that has as many steps as before, and else begins it again.
 */
export interface Change {
  number: number;
  step: number;
  plan: Plan;
  theta: Float64Array | null;
}

/** One node of the computation graph, filled with the numbers of one row. */
export interface Node {
  kind: "input" | "gate" | "output" | "loss";
  /** Which gate of the chain, counted from 0; −1 for the other kinds. */
  gate: number;
  label: string;
  /** Of the output: its predictions. */
  value: Float64Array;
  /** ∂loss/∂value; the output and its loss are differentiated as one, so the output has none. */
  gradient: Float64Array | null;
  /** Batch norm's running statistics too, without gradients: prediction uses them. */
  parameters: { name: string; shape: number[]; value: Float64Array; gradient: Float64Array | null }[];
}

/** A table read from a file: numbers for the network, and what became of the file's columns. */
export interface Table {
  name: string;
  columns: string[];
  X: Matrix;
  y: Matrix;
  /** Of a classification: the labels, in the order of their numbers. */
  classes: string[] | null;
  /** What was dropped, guessed or converted, one sentence each. */
  said: string[];
  /** How its numbers were scaled, column by column; null where they are as they were given. */
  units: Units | null;
}

/** A number d from its column's median became d / √(spread² + (d / 3)²): `NumericColumn` in Python. */
export interface Tamed {
  median: number;
  spread: number;
}

/** A target became (target − mean) / scale. */
export interface Scaled {
  name: string;
  mean: number;
  scale: number;
}

export interface Units {
  /** null where a column is no number of the table's, but stands for a word, a gap or a date. */
  columns: (Tamed | null)[];
  /** null of classes. */
  target: Scaled | null;
}

/** A setting of a part: its name, kind and default. */
export interface Field {
  name: string;
  /** What it is called in formulas, in LaTeX: `\eta`. */
  letter: string;
  kind: "number" | "whole" | "yes" | "part" | "whole list";
  default: unknown;
}

/** A class that a part may be of. */
export interface Kind {
  is: string;
  /** From where Python imports it. */
  room: string;
  label: string;
  /** Its docstring's first line. */
  says: string;
  source: string;
  fields: Field[];
  /**
   * Its formulas in LaTeX by name (`forward`, `slope`, `formula`, `update` …); `@x@` stands for the number called x.
   *
   * A gate's are `forward`, for an element of its output, and `d_x`, `d_W` …, for an element of what it passes back;
   * an output's `predict`, `loss` and `diff`. Numbers are called by indices too, `@W_ij@`, and sums hold their terms:
   * src/mlnn/play/equations.py says how.
   */
  formulas: { [name: string]: string };
  /** Why this host cannot run it, or null. */
  missing: string | null;
  /** Of an activation, elementwise or not: how the weights into it are drawn where nothing else is chosen. */
  initializer?: Part;
  /** Of an output and of a set of points: whether targets are classes. */
  classifies?: boolean;
}

/** Everything that can be chosen. */
export interface Catalogue {
  gates: Kind[];
  layers: Kind[];
  outputs: Kind[];
  optimizers: Kind[];
  wrappers: Kind[];
  schedules: Kind[];
  penalties: Kind[];
  initializers: Kind[];
  points: Kind[];
}

export interface State {
  host: "server" | "widget" | "static" | "replay";
  plan: Plan | null;
  /** The page's own settings as it last set them; the player only keeps them for a page that comes back. */
  page: unknown;
  /** The page's own table: that which the host was started with, or what the page set since. */
  table: Table | null;
}

/** The questions, with what they are asked with and what they are answered by. Asking changes nothing. */
export interface Questions {
  state: [undefined, State];
  catalogue: [undefined, Catalogue];
  frame: [undefined, Frame];
  history: [undefined, History];
  /** What the run was trained by, first to last: what is exported. */
  changes: [undefined, Change[]];
  /** θ, to predict with, of the epoch that is kept nearest to a number. */
  kept: [{ number: number }, { number: number; theta: Float64Array }];
  /** Forward and backward of one row, by `theta` or by where training stands. */
  walk: [{ row: number[]; target: number[]; theta?: Float64Array }, Node[]];
  /** A first θ of a network, drawn from a seed. */
  initial: [{ network: Network; seed: number }, Float64Array];
  /** J around where training stands along two random directions, scaled per tensor as θ is: size × size values; and after how many epochs that is. */
  landscape: [{ size: number; span: number; seed: number }, { losses: Float64Array; size: number; span: number; number: number }];
  /** The names of the columns that a file's text has: the target may be any of them. */
  columns: [{ name: string; text: string }, string[]];
  /** A table of a file's text, or of the digits that come with mlnn (`name: "digits"`). */
  table: [{ name: string; text?: string; target?: string }, Table];
}

/** What can be replaced. A plan brings the page's settings along: those of another are forgotten. A θ of another length needs a plan; `keep` goes on with θ, optimizer's state and history. */
export interface Settable {
  plan: { plan: Plan; theta: "keep" | "fresh" | Float64Array; page?: unknown };
  watch: Watch;
  page: unknown;
  /** The table that a page that comes back shall find. */
  table: Table;
}

/** A promise of a command is kept when its first steps are taken, so that the next frame shows them. */
export interface Commands {
  /** Train until told otherwise, or to the end of epoch `until`; at most `pace` steps a second. */
  play: { until?: number; pace?: number };
  pause: undefined;
  steps: { count: number };
  epochs: { count: number };
  /** Replace θ. The optimizer's state and the counters stay. */
  theta: { theta: Float64Array };
  /** Replace one number of θ, at a place, as a reader edits it; the others are as training has them by now. */
  weight: { place: number; value: number };
  /** Go back to a kept epoch; what came after it is forgotten. */
  back: { number: number };
  /** Go back to where the run was last better than at its beginning, or to that; its curves stay until training goes on. */
  good: undefined;
}

/** The five verbs. A promise is rejected with an Error whose message is meant for the reader. */
export interface Transport {
  get<Q extends keyof Questions>(question: Q, detail?: Questions[Q][0]): Promise<Questions[Q][1]>;
  set<S extends keyof Settable>(what: S, value: Settable[S]): Promise<void>;
  /** `lost`: the player cannot be reached, the page tries again; `found`: it can; `taken`: another page has it now. */
  on(event: "lost" | "found" | "taken", hear: (message: string) => void): () => void;
  send<C extends keyof Commands>(command: C, detail?: Commands[C]): Promise<void>;
  close(): void;
}
