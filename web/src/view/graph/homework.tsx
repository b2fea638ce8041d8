/** Homework: your weights, your row, and your numbers for any gate; where the first one differs, and why it may. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Node } from "../../protocol";
import type { Store } from "../../store";
import { typedIn } from "../../page/course";
import { letter } from "../../page/tensors";
import { type Answers, compared, key, type Verdict } from "./check";
import { made } from "./equation";
import { short } from "../numbers";
import { all, blank, numbersOf, type Sheet, sheetOf } from "./sheet";
import { type Spot, type Stage, title } from "./stage";
import { Table } from "./table";
import { lookingOf, type Stop, stops } from "./walk";

interface Shown {
  store: Store;
  stages: Stage[];
  /** Show the walk of other numbers in the figure. */
  show(nodes: Node[] | null, target: number[]): void;
}

const TOLERANCES = [0.05, 0.01, 0.001, 0.0001, 1e-6];

export function Homework({ store, stages, show }: Shown) {
  const [sheet] = useState(() => sheetOf(store, stages));
  const { row, target, weights, answers, tolerance } = sheet.value;
  const change = (its: Partial<Sheet>) => void (sheet.value = { ...sheet.value, ...its });
  const [trouble, setTrouble] = useState<string | null>(null);
  const texts = all(sheet.value);
  const numbers = numbersOf(sheet.value);
  useEffect(() => {
    const wrong = numbers.findIndex((each) => each === null || !Number.isFinite(each));
    if (wrong >= 0)
      return setTrouble(`“${texts[wrong]}” is no number: every cell of the row, the target and the weights needs one.`);
    const given = numbers as number[];
    const goal = given.slice(row.length, row.length + target.length);
    const question = {
      row: given.slice(0, row.length),
      target: goal,
      theta: Float64Array.from(given.slice(row.length + target.length)),
    };
    let current = true;
    store.transport.get("walk", question).then(
      (nodes) => current && (setTrouble(null), show(nodes, goal)),
      (error: Error) => current && setTrouble(error.message),
    );
    return () => void (current = false);
  }, [texts.join("|")]);
  useEffect(() => () => show(null, []), []);

  const train = () => {
    const theta = Float64Array.from(numbers.slice(row.length + target.length), (each) => each ?? NaN);
    void typedIn(store, "theta", { theta });
  };
  const rows = (store.plan.value?.train.X.data.length ?? 0) / Math.max(1, store.plan.value?.train.X.columns ?? 1);
  const verdict = compared(answers, stages, tolerance, rows);
  return (
    <section class="homework" aria-label="Homework">
      <h3>Your row, target and weights</h3>
      <p class="says">They begin as the page's own. Type yours over them, or paste them from a spreadsheet; they stay until this page is reloaded.</p>
      <div class="given">
        <Named name="X">
          <Table name="X" columns={row.length} values={row} change={(row) => change({ row })} />
        </Named>
        <Named name="y">
          <Table name="y" columns={target.length} values={target} change={(target) => change({ target })} />
        </Named>
        {weights.map(({ name, columns, values }, k) => (
          <Named key={name} name={name}>
            <Table
              name={name}
              columns={columns}
              values={values}
              change={(next) => change({ weights: weights.map((each, at) => (at === k ? { ...each, values: next } : each)) })}
            />
          </Named>
        ))}
      </div>
      <button type="button" disabled={trouble !== null} onClick={train}>
        Train from these weights
      </button>
      <button type="button" title="The page's own row, target and weights, and no answers" onClick={() => (sheet.value = blank(store, stages))}>
        Begin anew
      </button>
      {trouble && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <h3>Your numbers</h3>
      <p class="says">
        Fill in what you worked out, as much of it as you like. The figure shows its own numbers as you step on, or choose Show
        all.{" "}
        <label>
          Tolerance ±
          <select value={tolerance} onChange={(event) => change({ tolerance: Number(event.currentTarget.value) })}>
            {TOLERANCES.map((each) => (
              <option key={each} value={each}>
                {short(each)}
              </option>
            ))}
          </select>
        </label>
      </p>
      <Result store={store} verdict={verdict} stages={stages} />
      <ol class="answers">
        {stops(stages.length)
          .slice(1)
          .map((at) => (
            <Answer key={`${at.back}${at.place}`} {...{ at, stages, answers, verdict }} change={(answers) => change({ answers })} />
          ))}
      </ol>
    </section>
  );
}

/** The first number that differs, or that all agree. */
function Result({ store, verdict, stages }: { store: Store; verdict: Verdict; stages: Stage[] }) {
  const { first, given } = verdict;
  if (given === 0) return null;
  const agreeing = Object.values(verdict.agree).filter(Boolean).length;
  if (first === null)
    return (
      <p class="verdict right" role="status">
        ✓ {given === 1 ? "Your number agrees." : `All ${given} numbers agree.`}
      </p>
    );
  const go = () => {
    const { stop, focus } = lookingOf(store);
    stop.value = stops(stages.length).findIndex((each) => each.place === first.stop.place && each.back === first.stop.back);
    focus.value = first.spot;
  };
  return (
    <p class="verdict wrong" role="status">
      ✗ First difference: <b>{title(first.spot, stages)}</b>, {first.stop.back ? "on the way back" : "on the way forward"}. Yours
      is <b>{Number.isNaN(first.yours) ? "no number" : short(first.yours, 6)}</b>, the engine's {short(first.expected, 6)}. {first.hint ?? "Look at its equation."}{" "}
      <button type="button" onClick={go}>
        Show the gate
      </button>{" "}
      <span class="says">
        {agreeing} of {given} agree.
      </span>
    </p>
  );
}

/** A stop's cells to fill in. */
function Answer({
  at,
  stages,
  answers,
  verdict,
  change,
}: {
  at: Stop;
  stages: Stage[];
  answers: Answers;
  verdict: Verdict;
  change(next: Answers): void;
}) {
  const stage = stages[at.place];
  const name = at.back && stage.node.kind === "loss" ? "output and loss" : stage.node.label;
  return (
    <li class={at.back ? "back" : "forth"}>
      <b>
        {at.back ? "←" : "→"} {name}
      </b>
      {made(stage, stages, at.back).map(({ head, spots }) => (
        <Named key={head} name={head}>
          <Table
            name={`${name} ${at.back ? "gradient" : "value"} ${head}`}
            columns={columnsOf(spots, stages)}
            values={spots.map((spot) => answers[key(spot)] ?? "")}
            change={(next) => change({ ...answers, ...Object.fromEntries(spots.map((spot, k) => [key(spot), next[k]])) })}
            agree={(k) => verdict.agree[key(spots[k])]}
            mark={(k) => key(spots[k])}
          />
        </Named>
      ))}
    </li>
  );
}

const Named = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div class="named">
    <span class="says">{name}</span>
    {children}
  </div>
);

function columnsOf(spots: Spot[], stages: Stage[]): number {
  const [{ place, what }] = spots;
  return stages[place].node.parameters.find((each) => `d${letter(each.name)}` === what)?.shape.at(-1) ?? spots.length;
}
