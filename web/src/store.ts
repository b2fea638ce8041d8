/** What the page knows: settings, where training stands, and the connection. Components read signals and call verbs. */

import type { Signal } from "@preact/signals";
import type { Catalogue, Examples, Frame, History, Matrix, Plan, State, Table, Transport, Units, Watch } from "./protocol";
import type { Stretch } from "./page/course";
import type { Parts } from "./page/points";
import type { Scores } from "./page/record";
import type { Settings } from "./settings";

/** A run as it stood when it was pinned. */
export interface Snapshot {
  name: string;
  settings: Settings;
  /** What it was trained by, one after another. */
  course: Settings[];
  plan: Plan;
  history: History;
  /** Accuracy (or R²) by epochs. */
  scores: Scores;
  frame: Frame;
}

/** What is to be learned. */
export interface Task {
  /** Names of the raw inputs. */
  inputs: string[];
  /** Names of the classes in the order of their numbers; null where targets are values. */
  classes: string[] | null;
  /** How a table's numbers were scaled; null where all are as they were. */
  units: Units | null;
}

/** The one object that every component is given. `transport` wakes the frames: after a command the next one is asked for. */
export interface Store {
  readonly transport: Transport;
  readonly host: State["host"];
  readonly settings: Signal<Settings>;
  readonly catalogue: Signal<Catalogue | null>;
  readonly frame: Signal<Frame | null>;
  readonly history: Signal<History | null>;
  /** The visitor's own table, also while other data are learned. */
  readonly table: Signal<Table | null>;
  /** Why the player cannot be reached, or null. */
  readonly lost: Signal<string | null>;
  /** Whether the player is still being given what the settings ask for. */
  readonly preparing: Signal<boolean>;
  /** Sentences for the reader, the latest last; they stay until they are dismissed, or something later is done well. */
  readonly notices: Signal<string[]>;
  /** What the run was trained by so far. */
  readonly course: Signal<Stretch[]>;
  /** Runs that were pinned to compare with. */
  readonly pinned: Signal<Snapshot[]>;
  /** All rows before the split, with raw inputs (x1, x2, or the table's columns). */
  readonly points: Signal<Examples>;
  /** Which of them are trained on, and which are held out. */
  readonly parts: Signal<Parts>;
  readonly task: Signal<Task>;
  /** What the player was given last: its rows have the features as columns. */
  readonly plan: Signal<Plan | null>;
  /** Change settings. The page works out what of the run can be kept; `fresh` begins anew. */
  change(edit: (settings: Settings) => void, fresh?: boolean): void;
  /** Take a table as the data, with the settings that wait for it or as chosen, and begin anew. */
  take(table: Table): void;
  /** Replace all settings, as a lesson or an address does, and begin anew; `named` are those that an address names. */
  open(settings: Settings, named?: string[]): void;
  /** Wait until the player has what the settings ask for. */
  settled(): Promise<void>;
  /** Ask for values with every frame, under a name of one's own; null asks no more. */
  watch(name: string, wanted: Watch["values"][string] | null): void;
  watchGradient(wanted: boolean): void;
  /** Rows of raw inputs as the network sees them. */
  featured(raw: Matrix): Matrix;
  say(message: string): void;
  /** Say what went wrong, in its own words. */
  complain(error: unknown): void;
}
