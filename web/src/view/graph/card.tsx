/** What happens at one stop of the walk: the gate's formula, in letters and with this row's numbers. */

import { useState } from "preact/hooks";
import { letter } from "../../page/tensors";
import { equation, made } from "./equation";
import { Breaking, Maths } from "./formula";
import { EXACT, short } from "../numbers";
import { type Spot, type Stage, title, valueAt } from "./stage";
import { symbolic } from "./template";
import type { Looking, Stop } from "./walk";

type Focus = Looking["focus"];

/** So many equations of a vector or matrix are listed; any other by choosing it. */
const LISTED = 6;

/** Characters of an equation in LaTeX that wants a line of its own. */
const LONG = 75;

export function GateCard({ stages, at, focus }: { stages: Stage[]; at: Stop; focus: Focus }) {
  const stage = stages[at.place],
    { node, kind } = stage;
  const groups = made(stage, stages, at.back);
  const formula = (name: string) => kind?.formulas[name];
  return (
    <article class={`gatecard ${at.back ? "back" : "forth"}`}>
      <h3>
        <span class="arrow" aria-hidden="true">
          {at.back ? "←" : "→"}
        </span>{" "}
        {at.back && node.kind === "loss" ? `${stages[at.place - 1].node.label} and loss, as one` : node.label}
        <small>{at.back ? "backward" : "forward"}</small>
      </h3>
      <p class="says">{words(stage, at)}</p>
      {!at.back && formula("matrix forward") && <Maths tex={formula("matrix forward")!} display />}
      {!at.back && formula("training") && (
        <p class="says">
          In training: <Maths tex={symbolic(formula("training")!, kind)} />
        </p>
      )}
      {groups.map(({ head, spots }) => (
        <Group key={head} {...{ head, spots, stages, focus }} whole={at.back ? whole(spots, stage) : undefined} />
      ))}
    </article>
  );

  function whole(spots: Spot[], of: Stage): string | undefined {
    return spots.length === 0
      ? undefined
      : of.kind?.formulas[`matrix ${spots[0].what === "dy" ? "d_x" : `d_${spots[0].what.slice(1)}`}`];
  }
}

/** Equations of a vector: the formula once, then a line for each element. */
function Group({ head, spots, stages, focus, whole }: { head: string; spots: Spot[]; stages: Stage[]; focus: Focus; whole?: string }) {
  const first = spots.length > 0 ? equation(spots[0], stages) : null;
  return (
    <section class="makes">
      <h4>{head}</h4>
      {(whole || first) && (
        <div class="letters">
          {whole && <Maths tex={whole} />}
          {first && <Maths tex={`\\displaystyle ${first.letters}`} />}
        </div>
      )}
      <ul class={first !== null && first.numbers.length > LONG ? "long" : ""}>
        {spots.slice(0, LISTED).map((spot) => (
          <li key={spot.index}>
            <Line spot={spot} stages={stages} focus={focus} />
          </li>
        ))}
      </ul>
      {spots.length > LISTED && <Choose spots={spots} stages={stages} focus={focus} />}
    </section>
  );
}

function Line({ spot, stages, focus }: { spot: Spot; stages: Stage[]; focus: Focus }) {
  const numbers = equation(spot, stages)?.numbers;
  return (
    <button
      type="button"
      class="line"
      title={`${title(spot, stages)} = ${short(valueAt(spot, stages), 8)}`}
      onClick={() => (focus.value = spot)}
    >
      {numbers ? <Breaking tex={numbers} /> : `${title(spot, stages)} = ${short(valueAt(spot, stages), 4)}`}
    </button>
  );
}

/** Choose any element by its number. */
function Choose({ spots, stages, focus }: { spots: Spot[]; stages: Stage[]; focus: Focus }) {
  const [index, setIndex] = useState(LISTED);
  const spot = spots[Math.min(index, spots.length - 1)];
  const { node } = stages[spot.place];
  const shape = node.parameters.find((each) => `d${letter(each.name)}` === spot.what)?.shape;
  const columns = shape && shape[0] > 1 ? shape[1] : 1;
  const number = (label: string, value: number, count: number, set: (value: number) => void) => (
    <label>
      {label}{" "}
      <input
        type="number"
        min={0}
        max={count - 1}
        value={value}
        onInput={(event) => set(Math.min(count - 1, Math.max(0, Math.floor(event.currentTarget.valueAsNumber || 0))))}
      />
    </label>
  );
  return (
    <div class="choose">
      <span>{spots.length - LISTED} more. Element</span>
      {columns > 1 &&
        number("row", Math.floor(index / columns), spots.length / columns, (i) => setIndex(i * columns + (index % columns)))}
      {number(
        columns > 1 ? "column" : "number",
        index % columns || (columns > 1 ? 0 : index),
        columns > 1 ? columns : spots.length,
        (j) => setIndex(columns > 1 ? Math.floor(index / columns) * columns + j : j),
      )}
      <Line spot={spot} stages={stages} focus={focus} />
    </div>
  );
}

/** The number in focus, with its equation, and its gradient's if it is a parameter. */
export function FocusCard({ stages, spot, focus }: { stages: Stage[]; spot: Spot; focus: Focus }) {
  const parameter = stages[spot.place].node.parameters.find((each) => letter(each.name) === spot.what);
  const shown: Spot[] = parameter?.gradient ? [spot, { ...spot, what: `d${spot.what}` }] : [spot];
  return (
    <article class="focuscard">
      {shown.map((each) => {
        const found = equation(each, stages, EXACT);
        return (
          <section key={each.what} class={each.what.startsWith("d") ? "back" : "forth"}>
            <h3>
              {title(each, stages)} <b>= {short(valueAt(each, stages), EXACT)}</b>
            </h3>
            {found ? (
              <>
                <Maths tex={found.letters} display />
                <Breaking tex={found.numbers} />
              </>
            ) : (
              <p class="says">
                {parameter ? "A parameter: training moves it against its gradient." : "A number of the row itself."}
              </p>
            )}
          </section>
        );
      })}
      <button type="button" class="close" aria-label="Close the equation" onClick={() => (focus.value = null)}>
        ×
      </button>
    </article>
  );
}

/** What happens here, in a sentence. */
function words({ node, kind }: Stage, at: Stop): string {
  if (node.kind === "input") return "The row enters the chain.";
  if (node.kind === "loss")
    return at.back
      ? "Backward begins: how the loss changes with every score. Output and loss are differentiated together, because their derivative is simpler than either's."
      : "How wrong the prediction is. Training makes the mean of this number over all rows small.";
  if (at.back) return "It receives dy = ∂loss/∂y from the right, and passes on what the chain rule makes of it.";
  return kind?.says.replaceAll("`", "") ?? "";
}
