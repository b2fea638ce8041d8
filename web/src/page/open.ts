/** The store: settings and signals, and what becomes of the run when settings change. */

import { signal } from "@preact/signals";
import type { Examples, Matrix, Plan, Table, Transport, Watch } from "../protocol";
import { START, type Settings } from "../settings";
import type { Snapshot, Store, Task } from "../store";
import { featured } from "./features";
import { frames } from "./frames";
import { planOf } from "./plan";
import { TABLES, generated, taskOf } from "./points";
import { settled } from "./settle";
import { transplanted } from "./transplant";
import { fromHash, toHash } from "./url";

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export async function open(transport: Transport, keepsAddress: boolean): Promise<Store> {
  const settings = signal<Settings>(structuredClone(START));
  const notices = signal<string[]>([]);
  const frame = signal<Store["frame"]["value"]>(null);
  const history = signal<Store["history"]["value"]>(null);
  const table = signal<Table | null>(null);
  const points = signal<Examples>(generated(START.data));
  const task = signal<Task>(taskOf(START.data, points.value, null));
  const plan = signal<Plan | null>(null);
  const lost = signal<string | null>(null);
  const pinned = signal<Snapshot[]>([]);
  const catalogue = signal(await transport.get("catalogue"));
  const watched: Watch = { values: {}, gradient: false };

  const say = (message: string) => {
    if (!notices.value.includes(message)) notices.value = [...notices.value, message];
  };
  const complain = (error: unknown) => say(error instanceof Error ? error.message : String(error));
  const pulled = frames(
    transport,
    (each) => (frame.value = each),
    (each) => (history.value = each),
  );

  /** Commands wake the frames, and their errors are told. */
  const waking: Transport = {
    ...transport,
    set: (what, value) => transport.set(what, value).finally(pulled.wake),
    send: (name, detail) => transport.send(name, detail).catch(complain).finally(pulled.wake),
  };

  /** Find the data of the settings. */
  async function bringData(data: Settings["data"]): Promise<void> {
    if (data.kind === "digits" && table.value?.name !== "digits") table.value = await transport.get("table", { name: "digits" });
    const found = TABLES.includes(data.kind) ? table.value : null;
    if (TABLES.includes(data.kind) && !found) throw new Error("The address asks for a table of your own: choose its file under Data.");
    points.value = found ? { X: found.X, y: found.y } : generated(data);
    task.value = taskOf(data, points.value, found);
  }

  /** What the player has and what it shall have, one change after another; those that come meanwhile are taken together. */
  let given: Settings | null = null;
  let fresh = true;
  let bringing: Promise<void> | null = null;
  async function bring(): Promise<void> {
    while (given !== settings.value) {
      const wanted = settings.value;
      const anew = fresh;
      fresh = false;
      if (anew || !given || !same({ ...wanted, view: 0 }, { ...given, view: 0 })) {
        if (anew || !given || !same(wanted.data, given.data)) await bringData(wanted.data);
        const fitting = settled(wanted, task.value, catalogue.value);
        if (!same(fitting, wanted) && settings.value === wanted) settings.value = fitting;
        if (anew && frame.value?.playing) await transport.send("pause");
        const next = planOf(fitting, points.value, task.value, catalogue.value);
        await transport.set("plan", { plan: next, theta: anew || !plan.value ? "fresh" : await kept(plan.value, next, given!, fitting) });
        plan.value = next;
        given = settings.value === fitting ? fitting : wanted;
        if (anew) history.value = null;
        pulled.wake();
      } else given = wanted;
      await transport.set("page", settings.value);
      if (keepsAddress) globalThis.history.replaceState(null, "", toHash(settings.value));
    }
  }

  /** θ of the run, if the new plan's network is nearly the old one. */
  async function kept(before: Plan, after: Plan, was: Settings, now: Settings): Promise<"keep" | "fresh" | Float64Array> {
    const shape = (each: Plan) => [each.network.inputs, each.network.gates.map(({ is, units }) => [is, units])];
    if (same(shape(before), shape(after)) && same(was.features, now.features)) return "keep";
    const initial = await transport.get("initial", { network: after.network, seed: after.seed });
    const theta = (await transport.get("frame")).theta;
    const inputs = now.features.map((name) => was.features.indexOf(name));
    return transplanted(before.network, theta, after.network, initial, inputs);
  }

  function soon(): void {
    bringing ??= bring()
      .catch((error) => {
        // What could not be had is undone, so that the page shows what the player does.
        settings.value = given ??= settings.value;
        complain(error);
      })
      .finally(() => (bringing = null));
  }

  let asked = false;
  function tellWatch(): void {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      waking.set("watch", { ...watched }).catch(complain);
    });
  }

  const store: Store = {
    transport: waking,
    settings,
    catalogue,
    frame,
    history,
    table,
    lost,
    notices,
    pinned,
    points,
    task,
    plan,
    change(edit, anew = false) {
      const next = structuredClone(settings.value);
      edit(next);
      fresh ||= anew || next.data.kind !== settings.value.data.kind || next.training.seed !== settings.value.training.seed;
      settings.value = next;
      soon();
    },
    open(next) {
      settings.value = structuredClone(next);
      fresh = true;
      soon();
    },
    settled: () => bringing ?? Promise.resolve(),
    watch(name, wanted) {
      if (wanted) watched.values[name] = wanted;
      else delete watched.values[name];
      tellWatch();
    },
    watchGradient(wanted) {
      watched.gradient = wanted;
      tellWatch();
    },
    featured: (raw: Matrix) => featured(raw, task.value.inputs, settings.value.features),
    say,
  };

  transport.on("lost", (message) => (lost.value = message));
  transport.on("taken", (message) => (lost.value = message));
  transport.on("found", () => {
    lost.value = null;
    tellWatch();
    pulled.wake();
  });

  if (keepsAddress)
    addEventListener("hashchange", () => {
      const asked = fromHash(location.hash);
      if (!asked || location.hash === toHash(settings.value)) return;
      asked.troubles.forEach(say);
      store.open(asked.settings);
    });

  const state = await transport.get("state");
  table.value = state.table;
  const address = keepsAddress ? fromHash(location.hash) : null;
  for (const trouble of address?.troubles ?? []) say(trouble);
  const remembered = state.page as Settings | null;
  if (state.plan && remembered && (!address || same(address.settings, remembered))) {
    settings.value = given = remembered;
    await bringData(remembered.data).catch(complain);
    plan.value = state.plan;
    fresh = false;
    pulled.wake();
  } else {
    if (address) settings.value = address.settings;
    else if (state.table)
      settings.value = { ...structuredClone(START), data: { ...START.data, kind: "own" }, features: [...state.table.columns] };
    soon();
  }
  return store;
}
