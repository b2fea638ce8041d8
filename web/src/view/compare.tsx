/** Comparing: pin the run, train another beside it from the same start; settings, results and pictures side by side. */

import { useSignal } from "@preact/signals";
import { trainedBy } from "../page/course";
import { changeAnew, hasTrained, sameButView } from "../page/instead";
import { differences, nameOf, reached, resultOf } from "../page/differences";
import { scoresOf } from "../page/record";
import { classifies } from "../page/scores";
import type { Snapshot, Store } from "../store";
import { drives } from "./drives";
import { completed, short } from "./numbers";
import { begun } from "./part";
import { Picture } from "./picture";

export function Compare({ store }: { store: Store }) {
  const name = useSignal<string | null>(null);
  const { settings, frame, history, plan, pinned } = store;
  const scores = scoresOf(store).value;
  if (!frame.value || !history.value || !plan.value) return <p>Train first; then there is something to compare.</p>;
  const first = pinned.value[0];
  const course = trainedBy(store.course.value, frame.value.step, settings.value);
  const proposed = name.value ?? nameOf(course, first?.course);
  const now: Snapshot = {
    name: "now",
    settings: settings.value,
    course,
    plan: plan.value,
    history: history.value,
    scores,
    frame: frame.value,
  };
  function pin(event: Event): void {
    event.preventDefault();
    const run = { ...now, settings: structuredClone(settings.value) };
    pinned.value = [...pinned.value, { ...run, name: unlike(proposed, pinned.value.map((each) => each.name)) }];
    name.value = null;
  }
  return (
    <section class="compare" aria-label="Compare runs">
      <form class="row" onSubmit={pin}>
        <label>
          Name{" "}
          <input value={proposed} size={24} maxLength={40} onInput={(event) => (name.value = event.currentTarget.value)} />
        </label>
        <button type="submit">Pin this run</button>
        <small>Pinned runs are kept until this page is reloaded.</small>
      </form>
      {first ? (
        <>
          {store.host !== "replay" && <Another store={store} until={Math.floor(first.frame.number)} />}
          <Table store={store} runs={[...pinned.value, now]} />
          <div class="small-multiples">
            {[...pinned.value, now].map((run) => (
              <figure key={run.name}>
                <Picture store={store} network={run.plan.network} predictions={run.frame.values.decision?.[0]} label={run.name} />
                <figcaption>{run.name}</figcaption>
              </figure>
            ))}
          </div>
        </>
      ) : (
        <p>
          A pinned run stays in the curves, dashed, while you train another beside it: pin this one, then change what you
          like.
        </p>
      )}
    </section>
  );
}

/** The other run: with another optimizer at one click, from the same start, to the same epoch. */
function Another({ store, until }: { store: Store; until: number }) {
  const { optimizer } = store.settings.value.training;
  const { optimizers, wrappers } = store.catalogue.value ?? { optimizers: [], wrappers: [] };
  const kinds = [...optimizers, ...wrappers];
  const isPinned = () => store.pinned.value.some(({ settings }) => sameButView(settings, store.settings.value));
  async function train(): Promise<void> {
    store.change(() => {}, true);
    await drives(store).play(until || null);
  }
  return (
    <div class="row">
      <label>
        Now with{" "}
        <select
          value={optimizer.is}
          onChange={(event) => {
            const kind = kinds.find(({ is }) => is === event.currentTarget.value)!;
            event.currentTarget.value = optimizer.is; // it shows what is so: the reader may be asked first
            changeAnew(store, kind.label, ({ training }) => (training.optimizer = begun(kind, optimizer)), hasTrained(store) && !isPinned());
          }}
        >
          {kinds.map(({ is, label, missing }) => (
            <option value={is} disabled={!!missing} key={is}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <button type="button" onClick={() => void train()}>{`Train from the same start${until ? ` to epoch ${completed(until)}` : ""}`}</button>
    </div>
  );
}

function Table({ store, runs }: { store: Store; runs: Snapshot[] }) {
  const level = useSignal("");
  const merit = classifies(store.catalogue.value, store.plan.value!.network.output) ? "accuracy" : "R²";
  const results = runs.map(({ frame, scores }) => resultOf(frame, scores));
  const losses = results.map(({ loss }) => loss).filter((loss) => loss > 0);
  const goal = Number(level.value) || Math.max(...losses, 0);
  const rows: { name: string; values: string[]; best?: number }[] = [
    ...differences(runs.map((run) => run.course)),
    counts("epochs", results.map(({ epochs }) => epochs)),
    numbers("training loss", results.map(({ loss }) => loss), Math.min),
    numbers("held-out loss", results.map(({ validLoss }) => validLoss), Math.min),
    numbers(`training ${merit}`, results.map(({ score }) => score), Math.max),
    numbers(`held-out ${merit}`, results.map(({ validScore }) => validScore), Math.max),
    numbers("seconds of training", results.map(({ seconds }) => seconds)),
    counts(`epochs to loss ${short(goal)}`, runs.map(({ history }) => reached(history, goal)), Math.min),
  ];
  return (
    <>
      <div class="scroll">
        <table class="runs">
          <thead>
            <tr>
              <th />
              {runs.map(({ name, frame }, k) => (
                <th scope="col" key={k}>
                  {name}
                  {frame.step === 0 && <small>not trained yet</small>}
                  {k < runs.length - 1 && (
                    <button type="button" aria-label={`Unpin ${name}`} title="Unpin" onClick={() => unpin(store, k)}>
                      ×
                    </button>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows
              .filter(({ values }) => values.some((value) => value !== "–"))
              .map(({ name, values, best }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {values.map((value, k) => (
                    <td class={k === best ? "best" : ""} key={k}>
                      {value}
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      <label class="tick">
        Count epochs to loss{" "}
        <input inputMode="decimal" size={6} value={level.value} placeholder={short(goal)} onInput={(event) => (level.value = event.currentTarget.value)} />
      </label>
    </>
  );
}

/** A row of numbers, the best of them marked where one is better than the others. */
function numbers(name: string, values: number[], best?: typeof Math.min, written = (value: number) => short(value)) {
  const known = values.filter((value) => !Number.isNaN(value));
  const winner = best && known.length > 1 ? values.indexOf(best(...known)) : -1;
  const alone = values.filter((value) => value === values[winner]).length === 1;
  return { name, values: values.map(written), best: alone ? winner : undefined };
}

/** A row of numbers of epochs. */
const counts = (name: string, values: number[], best?: typeof Math.min) => numbers(name, values, best, completed);

function unpin({ pinned }: Store, place: number): void {
  pinned.value = pinned.value.filter((_, k) => k !== place);
}

function unlike(name: string, taken: string[]): string {
  let unique = name;
  for (let k = 2; taken.includes(unique) || unique === "now"; k++) unique = `${name} ${k}`;
  return unique;
}
