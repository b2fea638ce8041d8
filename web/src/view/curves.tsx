/** The curves: loss, score and rate over epochs, those of pinned runs beside them, and how fast training goes. */

import type { Frame } from "../protocol";
import type { Settings } from "../settings";
import type { Snapshot, Store } from "../store";
import { scoresOf } from "../page/record";
import { classifies } from "../page/scores";
import { type Line, Lines } from "./lines";
import { short } from "./numbers";

/** Dash patterns of pinned runs, one after another; the run that trains is drawn solid. */
const DASHES = [[6, 3], [2, 3], [9, 3, 2, 3], [14, 4], [1, 5]];
const dash = (k: number) => DASHES[k % DASHES.length];

export function Curves({ store }: { store: Store }) {
  const history = store.history.value;
  const plan = store.plan.value;
  const { logLoss } = store.settings.value.view;
  const scores = scoresOf(store).value;
  const pinned = [...store.pinned.value.entries()].filter(([, run]) => comparable(run, store.settings.value, plan?.network.output.is));
  const others = store.pinned.value.length - pinned.length;
  const ofClasses = plan && classifies(store.catalogue.value, plan.network.output);
  const merit = ofClasses ? "accuracy" : "R²";
  const judged = !!plan?.valid;

  const both = (of: string, x: ArrayLike<number>, train: ArrayLike<number>, valid: ArrayLike<number>): Line[] => [
    { name: `training${of}`, x, y: train, colour: "--chart-train" },
    ...(judged ? [{ name: `held out${of}`, x, y: valid, colour: "--chart-valid" }] : []),
  ];
  const frame = store.frame.value;
  const stands = [frame?.loss, frame?.validLoss];
  const losses: Line[] = history ? both("", history.number, history.loss, history.validLoss).map((line, k) => ({ ...line, now: stands[k] })) : [];
  const merits = both("", scores.number, scores.train, scores.valid);
  const rates: Line[] = history ? [{ name: "rate", x: history.number, y: history.rate, colour: "--chart-rate" }] : [];
  const counts = [scores.number, history?.number ?? []].map(({ length }) => length);
  const fewer = counts[0] > 1 && counts[0] < 0.7 * counts[1] ? `of ${counts[0].toLocaleString("en")} epochs, those drawn or kept; the loss has ${counts[1].toLocaleString("en")}` : undefined;
  for (const [k, { name, history: past, scores: seen }] of pinned) {
    const dashed = (lines: Line[]) => lines.map((line) => ({ ...line, name: `${name}: ${line.name}`, dash: dash(k) }));
    losses.push(...dashed(both("", past.number, past.loss, past.validLoss)));
    merits.push(...dashed(both("", seen.number, seen.train, seen.valid)));
    rates.push(...dashed([{ name: "rate", x: past.number, y: past.rate, colour: "--chart-rate" }]));
  }
  return (
    <section class="curves" aria-label="Curves">
      <Speed frame={frame} trains={store.host !== "replay"} />
      <Lines title="loss" lines={losses} log={logLoss} height={240} />
      <label class="tick">
        <input
          type="checkbox"
          checked={logLoss}
          onChange={() => store.change((settings) => (settings.view.logLoss = !logLoss))}
        />
        logarithmic loss axis
      </label>
      <Lines title={merit} lines={merits} height={110} range={merit === "accuracy" ? [0, 1.02] : undefined} note={fewer} />
      <Lines title="learning rate" lines={rates} height={76} />
      {others > 0 && <p class="quiet">{`${others} pinned ${others > 1 ? "runs are" : "run is"} not drawn: of other data, or with another loss.`}</p>}
    </section>
  );
}

/** Whether the numbers of a pinned run mean the same as those of the run that trains: the same kind of data and of loss. */
function comparable({ settings, plan }: Snapshot, now: Settings, output: string | undefined): boolean {
  return settings.data.kind === now.data.kind && plan.network.output.is === output;
}

/** What the bar above does not say: steps, epochs a second where training has a speed, seconds of work. */
function Speed({ frame, trains }: { frame: Frame | null; trains: boolean }) {
  const speed = frame?.step ? count((frame.stepsPerSecond * frame.number) / frame.step) : "–";
  const facts: [string, string, string][] = [
    ["steps", frame ? count(frame.step) : "–", "Updates of θ so far."],
    ...(trains ? ([["epochs/s", speed, "Passes over all rows a second."]] as [string, string, string][]) : []),
    ["seconds at work", frame ? short(frame.seconds, 2) : "–", "Seconds spent training, without those of waiting between steps."],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value, says]) => (
        <div key={name} title={says}>
          <dt>{name}</dt>
          <dd data-fact={name}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A count with its thousands apart; a part of an epoch with two decimals. */
function count(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 0 });
}
