/** The store: settings and signals, and what becomes of the run when settings change. */

import { batch, signal } from "@preact/signals";
import { type Examples, type Matrix, type Plan, type State, type Table, type Transport, type Watch, rowsOf } from "../protocol";
import { START, type Settings } from "../settings";
import type { Snapshot, Store, Task } from "../store";
import { awaits, follow, isOurs, visit, write } from "./address";
import { type Stretch, courseOf, turned } from "./course";
import { featured } from "./features";
import { frames } from "./frames";
import { type Given, foundRun } from "./given";
import { noticed } from "./notices";
import { planOf } from "./plan";
import { telling } from "./plane";
import { type Parts, generated, split, taskOf } from "./points";
import { openLess } from "./refused";
import { bounded, settled } from "./settle";
import { type Learned, beginning, same, sameChain, sameData, sameEnds } from "./same";
import { awaitedIn, meetTable, takeTable, waiting } from "./taken";
import { carried, goingOn, inputsFrom } from "./transplant";
import { freed, lacking, unmet } from "./unmet";
import { fromHash } from "./url";

const WAITS = "The address asks for a table of your own: choose its file under Data.";

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

  const say = (message: string) => void (notices.value = noticed(notices.value, message));
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

  /** The settings that an address named with which a run is to begin. */
  let named: string[] = [];

  /** Settings that came before their table: they wait for it as long as no other data are chosen. */
  let awaited: Settings | null = null;

  /** Notices that stood before the reader's last command or change; what is done well afterwards takes them away. */
  let standing: string[] = [];
  function settleNotices(before: string[]): void {
    notices.value = notices.value.filter((each) => !before.includes(each) || (awaited && each === WAITS));
  }

  /** The parts that were given with a run stay as they are until others are asked for. */
  let found: Given | null = null;

  /** Find the data of the settings. The digits lie beside the reader's own table, which may be chosen again. */
  let digits: Table | null = null;
  async function dataOf(data: Settings["data"]): Promise<Learned> {
    if (data.kind === "digits") digits ??= await transport.get("table", { name: "digits" });
    const read = data.kind === "digits" ? digits : data.kind === "own" ? table.value : null;
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
    if (doubtful) await ascertain();
    while (given !== settings.value) {
      if (settings.value.data.kind === "own" && !table.value) {
        awaited = settings.value;
        settings.value = waiting(awaited);
        say(WAITS);
      }
      const wanted = settings.value, within = bounded(wanted);
      if (!same(within, wanted)) settings.value = within;
      const asked = settings.value;
      const [anew, names] = [fresh, named];
      [fresh, named] = [false, []];
      if (anew || !given || !same({ ...asked, view: 0 }, { ...given, view: 0 })) {
        const changed = anew || !given || !same(asked.data, given.data);
        const data = changed ? await dataOf(asked.data) : learned;
        let fitting = settled(asked, data.task, rowsOf(data.points.y), catalogue.value);
        fitting.view.axes = telling(data.points, fitting.view.axes);
        let next = planOf(fitting, data.points, data.parts, data.task, catalogue.value), thawed: string[] = [];
        if (!anew && plan.value && fitting.network.frozen.length) {
          const inputs = inputsFrom(given!.features, fitting.features);
          const { frozen, gone } = carried(fitting.network.frozen, plan.value.network, next.network, inputs);
          [thawed, fitting] = [gone, { ...fitting, network: { ...fitting.network, frozen } }];
          next = planOf(fitting, data.points, data.parts, data.task, catalogue.value);
        }
        if (given && plan.value && sameChain(given, fitting) && sameEnds(learned, data)) next = { ...next, network: plan.value.network };
        if (!same(fitting, asked) && settings.value === asked) settings.value = fitting;
        if (anew && frame.value?.playing) await transport.send("pause");
        const theta = anew || !plan.value ? "fresh" : await goingOn(transport, plan.value, next, given!.features, fitting.features);
        doubtful = true;
        await transport.set("plan", { plan: next, theta, page: fitting }); // at once: a reload must find settings of what the player has
        doubtful = false;
        given = settings.value === fitting ? fitting : asked;
        course.value = turned(anew ? [] : course.value, given, anew ? 0 : (frame.value?.step ?? 0));
        learn(data, next);
        if (given.data.kind === "own") awaited = null;
        settleNotices(standing);
        const gone = anew ? unmet(wanted, fitting, next.network, awaited ? [] : names) : freed(thawed);
        if (gone) say(gone);
        if (anew) history.value = null;
        pulled.wake(anew);
      } else await transport.set("page", (given = asked));
      const its = learned.table;
      if (given.data.kind === "own" && its && its !== told) {
        await transport.set("table", its);
        told = its;
      }
      if (keepsAddress) write(awaited ? awaitedIn(given, awaited) : given);
    }
  }

  /** Show the run that the player has; what was chosen meanwhile is brought to it. */
  async function adopt(its: State & { plan: Plan }): Promise<void> {
    const there = foundRun(its.plan, its.page as Settings | null, its.table, catalogue.value);
    if (there.message) say(there.message);
    table.value = (found = there.own)?.table ?? its.table;
    if (settings.value === given || !given) settings.value = there.settings;
    [given, fresh] = [there.settings, false];
    learn(await dataOf(given.data), its.plan);
    void transport.get("changes").then((changes) => (course.value = courseOf(changes, there.settings, catalogue.value)), complain);
    frame.value = await transport.get("frame");
    pulled.wake();
  }

  /** Whether a plan got no reply, or was refused: what the player has may be another one. */
  let doubtful = false;
  async function ascertain(): Promise<void> {
    const its = await transport.get("state");
    if (its.plan && !(given && same(its.page, given))) await adopt({ ...its, plan: its.plan });
    doubtful = false;
  }

  function soon(): void {
    preparing.value = true;
    bringing ??= bring()
      .catch((error) => {
        complain(error);
        if (given) {
          settings.value = given; // what could not be had is undone: page and address show what the player does
          if (keepsAddress) write(given);
          table.value = learned.table;
        } else {
          awaited = null;
          const attempt = (less: Settings) => ((settings.value = less), (fresh = true), bring());
          return openLess(settings.value, attempt).then(say, complain);
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
    ...{ settings, catalogue, frame, history, table, lost, preparing, notices, course, pinned, points, parts, task, plan },
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
    open(next, names = []) {
      awaited = null;
      named = names;
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

  for (const event of ["lost", "taken"] as const) transport.on(event, (message) => (lost.value = message));
  transport.on("found", () => {
    lost.value = null;
    tellWatch();
    if (doubtful) soon();
    pulled.wake();
  });

  table.value = state.table;
  const address = keepsAddress ? fromHash(location.hash) : null;
  if (address?.trouble) say(address.trouble);
  if (keepsAddress) follow(store);
  if (state.plan) {
    await adopt({ ...state, plan: state.plan });
    const asked = address?.settings;
    if (asked && awaits(asked, settings.value)) {
      awaited = asked;
      say(WAITS);
    } else if (asked && !isOurs()) visit(store, asked, address!.named);
    else if (address) store.change(() => {}); // the run's own address comes back
  } else {
    if (address?.settings) [settings.value, named] = [address.settings, address.named];
    else if (state.table) {
      const begun = structuredClone(START);
      takeTable(begun, state.table);
      settings.value = begun;
    }
    soon();
  }
  return store;
}
