/** The store: settings and signals, and what becomes of the run when settings change. */

import { batch, signal } from "@preact/signals";
import { type Examples, type Matrix, type Plan, type Table, type Transport, type Watch, rawOf, rowsOf } from "../protocol";
import { START, type Settings } from "../settings";
import type { Snapshot, Store, Task } from "../store";
import { awaits, follow, visit } from "./address";
import { type Stretch, courseOf, turned } from "./course";
import { featured } from "./features";
import { frames } from "./frames";
import { type Given, foundRun } from "./given";
import { planOf } from "./plan";
import { telling } from "./plane";
import { type Parts, TABLES, generated, split, taskOf } from "./points";
import { bounded, settled } from "./settle";
import { type Learned, beginning, same, sameChain, sameData, sameEnds } from "./same";
import { awaitedIn, meetTable, takeTable, waiting } from "./taken";
import { tensors } from "./tensors";
import { carried, transplanted } from "./transplant";
import { freed, lacking, unmet } from "./unmet";
import { fromHash, toHash } from "./url";

const WAITS = "The address asks for a table of your own: choose its file under Data.";

/** Notices that stand at once; of more, the latest. */
const NOTICES = 3;

export async function open(transport: Transport, keepsAddress: boolean): Promise<Store> {
  const settings = signal<Settings>(structuredClone(START));
  const notices = signal<string[]>([]);
  const frame = signal<Store["frame"]["value"]>(null);
  const history = signal<Store["history"]["value"]>(null);
  const table = signal<Table | null>(null);
  const points = signal<Examples>(generated(START.data));
  const parts = signal<Parts>(split(START.data.rows, START.data.split, START.data.seed));
  const task = signal<Task>(taskOf(START.data, points.value, null));
  const plan = signal<Plan | null>(null);
  const lost = signal<string | null>(null);
  const pinned = signal<Snapshot[]>([]);
  const course = signal<Stretch[]>([]);
  const preparing = signal(false);
  const catalogue = signal(await transport.get("catalogue"));
  const state = await transport.get("state");
  const watched: Watch = { values: {}, gradient: false };

  const say = (message: string) => {
    notices.value = [...notices.value.filter((each) => each !== message), message].slice(-NOTICES);
  };
  /** Where the player cannot be reached, that is said already, and is why nothing else could be done. */
  function complain(error: unknown): void {
    if (!lost.value) say(error instanceof Error ? error.message : String(error));
  }
  const pulled = frames(
    transport,
    (each) => (frame.value = each),
    (each) => (history.value = each),
  );

  /** Commands wake the frames, and their errors are told; one that is done takes earlier notices away. */
  const waking: Transport = {
    ...transport,
    set: (what, value) => transport.set(what, value).finally(() => pulled.wake()),
    send: (name, detail) => {
      const before = notices.value;
      return transport.send(name, detail).then(() => settleNotices(before), complain).finally(() => pulled.wake());
    },
  };

  /** Settings that came before their table: they wait for it as long as no other data are chosen. */
  let awaited: Settings | null = null;
  const ownTable = () => (table.value?.name === "digits" ? null : table.value);

  /** Notices that stood before the reader's last command or change; what is done well afterwards takes them away. */
  let standing: string[] = [];
  function settleNotices(before: string[]): void {
    notices.value = notices.value.filter((each) => !before.includes(each) || (awaited && each === WAITS));
  }

  /** The parts that were given with a run stay as they are until others are asked for. */
  let found: Given | null = null;

  /** Find the data of the settings. */
  async function dataOf(data: Settings["data"]): Promise<Learned> {
    if (data.kind === "digits" && table.value?.name !== "digits") table.value = await transport.get("table", { name: "digits" });
    const read = TABLES.includes(data.kind) ? table.value : null;
    const all = read ? { X: read.X, y: read.y } : generated(data);
    const isTheirs = found && data.kind === "own" && read === found.table && same([data.split, data.seed], found.asked);
    const rows = rowsOf(all.y);
    return { table: table.value, points: all, parts: isTheirs ? found!.parts : split(rows, data.split, data.seed), task: taskOf(data, all, read) };
  }

  /** What is learned now. */
  let learned: Learned = { table: table.value, points: points.value, parts: parts.value, task: task.value };
  function learn(next: Learned, its: Plan): void {
    learned = next;
    batch(() => {
      points.value = next.points;
      parts.value = next.parts;
      task.value = next.task;
      plan.value = its;
    });
  }

  /** The table that the player keeps for a page that comes back. */
  let told = state.table;

  /** What the player has and what it shall have, one change after another; those that come meanwhile are taken together. */
  let given: Settings | null = null;
  let fresh = true;
  let bringing: Promise<void> | null = null;
  async function bring(): Promise<void> {
    while (given !== settings.value) {
      if (settings.value.data.kind === "own" && !ownTable()) {
        awaited = settings.value;
        settings.value = waiting(awaited);
        say(WAITS);
      }
      const wanted = settings.value;
      const within = bounded(wanted);
      if (!same(within, wanted)) settings.value = within;
      const asked = settings.value;
      const anew = fresh;
      fresh = false;
      if (anew || !given || !same({ ...asked, view: 0 }, { ...given, view: 0 })) {
        const changed = anew || !given || !same(asked.data, given.data);
        const data = changed ? await dataOf(asked.data) : learned;
        let fitting = settled(asked, data.task, rowsOf(data.points.y), catalogue.value);
        fitting.view.axes = telling(data.points, fitting.view.axes);
        let next = planOf(fitting, data.points, data.parts, data.task, catalogue.value), thawed: string[] = [];
        if (!anew && plan.value && fitting.network.frozen.length) {
          const { frozen, gone } = carried(fitting.network.frozen, plan.value.network, next.network, inputsFrom(given!, fitting));
          [thawed, fitting] = [gone, { ...fitting, network: { ...fitting.network, frozen } }];
          next = planOf(fitting, data.points, data.parts, data.task, catalogue.value);
        }
        if (given && plan.value && sameChain(given, fitting) && sameEnds(learned, data)) next = { ...next, network: plan.value.network };
        if (!same(fitting, asked) && settings.value === asked) settings.value = fitting;
        if (anew && frame.value?.playing) await transport.send("pause");
        await transport.set("plan", { plan: next, theta: anew || !plan.value ? "fresh" : await kept(plan.value, next, given!, fitting) });
        given = settings.value === fitting ? fitting : asked;
        course.value = turned(anew ? [] : course.value, given, anew ? 0 : (frame.value?.step ?? 0));
        learn(data, next);
        if (given.data.kind === "own") awaited = null;
        settleNotices(standing);
        const gone = anew ? unmet(wanted, fitting, next.network) : freed(thawed);
        if (gone) say(gone);
        if (anew) history.value = null;
        pulled.wake(anew);
      } else given = asked;
      const its = learned.table;
      if (given.data.kind === "own" && its && its !== told) {
        await transport.set("table", its);
        told = its;
      }
      await transport.set("page", given); // not what was chosen meanwhile: a reload must find what the player has
      if (keepsAddress) globalThis.history.replaceState(null, "", toHash(awaited ? awaitedIn(given, awaited) : given));
    }
  }

  /** Which input each input was before; −1 for a new one. */
  const inputsFrom = (was: Settings, now: Settings) => now.features.map((name) => was.features.indexOf(name));

  /** θ of the run, if the new plan's network is nearly the old one. */
  async function kept(before: Plan, after: Plan, was: Settings, now: Settings): Promise<"keep" | "fresh" | Float64Array> {
    const shape = ({ network }: Plan) => tensors(network).map(({ name, shape }) => [name, shape]);
    if (same(shape(before), shape(after)) && same(was.features, now.features)) return "keep";
    const initial = await transport.get("initial", { network: after.network, seed: after.seed });
    const raw = rawOf(await transport.get("frame"));
    return transplanted(before.network, raw, after.network, initial, inputsFrom(was, now));
  }

  function soon(): void {
    preparing.value = true;
    bringing ??= bring()
      .catch((error) => {
        complain(error);
        if (given) {
          settings.value = given; // what could not be had is undone: the page shows what the player does
          table.value = learned.table;
        } else {
          awaited = null;
          settings.value = structuredClone(START);
          fresh = true;
          return bring().catch(complain);
        }
      })
      .finally(() => {
        bringing = null;
        preparing.value = false;
      });
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
    host: state.host,
    settings,
    catalogue,
    frame,
    history,
    table,
    lost,
    preparing,
    notices,
    course,
    pinned,
    points,
    parts,
    task,
    plan,
    change(edit, anew = false) {
      const next = structuredClone(settings.value);
      edit(next);
      if (!sameData(next, settings.value)) awaited = null;
      standing = notices.value;
      fresh ||= anew || !same(beginning(next), beginning(settings.value));
      settings.value = next;
      soon();
    },
    take(its) {
      const next = awaited ? awaitedIn(settings.value, awaited) : structuredClone(settings.value);
      if (awaited) meetTable(next, its, rowsOf(points.value.y));
      else takeTable(next, its, rowsOf(points.value.y));
      table.value = its;
      settings.value = next;
      standing = notices.value;
      const gone = awaited && lacking(awaited.features, its.columns);
      if (gone) say(gone);
      fresh = true;
      soon();
    },
    open(next) {
      awaited = null;
      standing = notices.value;
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
    featured: (raw: Matrix) => featured(raw, task.value.inputs, (given ?? START).features),
    say,
    complain,
  };

  transport.on("lost", (message) => (lost.value = message));
  transport.on("taken", (message) => (lost.value = message));
  transport.on("found", () => {
    lost.value = null;
    tellWatch();
    pulled.wake();
  });

  table.value = state.table;
  const address = keepsAddress ? fromHash(location.hash) : null;
  if (address?.trouble) say(address.trouble);
  if (keepsAddress) follow(store);
  if (state.plan) {
    const there = foundRun(state.plan, state.page as Settings | null, state.table, catalogue.value);
    if (there.message) say(there.message);
    if (there.own) ({ table: table.value } = found = there.own);
    settings.value = given = there.settings;
    learn(await dataOf(given.data), state.plan);
    fresh = false;
    void transport.get("changes").then((changes) => (course.value = courseOf(changes, there.settings, catalogue.value)), complain);
    frame.value = await transport.get("frame");
    pulled.wake();
    const asked = address?.settings;
    if (asked && awaits(asked, given)) {
      awaited = asked;
      say(WAITS);
    } else if (asked) visit(store, asked);
    else if (address) store.change(() => {}); // the run's own address comes back
  } else {
    if (address?.settings) settings.value = address.settings;
    else if (state.table) {
      const begun = structuredClone(START);
      takeTable(begun, state.table);
      settings.value = begun;
    }
    soon();
  }
  return store;
}
