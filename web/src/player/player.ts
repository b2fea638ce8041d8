/** The player in the browser: owns a network, its data and θ, and trains in slices, between which it answers. */

import { LIMITS } from "../engine/formulas";
import type { Numbers } from "../engine/parts";
import { Run, type Epoch, type Standing } from "../engine/run";
import { type Catalogue, type Change, type Commands, type Frame, type History, type Plan, type Questions, type Settable, type State, type Table, type Watch } from "../protocol";
import { sharing } from "../rows";
import { checked, real, sized, vector, watched, whole } from "./checks";
import { Curves, type Kept } from "./curves";
import * as look from "./look";
import { namesOf, tableOf } from "./table";
import { back, diverged, failed, sane } from "./trouble";

/** Seconds of training between two looks at what is wanted. */
const BLOCK = 0.015;
/** The share of the time that frames may take while training goes on: large networks are slow to look at. */
const SEEING = 0.3;

interface Goal {
  number: number;
  step: number;
  pace: number;
}

const NEVER: Epoch = { number: 0, step: 0, loss: NaN, objective: NaN, validLoss: NaN, rate: NaN };

/** a − b; made for every block, where `Float64Array.from` would take as long as a step. */
function difference(a: Numbers, b: Numbers): Float64Array {
  const of = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) of[i] = a[i] - b[i];
  return of;
}

/** What the slots of a run are for: the classes of its optimizer, from the outermost to the innermost. */
const ruleOf = (run: Run) => run.descent.layers.map(({ is }) => is).join();

export class Player {
  private run: Run | null = null;
  private point = NEVER;
  private update: Float64Array | null = null;
  private curves: Curves | null = null;
  private changes: Change[] = [];
  private page: unknown = null;
  private table: Table | null = null;
  private watch: Watch = { values: {}, gradient: false };
  private goal: Goal | null = null;
  private trouble: Frame["trouble"] = null;
  private seconds = 0;
  /** When the next frame may be made. */
  private due = 0;
  private secondsAStep = BLOCK;
  private speed: [number, number][] = [[0, 0]];

  /** `later` does something when others have had their turn, after so many seconds. */
  constructor(private readonly catalogue: Catalogue, private readonly later: (what: () => void, seconds: number) => void) {}

  get<Q extends keyof Questions>(question: Q, detail: Questions[Q][0]): Questions[Q][1] | Promise<Questions[Q][1]> {
    if (!Object.hasOwn(this.questions, question)) throw new Error(`the player knows no '${question}'`);
    return (this.questions[question] as (detail: unknown) => any)(detail ?? {});
  }

  set<S extends keyof Settable>(what: S, value: Settable[S]): void {
    if (what === "page") this.page = value;
    else if (what === "table") this.table = value as Table;
    else if (what === "watch") this.watch = watched(value as Watch);
    else if (what === "plan") this.plan(value as Settable["plan"]);
    else throw new Error(`the player knows no '${what}'`);
  }

  send<C extends keyof Commands>(command: C, detail: Commands[C]): void {
    if (!Object.hasOwn(this.commands, command)) throw new Error(`the player knows no '${command}'`);
    (this.commands[command] as (detail: unknown) => void)(detail ?? {});
  }

  private readonly questions: { [Q in keyof Questions]: (detail: any) => Questions[Q][1] | Promise<Questions[Q][1]> } = {
    state: (): State => ({ host: "static", plan: this.run?.plan ?? null, page: this.page, table: this.table }),
    catalogue: () => this.catalogue,
    frame: async () => {
      const wait = this.goal ? this.due - performance.now() / 1000 : 0;
      if (wait > 0) await new Promise<void>((done) => this.later(done, wait));
      return this.frame();
    },
    history: (): History => (this.standing(), this.curves!.history),
    changes: () => (this.standing(), this.changes),
    kept: ({ number }) => {
      const nearest = this.nearest(number);
      return { number: nearest.number, theta: Float64Array.from(nearest.weights) };
    },
    walk: ({ row, target, theta }) => {
      const { chain, weights } = this.standing();
      return look.walk(chain, vector("theta", theta ?? weights, chain.size), row, target);
    },
    initial: ({ network, seed }) => sized(network).initial(whole("seed", seed, 0)),
    landscape: ({ size, span, seed }) =>
      look.landscape(this.standing(), size, span, seed, () => new Promise((done) => this.later(done, 0))),
    columns: namesOf,
    table: tableOf,
  };

  private readonly commands: { [C in keyof Commands]: (detail: any) => void } = {
    play: ({ until, pace }) => {
      const number = until == null ? Infinity : real("until", until, 0);
      this.go({ number, step: Infinity, pace: pace == null ? Infinity : Math.max(real("pace", pace, 0), 1e-3) });
    },
    pause: () => void (this.goal = null),
    steps: ({ count }) => this.go({ number: Infinity, step: whole("count", count) + this.standing().step, pace: Infinity }),
    epochs: ({ count }) => this.go({ number: whole("count", count) + this.standing().number, step: Infinity, pace: Infinity }),
    theta: ({ theta }) => this.give(vector("theta", theta, this.standing().chain.size)),
    weight: ({ place, value }) => {
      const { chain, descent } = this.standing(), theta = Float64Array.from(descent.theta);
      if (whole("place", place, 0) >= chain.size) throw new Error(`place must be below ${chain.size}, the length of θ, but got ${place}`);
      theta[place] = real("value", value);
      this.give(theta);
    },
    back: ({ number }) => {
      const place = this.nearest(number);
      this.backTo(place);
      this.curves!.forget(place.number);
      [this.goal, this.trouble] = [null, null];
    },
    good: () => {
      this.backToGood(this.standing());
      [this.goal, this.trouble] = [null, null];
    },
  };

  /** Go on from other weights; the optimizer's state and the counters stay. */
  private give(theta: Float64Array): void {
    const run = this.standing();
    run.descent.theta.set(theta);
    this.note(run.plan, Float64Array.from(run.descent.theta), true);
    this.judge(run);
    if (run.step === 0) this.curves = new Curves(this.stands(run));
    else if (run.within === 0) this.curves!.keep(this.stands(run));
    [this.trouble, this.secondsAStep] = [null, BLOCK];
  }

  private backTo({ point, update, changes, seconds, rule, ...there }: Kept): void {
    const run = this.standing(), alike = rule === ruleOf(run), kept = alike && !run.beginsAgain(there);
    run.goOn({ ...there, slots: alike ? there.slots : [] });
    [this.point, this.update, this.changes, this.seconds] = [point, update, changes, seconds];
    if (changes[changes.length - 1].plan !== run.plan) this.judge(run);
    this.note(run.plan, null, kept);
  }

  /** Go back to where the run was last better than at its beginning, or to that; it may stand there. Its curves stay to be seen. */
  private backToGood(run: Run): void {
    const { places } = this.curves!, lossOf = (theta: Numbers) => run.meanLoss(theta, run.train), worst = lossOf(places[0].theta);
    const isGood = ({ theta }: { theta: Numbers }, loss = lossOf(theta)) => loss < worst || (loss === worst && worst === Infinity); // of rows that no weights fit, none are better
    if (isGood(run.descent)) return;
    const good = places.findLast((place) => isGood(place)) ?? places[0];
    this.backTo(good);
    this.curves!.forgetPlaces(good.number);
  }

  /** The losses of the weights as they are: what the last epoch came to does not tell of them. */
  private judge(run: Run): void {
    const loss = run.meanLoss(run.weights, run.train);
    this.point = { ...this.point, loss, objective: NaN, validLoss: run.validLoss() };
  }

  private frame(): Frame {
    const run = this.standing(), { loss, objective, validLoss, rate } = this.point, { weights, descent: { theta } } = run;
    const [[began, first], [ended, last]] = [this.speed[0], this.speed[this.speed.length - 1]];
    const start = performance.now() / 1000;
    const frame = {
      number: run.reached, step: run.step, loss, objective, rate,
      validLoss: Number.isNaN(validLoss) ? null : validLoss,
      seconds: this.seconds,
      stepsPerSecond: ended > began ? (last - first) / (ended - began) : 0,
      playing: this.goal !== null, trouble: this.trouble,
      theta: Float64Array.from(weights), rawTheta: weights === theta ? null : Float64Array.from(theta),
      update: this.update,
      gradient: this.watch.gradient ? look.gradient(run) : null,
      values: look.values(run, this.watch),
    };
    const now = performance.now() / 1000;
    this.due = now + (now - start) * (1 / SEEING - 1);
    return frame;
  }

  /** Another plan: what still fits of where training stands goes on. */
  private plan({ plan: described, theta, page }: Settable["plan"]): void {
    const chain = checked(described, this.catalogue), before = this.run, afresh = before === null || theta === "fresh";
    const plan = before ? sharing(described, before.plan) : described;
    const given = typeof theta === "string" ? null : vector("theta", theta, chain.size);
    if (!afresh && !given && before.chain.size !== chain.size) {
      const sizes = `the network had ${before.chain.size} parameters, now it has ${chain.size}`;
      throw new Error(`θ cannot be kept: ${sizes}`);
    }
    let kept = true;
    const run = new Run(plan, chain, given ?? (afresh ? chain.initial(plan.seed) : before.descent.theta));
    if (!afresh) {
      const stood = before.stand();
      const alike = ruleOf(before) === ruleOf(run) && before.chain.size === chain.size;
      kept = alike && !run.beginsAgain(stood);
      run.goOn({ ...stood, theta: run.descent.theta, slots: alike ? stood.slots : [] });
    } else {
      [this.point, this.seconds, this.changes] = [NEVER, 0, []];
      this.speed = [[performance.now() / 1000, 0]];
    }
    [this.run, this.page] = [run, page ?? null];
    this.note(plan, given ?? (afresh ? Float64Array.from(run.descent.theta) : null), kept);
    [this.trouble, this.secondsAStep] = [null, BLOCK];
    if (this.update?.length !== chain.size || afresh) this.update = null;
    this.judge(run);
    if (!this.curves || afresh || run.step === 0) this.curves = new Curves(this.stands(run));
    else if (before.chain.size !== chain.size) this.curves.begin(this.stands(run));
  }

  private stands(run: Run): Kept {
    const { point, update, changes, seconds } = this;
    return { ...run.stand(), point, update, changes, seconds, rule: ruleOf(run) };
  }

  /** Note what the run goes by from now on; two notes at one step are one, unless some of where it stood was lost between them. */
  private note(plan: Plan, theta: Float64Array | null, kept: boolean): void {
    const { run, changes } = this, step = run!.step, last = changes[changes.length - 1];
    const one = last && last.step === step && (kept || step === 0);
    const change = { number: run!.reached, step, plan, theta: theta ?? (one ? last.theta : null) };
    this.changes = [...(one ? changes.slice(0, -1) : changes), change];
  }

  private standing(): Run {
    if (!this.run) throw new Error("nothing is being trained yet");
    return this.run;
  }

  private nearest(number: number): Kept {
    real("number", number), this.standing();
    return this.curves!.nearest(number);
  }

  /** Begin to train towards a goal; the first steps are taken at once. */
  private go(goal: Goal): void {
    const run = this.standing(), waits = this.goal !== null;
    if (!waits) this.speed = [[performance.now() / 1000, run.step]];
    this.curves!.forgetPoints(run.reached);
    [this.goal, this.trouble] = [goal, null];
    if (waits) this.block();
    else this.live();
  }

  private live(): void {
    if (!this.goal) return;
    const pause = this.block();
    if (this.goal) this.later(() => this.live(), pause);
  }

  /** Take the next block of steps, or tell why there is none; return how many seconds to wait then. */
  private block(): number {
    const { goal, run } = this;
    if (!goal || !run) return 0;
    const left = Math.min(goal.step - run.step, (goal.number - run.number) * run.steps - run.within);
    if (left < 0.5) {
      this.goal = null;
      return 0;
    }
    let good: Standing | null = null;
    try {
      good = run.stand();
      return this.taken(run, good, left, goal.pace);
    } catch (problem) {  // the reader is told, and may go on from the last good weights
      if (good) run.goOn(good);
      [this.goal, this.trouble] = [null, failed(problem)];
      return 0;
    }
  }

  private taken(run: Run, good: Standing, left: number, pace: number): number {
    const fast = Math.max(Math.min(run.step / LIMITS.growth, BLOCK / this.secondsAStep), 1);
    const wanted = Math.round(Math.min(left, Math.max(pace * BLOCK, 1), fast)), open = run.steps - run.within;
    const count = wanted < open ? wanted : open + Math.floor((wanted - open) / run.steps) * run.steps;
    const began = performance.now() / 1000, { theta } = run.descent;
    let latest: Epoch | null = null, before = theta;
    for (let k = 0; k < count && Number.isFinite(run.objective); k++) {
      if (k === count - 1) before = theta.slice();
      latest = run.advance() ?? latest;
    }
    if (!sane(run)) {
      const { message, ...trouble } = diverged(run, good, this.changes[this.changes.length - 1].theta);
      this.backToGood(run);
      [this.goal, this.trouble] = [null, { message: `${message} ${back(run.step)}`, ...trouble }];
      return 0;
    }
    this.update = difference(theta, before);
    if (latest) {
      this.point = { ...latest, validLoss: run.listens ? latest.validLoss : run.validLoss() };
      this.curves!.add(this.point);
    }
    const now = performance.now() / 1000, taken = now - began;
    this.seconds += taken;
    if (run.within === 0) this.curves!.keep(this.stands(run));
    this.secondsAStep += 0.5 * (taken / count - this.secondsAStep);
    this.speed.push([now, run.step]);
    while (now - this.speed[0][0] > 1 && this.speed.length > 2) this.speed.shift();
    if (count > left - 0.5) this.goal = null;
    return Math.max(count / pace - taken, 0);
  }
}
