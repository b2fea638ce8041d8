/** One unit from near: its picture, the weights into it and its bias, to read, edit and freeze. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { typedIn } from "../../page/course";
import { elementOf } from "../../page/tensors";
import { rawOf } from "../../protocol";
import type { Store } from "../../store";
import { HeatMap } from "../heatmap";
import { parsed, short } from "../numbers";
import type { Column } from "./layout";
import { type Pictures, pictureOf } from "./pictures";
import { unitName } from "./units";

interface Weight {
  name: string;
  place: number;
  from: string;
}

function weightsInto(store: Store, columns: Column[], index: number, unit: number): Weight[] {
  const { W, b, pieces } = columns[index];
  const weights: Weight[] = [];
  for (let piece = 0; piece < pieces; piece++) {
    const j = unit * pieces + piece;
    for (let i = 0; W && i < W.shape[0]; i++) {
      const from = index === 1 ? unitName(store, columns[0], 0, i) : `unit ${i + 1}`;
      weights.push({ name: elementOf(W.name, W.shape[1], i * W.shape[1] + j), place: W.start + i * W.shape[1] + j, from });
    }
    if (b) weights.push({ name: elementOf(b.name, b.shape[1], j), place: b.start + j, from: "bias" });
  }
  return weights;
}

export function Panel({ store, columns, index, unit, pictures, close }: { store: Store; columns: Column[]; index: number; unit: number; pictures: Pictures; close: () => void }) {
  const column = columns[index];
  const section = useRef<HTMLElement>(null);
  useEffect(() => section.current?.scrollIntoView({ block: "nearest" }), [index, unit]);
  const picture = pictureOf(store, pictures, column, index, unit);
  const weights = weightsInto(store, columns, index, unit);
  const holds = store.host !== "replay" && weights.some(({ name }) => store.settings.value.network.frozen.includes(name));
  const title = `${column.title}, unit ${column.gate === -1 ? unitName(store, column, index, unit) : unit + 1}`;
  return (
    <section class="panel" aria-label={title} ref={section}>
      <header>
        <h3>{title}</h3>
        <button type="button" class="plain" aria-label="Close" onClick={close}>×</button>
      </header>
      <div class="near">
        {picture && <HeatMap size={picture.size} colour={picture.colour} label={`What ${title} says over the plane`} class="large" />}
        <div class="scroll">
          {store.frame.value?.rawTheta && <p class="quiet">These are the weights that training moves; the network predicts with an average of their path.</p>}
          <table>
            <thead><tr><th scope="col">From</th><th scope="col">Weight</th><th scope="col">Value</th><th scope="col">Frozen</th></tr></thead>
            <tbody>{weights.map((weight) => <Row key={weight.name} store={store} weight={weight} />)}</tbody>
          </table>
          {holds && <p class="quiet">Frozen is what a weight is now. Reset, and whoever opens the link, freezes the first one instead.</p>}
        </div>
      </div>
    </section>
  );
}

function Row({ store, weight: { name, place, from } }: { store: Store; weight: Weight }) {
  const typed = useSignal<string | null>(null);
  const began = useRef("");
  const value = store.frame.value ? rawOf(store.frame.value)[place] : undefined;
  const shown = value === undefined ? "" : short(value, 5);
  const frozen = store.settings.value.network.frozen.includes(name);
  const recorded = store.host === "replay"; // it is only read
  function enter(): void {
    const text = typed.value;
    typed.value = null;
    if (text === null || text === began.current) return;
    const number = parsed(text) ?? NaN;
    if (!Number.isFinite(number)) return store.say(`A weight is a number such as −0.5, but “${text}” was entered.`);
    void typedIn(store, "weight", { place, value: number });
  }
  return (
    <tr>
      <td>{from}</td>
      <td><code>{name}</code></td>
      <td>
        <input
          aria-label={`Value of ${name}`}
          size={9}
          inputMode="decimal"
          readOnly={recorded}
          value={typed.value ?? shown}
          onFocus={(event) => {
            typed.value = began.current = shown; // what is being typed stands still while training runs
            event.currentTarget.select();
          }}
          onInput={(event) => (typed.value = event.currentTarget.value)}
          onBlur={enter}
          onKeyDown={(event) => {
            if (event.key === "Enter") event.currentTarget.blur();
            if (event.key === "Escape") {
              typed.value = began.current;
              event.currentTarget.blur();
            }
          }}
        />
      </td>
      <td>
        <input
          type="checkbox"
          aria-label={`Freeze ${name}`}
          checked={frozen}
          disabled={recorded}
          onChange={(event) => {
            const on = event.currentTarget.checked;
            store.change(({ network }) => (network.frozen = [...network.frozen.filter((each) => each !== name), ...(on ? [name] : [])]));
          }}
        />
      </td>
    </tr>
  );
}
