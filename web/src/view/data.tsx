/** What is learned: a set of points, digits, or the visitor's own table; noise, size, split, seed and features. */

import { type Signal, batch, useSignal } from "@preact/signals";
import { FEATURES } from "../page/features";
import { hasOwnData, propose } from "../page/instead";
import { TABLES } from "../page/points";
import { MOST } from "../page/settle";
import { chosenFor, takePoints } from "../page/taken";
import { type Table, rowsOf } from "../protocol";
import type { Store } from "../store";
import { Slider } from "./field";
import { own } from "./ids";
import { Thumbnail } from "./thumbnail";
import "./data.css";

const HAS_ARMS = "Spirals";

/** The kinds of data: the catalogue's points, and the tables. */
function choices(store: Store): { kind: string; says: string }[] {
  const points = (store.catalogue.value?.points ?? []).map(({ is, label }) => ({ kind: is, says: label }));
  return [...points, { kind: "digits", says: "Digits" }, { kind: "own", says: "Own table" }];
}

export function Data({ store }: { store: Store }) {
  const { data, view } = store.settings.value;
  const asking = useSignal(false);
  const used = useSignal<Upload | null>(null);
  const table = TABLES.includes(data.kind);
  /** Begin with other data; a run that has trained, or points by hand, ask first, and then their own stay chosen. */
  function begin(event: Event, what: string, take: () => void): void {
    if (propose(store, { what, begin: take }, hasOwnData(store))) event.preventDefault();
  }
  function choose(event: Event, kind: string, says: string): void {
    if (kind === data.kind) return;
    begin(event, says, () => {
      asking.value = false;
      store.change((settings) => takePoints(settings, kind, rowsOf(store.points.value.y)), true);
    });
  }
  /** A table that was read is taken at once; else its file is asked for, and the data stay chosen that train meanwhile. */
  function chooseOwn(event: Event): void {
    if (data.kind === "own") return;
    const its = store.table.value;
    if (its) return begin(event, its.name, () => ((asking.value = false), store.take(its)));
    asking.value = true;
    event.preventDefault();
  }
  return (
    <>
      <h2>Data</h2>
      <div class="kinds" role="radiogroup" aria-label="Data">
        {choices(store).map(({ kind, says }) => (
          <label key={kind} title={says}>
            <input type="radio" name={own(store, "data")} checked={data.kind === kind} onClick={(event) => (kind === "own" ? chooseOwn(event) : choose(event, kind, says))} aria-label={says} />
            <Thumbnail kind={kind} />
            <small>{says}</small>
          </label>
        ))}
      </div>
      {(asking.value || data.kind === "own") && <Own store={store} used={used} done={() => (asking.value = false)} />}
      {asking.value && data.kind !== "own" && <p class="quiet">{`Until a table is read, training goes on with ${choices(store).find(({ kind }) => kind === data.kind)?.says ?? data.kind}.`}</p>}
      {!table && <Generated store={store} />}
      <Slider label="Held out" value={data.split} least={0} most={0.8} step={0.05} says={`${Math.round(100 * data.split)} %`} set={(share) => store.change(({ data }) => (data.split = share))} />
      {data.split === 0 && <p class="quiet">No row is held out{view.lesson ? ", as the lesson has it" : ""}: nothing tells how the network does on rows that it has not seen.</p>}
      <Features store={store} table={table} />
    </>
  );
}

function Generated({ store }: { store: Store }) {
  const { data } = store.settings.value;
  const change = (edit: (its: typeof data) => void) =>
    store.change((settings) => {
      settings.data.points = null;
      edit(settings.data);
    });
  return (
    <>
      {data.points && <p class="quiet">These points were changed by hand. A slider below begins with new ones.</p>}
      {data.kind === HAS_ARMS && <Slider label="Arms" value={data.arms} least={2} most={MOST.arms} step={1} set={(arms) => change((its) => (its.arms = arms))} />}
      <Slider label="Noise" value={data.noise} least={0} most={MOST.noise} step={0.05} set={(noise) => change((its) => (its.noise = noise))} />
      <Slider label="Points" value={data.rows} least={10} most={1000} step={10} set={(rows) => change((its) => (its.rows = rows))} />
      <div class="row">
        <span>Seed {data.seed}</span>
        <button type="button" onClick={() => change((its) => its.seed++)}>New points</button>
        {data.seed > 0 && <button type="button" onClick={() => change((its) => (its.seed = 0))}>First points</button>}
      </div>
    </>
  );
}

/** A file that was read, so that another of its columns may be predicted; an empty target is the last column. */
interface Upload {
  name: string;
  text: string;
  columns: string[];
  target: string;
}

function Own({ store, used, done }: { store: Store; used: Signal<Upload | null>; done: () => void }) {
  const table = store.settings.value.data.kind === "own" ? store.table.value : null;
  const tried = useSignal<Upload | null>(null);
  const over = useSignal(false);
  const busy = useSignal(false);
  const file = tried.value ?? used.value;
  async function busily(work: () => Promise<void>): Promise<void> {
    busy.value = true;
    try {
      await work();
    } catch (error) {
      store.complain(error);
    } finally {
      busy.value = false;
    }
  }
  /** Read a file's table, which asks before it takes a trained run's place. */
  async function read(its: Upload): Promise<void> {
    const { name, text, target } = its;
    tried.value = its;
    const found = await store.transport.get("table", { name, text, ...(target ? { target } : {}) });
    tried.value = null;
    propose(store, { what: target ? `${name} with the target ${target}` : name, begin: () => void take(its, found), stays: true }, hasOwnData(store));
  }
  /** Take its table; one that is refused stays tried, since another target may do. */
  const take = (its: Upload, found: Table) =>
    busily(async () => {
      tried.value = its;
      store.take(found);
      await store.settled();
      if (store.settings.value.data.kind !== "own" || store.table.value !== found) return; // the player has refused it
      batch(() => ([used.value, tried.value] = [its, null]));
      done();
    });
  async function receive(given: File | undefined): Promise<void> {
    over.value = false;
    if (!given) return;
    if (given.size > 50e6) return store.say(`${given.name} has ${Math.round(given.size / 1e6)} MB; the page takes tables of at most 50 MB.`);
    await busily(async () => {
      const { name } = given;
      const text = decoded(await contents(given));
      await read({ name, text, target: "", columns: await store.transport.get("columns", { name, text }) });
    });
  }
  return (
    <div class={`own ${over.value ? "over" : ""}`} onDragOver={(event) => { event.preventDefault(); over.value = true; }} onDragLeave={() => (over.value = false)} onDrop={(event) => { event.preventDefault(); void receive(event.dataTransfer?.files[0]); }}>
      <label class="upload">
        {busy.value ? "Reading …" : "Choose or drop a CSV file"}
        <input type="file" accept=".csv,.tsv,.txt,text/csv" aria-label="Choose a CSV file" onChange={(event) => { void receive(event.currentTarget.files?.[0]); event.currentTarget.value = ""; }} />
      </label>
      {file && file.columns.length > 1 && (
        <label class="field">
          <span>Target</span>
          <select aria-label="Target column" value={file.target} onChange={(event) => { const target = event.currentTarget.value; void busily(() => read({ ...file, target })); }}>
            <option value="">the last column</option>
            {file.columns.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
      )}
      {tried.value && !busy.value && (
        <p class="quiet">
          {tried.value.name} was not taken so: another target may do. <button type="button" onClick={() => (tried.value = null)}>Leave it</button>
        </p>
      )}
      {table && !file && store.host !== "widget" && <p class="quiet">To predict another column, choose the file again.</p>}
      {table && (
        <details class="said" open={table.said.length < 4}>
          <summary>{table.name}: {rowsOf(table.X).toLocaleString("en")} rows, {table.columns.length} features{table.classes ? `, ${table.classes.length} classes` : ""}</summary>
          <ul>{[...table.said, ...chosenFor(table, store.settings.value)].map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>
        </details>
      )}
    </div>
  );
}

/** A file's bytes; browsers give a folder that is dropped as a file too, and one that is gone only when it is read. */
const contents = (given: File): Promise<ArrayBuffer> =>
  given.arrayBuffer().catch(() => {
    throw new Error(`${given.name} cannot be read: the page takes a file, not a folder, that is still where it was chosen.`);
  });

/** A file's text, whether it is UTF-8, UTF-16 with its mark, or Latin-1. */
function decoded(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes);
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function Features({ store, table }: { store: Store; table: boolean }) {
  const { features, data } = store.settings.value;
  const names = table ? store.task.value.inputs : Object.keys(FEATURES);
  if (data.kind === "digits") return <p class="quiet">8 × 8 pixels of grey: 64 features.</p>;
  const toggle = (name: string, on: boolean) => {
    const chosen = store.settings.value.features; // now, which may not be drawn yet
    if (!on && chosen.length === 1) return store.say("The network needs at least one feature.");
    store.change((settings) => (settings.features = names.filter((each) => (each === name ? on : chosen.includes(each)))));
  };
  const many = names.length > 12;
  return (
    <fieldset class={`chips ${many ? "many" : ""}`}>
      <legend>{many ? `Features: ${features.length} of ${names.length}` : "Features"}</legend>
      {many && (
        <p class="row">
          <button type="button" onClick={() => store.change((settings) => (settings.features = [...names]))}>All</button>
          <button type="button" title="None but the first column: the network needs one" onClick={() => store.change((settings) => (settings.features = names.slice(0, 1)))}>None</button>
        </p>
      )}
      <div tabIndex={many ? 0 : undefined}>
        {names.map((name) => (
          <label key={name} title={name}>
            <input type="checkbox" checked={features.includes(name)} onChange={(event) => toggle(name, event.currentTarget.checked)} />
            <span>{name}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
