/** What is remembered of a run: its curves, and places to go back to. */

import { LIMITS } from "../engine/formulas";
import type { Epoch, Standing } from "../engine/run";
import type { Change, History } from "../protocol";
import { Thinned } from "./thinned";

/** Bytes that places to go back to may take. */
const BYTES = 2 ** 27;

/** Where training stood, with what had been told of it. */
export interface Kept extends Standing {
  point: Epoch;
  update: Float64Array | null;
  changes: Change[];
  seconds: number;
  rule: string;
}

export class Curves {
  private points = new Thinned<Epoch>(LIMITS.points - 1);
  private kept: Thinned<Kept>;

  constructor(start: Kept) {
    this.points.add(start.point);
    this.kept = placesFrom(start);
  }

  add(point: Epoch): void {
    this.points.add(point);
  }

  keep(place: Kept): void {
    this.kept.add(place);
  }

  /** Go on with the curves, but not with places that do not fit any more. */
  begin(start: Kept): void {
    this.kept = placesFrom(start);
  }

  /** Forget what came after so many epochs. */
  forget(after: number): void {
    this.forgetPlaces(after);
    this.forgetPoints(after);
  }

  /** Forget the places after so many epochs; the curves still show how the run came to its end. */
  forgetPlaces(after: number): void {
    this.kept.forget(after);
  }

  forgetPoints(after: number): void {
    this.points.forget(after);
  }

  get places(): Kept[] {
    return this.kept.all;
  }

  nearest(number: number): Kept {
    return this.places.reduce((best, each) => (Math.abs(each.number - number) < Math.abs(best.number - number) ? each : best));
  }

  get history(): History {
    const points = this.points.all, column = (of: keyof Epoch) => Float64Array.from(points, (each) => each[of]);
    return {
      number: column("number"), step: column("step"), loss: column("loss"), objective: column("objective"),
      validLoss: column("validLoss"), rate: column("rate"),
      kept: Float64Array.from(this.places, ({ number }) => number),
    };
  }
}

function placesFrom(start: Kept): Thinned<Kept> {
  const size = start.theta.byteLength * (1 + start.slots.flat().length);
  const kept = new Thinned<Kept>(Math.max(Math.min(LIMITS.kept, Math.floor(BYTES / Math.max(size, 1))) - 1, 1));
  kept.add(start);
  return kept;
}
