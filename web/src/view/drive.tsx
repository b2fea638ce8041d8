/** Play, pause, one step, one epoch, to a given epoch, slow motion, and where training stands. */

import { useSignal } from "@preact/signals";
import { scoresOf } from "../page/record";
import { classifies } from "../page/scores";
import type { Store } from "../store";
import { drives } from "./drives";
import { ELSEWHERE, keysOf } from "./keys";
import { completed, counted, short } from "./numbers";
import "./drive.css";

/** Steps a second, of a recording moments, 0 for as many as there can be. */
const PACES = [0, 100, 20, 5, 1];
const RECORDED = [0, 5, 1];
const LOSS =
  "Of the last epoch: the loss of every row just before the step that learned from it. After a change, by L-BFGS, and of held-out rows, it is that of the weights as they are.";
const paced = (pace: number, what: string) => (pace ? `${pace} ${what}${pace > 1 ? "s" : ""}/s` : "full speed");

export function Drive({ store }: { store: Store }) {
  const frame = store.frame.value;
  const until = useSignal("");
  const drive = drives(store);
  const lost = store.lost.value !== null; // what is seen is then the last that was heard
  const playing = (frame?.playing ?? false) && !lost;
  const trains = store.host !== "replay"; // a recording only plays
  const plan = store.plan.value;
  const judged = !!plan?.valid;
  const merit = plan && classifies(store.catalogue.value, plan.network.output) ? "accuracy" : "R²";
  function run(event: Event): void {
    event.preventDefault();
    const number = counted(until.value);
    if (number !== null && number > (frame?.number ?? 0)) void drive.play(number);
    else store.say(`“Run to” asks for an epoch after ${completed(frame?.number ?? 0)}.`);
  }
  return (
    <>
      <h1>mlnn</h1>
      <div class="bar">
        <button type="button" class="play" aria-pressed={playing} disabled={lost} onClick={() => drive.toggle()} title="Space">
          <span aria-hidden="true">{playing ? "❚❚" : "▶"}</span> {playing ? "Pause" : "Play"}
        </button>
        {trains && (
          <>
            <button type="button" onClick={() => drive.step()} title="One step: key s">Step</button>
            <button type="button" onClick={() => drive.epoch()} title="One epoch, a pass over all rows: key e">Epoch</button>
          </>
        )}
        <form onSubmit={run}>
          <label>
            Run to <input inputMode="numeric" size={5} value={until.value} onInput={(event) => (until.value = event.currentTarget.value)} aria-label="Run to epoch" />
          </label>
        </form>
        <select aria-label="Speed" value={String(drive.pace.value)} onChange={(event) => drive.at(Number(event.currentTarget.value))}>
          {(trains ? PACES : RECORDED).map((pace) => <option key={pace} value={pace}>{paced(pace, trains ? "step" : "moment")}</option>)}
        </select>
        {trains && (
          <span class="group">
            <button type="button" onClick={() => drive.reset()} title="The same first weights again: key r">Reset</button>
            <button type="button" onClick={() => drive.anew()} title="Other first weights: key n">New start</button>
          </span>
        )}
      </div>
      {store.preparing.value && <span class="preparing" role="status">Preparing …</span>}
      <dl class="standing" aria-label="Where training stands">
        <div><dt>Epoch</dt><dd data-standing="epoch">{completed(frame?.number ?? NaN)}</dd></div>
        <div title={LOSS}><dt>Loss</dt><dd data-standing="loss">{frame ? short(frame.loss) : "–"}</dd></div>
        {judged && <div><dt>Held-out loss</dt><dd data-standing="valid">{frame?.validLoss == null ? "–" : short(frame.validLoss)}</dd></div>}
        {judged && <div><dt>Held-out {merit}</dt><dd data-standing="score">{short(scoresOf(store).value.valid.at(-1) ?? NaN, 3)}</dd></div>}
        {trains && <div><dt>Steps/s</dt><dd data-standing="speed">{playing ? Math.round(frame!.stepsPerSecond).toLocaleString("en") : "–"}</dd></div>}
      </dl>
      <details class="keys">
        <summary aria-label="Keys">?</summary>
        <dl>
          {keysOf(store).map(([key, { says }]) => (
            <div key={key}><dt><kbd>{key === " " ? "Space" : key}</kbd></dt><dd>{says}</dd></div>
          ))}
          {ELSEWHERE.map(({ where, keys, says }) => (
            <div key={where + says}><dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{says} <small>{where}</small></dd></div>
          ))}
        </dl>
      </details>
    </>
  );
}
