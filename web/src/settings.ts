/** The page's settings: everything that a visitor can choose. They are the page's address, and a lesson is a set of them. */

import type { Part } from "./protocol";

/** Whether a value is a part: a class by its name, with settings. */
export const isPart = (value: unknown): value is Part => typeof (value as Part | null)?.is === "string";

export interface DataSettings {
  /** A set of points of the catalogue, `digits`, or `own`: the visitor's table. */
  kind: string;
  rows: number;
  noise: number;
  arms: number;
  /** The share of rows that are held out to judge by. */
  split: number;
  seed: number;
  /** Points that were added, moved or removed by hand: then these are the points, [x1, x2, target] each. */
  points: [number, number, number][] | null;
}

export interface LayerSettings {
  units: number;
  layer: Part;
  norm: boolean;
  dropout: number;
}

export interface NetworkSettings {
  layers: LayerSettings[];
  output: Part;
  /** A layer on the last scores, as the tutorial has it. */
  scoresLayer: Part | null;
  /** null: as the layer that follows recommends. */
  weights: Part | null;
  biases: Part;
  inputDropout: number;
  /** Weights that no step moves, by name and place: `W1[0,2]`, `b2[1]`. */
  frozen: string[];
}

export interface TrainingSettings {
  optimizer: Part;
  schedule: Part;
  penalty: Part | null;
  batch: number | null;
  epochs: number;
  sum: boolean;
  precision: "float32" | "float64";
  seed: number;
}

export interface ViewSettings {
  /** What the middle shows: the network, the computation graph, health, the lesson. */
  tab: "network" | "graph" | "health" | "compare";
  /** The row of all points whose numbers flow through the graph. */
  row: number;
  discretize: boolean;
  showValid: boolean;
  logLoss: boolean;
  /** Whether weights and biases are written beside the edges. */
  numbers: boolean;
  /** The gate whose outputs the second picture spans; 0 for none. */
  through: number;
  /** The two inputs that the picture's axes are, where there are more. */
  axes: [number, number];
  lesson: string | null;
  /** Controls that a teacher took away, by their names. */
  hide: string[];
}

export interface Settings {
  data: DataSettings;
  /** Inputs of the network: `x1`, `x2`, `x1²`, `x2²`, `x1x2`, `sin x1`, `sin x2`; of a table, its columns. */
  features: string[];
  network: NetworkSettings;
  training: TrainingSettings;
  view: ViewSettings;
}

/** A start that learns well and, left alone, stays so: the penalty keeps it from learning the noise. */
export const START: Settings = {
  data: { kind: "Moons", rows: 200, noise: 0.2, arms: 2, split: 0.3, seed: 0, points: null },
  features: ["x1", "x2"],
  network: {
    layers: [{ units: 3, layer: { is: "Tanh" }, norm: false, dropout: 0 }],
    output: { is: "Softmax" },
    scoresLayer: null,
    weights: null,
    biases: { is: "Constant" },
    inputDropout: 0,
    frozen: [],
  },
  training: {
    optimizer: { is: "Adam", rate: 0.01 },
    schedule: { is: "Constant" },
    penalty: { is: "L2", strength: 0.001 },
    batch: null,
    epochs: 1000,
    sum: false,
    precision: "float64",
    seed: 3,
  },
  view: {
    tab: "network",
    row: 0,
    discretize: false,
    showValid: true,
    logLoss: false,
    numbers: false,
    through: 0,
    axes: [0, 1],
    lesson: null,
    hide: [],
  },
};

/** The same without some parts of the page. */
export function withHidden(settings: Settings, hide: string[]): Settings {
  return { ...settings, view: { ...settings.view, hide: [...new Set([...settings.view.hide, ...hide])] } };
}
