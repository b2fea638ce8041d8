/** What a lesson is: settings to begin with, a text beside the picture, and things to try that the page checks itself. */

import type { Frame, History } from "../protocol";
import type { DataSettings, LayerSettings, NetworkSettings, Settings, TrainingSettings, ViewSettings } from "../settings";
import { START } from "../settings";

/** What checks look at. Nothing here is what a reader claims. */
export interface Now {
  settings: Settings;
  frame: Frame;
  history: History | null;
  /** Hidden units that learn from no row; NaN while nobody knows. */
  dead: number;
  /** Runs that were pinned in this lesson. */
  pinned: number;
  /** Whether the walk through the graph has turned back. */
  walkedBack: boolean;
  /** Which tries are done. */
  done: boolean[];
}

export interface Try {
  says: string;
  seen(now: Now): boolean;
}

/** Formulas in texts stand between dollar signs. */
export interface Lesson {
  name: string;
  title: string;
  text: string[];
  tries: Try[];
  /** What is to be found out; the answer is a state of the page. */
  question: Try;
  /** What the answer was, once it is found. */
  answer: string;
  settings: Settings;
}

/** Settings that differ from the page's usual ones in what is given. */
export function begin(
  name: string,
  {
    data = {},
    network = {},
    training = {},
    view = {},
  }: {
    data?: Partial<DataSettings>;
    network?: Partial<NetworkSettings>;
    training?: Partial<TrainingSettings>;
    view?: Partial<ViewSettings>;
  },
): Settings {
  return {
    data: { ...START.data, split: 0, ...data },
    features: START.features,
    network: { ...START.network, ...network },
    training: { ...START.training, penalty: null, seed: 0, ...training },
    view: { ...START.view, lesson: name, ...view },
  };
}

export const layers = (is: string, ...units: number[]): LayerSettings[] =>
  units.map((each) => ({ units: each, layer: { is }, norm: false, dropout: 0 }));

/** Whether training stands at an epoch or later, and the loss is below a bound. */
export const below = ({ frame }: Now, loss: number, from = 1) => frame.number >= from && frame.loss < loss;
export const above = ({ frame }: Now, loss: number, from: number) => frame.number >= from && frame.loss > loss;
