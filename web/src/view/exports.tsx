/** Files to take away: the run as Python, its weights, pictures of it, training as a GIF and as a replay. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { download, stem } from "../export/download";
import { asGIF } from "../export/gif";
import { moments } from "../page/moments";
import { asPNG, asSVG } from "../export/picture";
import { asPython } from "../export/python";
import { asHTML } from "../export/replay";
import { asCSV, asJSON, ends } from "../export/weights";
import type { Table } from "../protocol";
import { type ViewSettings, withHidden } from "../settings";
import type { Store } from "../store";

interface Pictured {
  says: string;
  /** Where it stands on the page, and on which tab. */
  selector: string;
  tab?: ViewSettings["tab"];
}

const PICTURES: { [name: string]: Pictured } = {
  network: { says: "network", selector: ".stage", tab: "network" },
  graph: { says: "computation graph", selector: "svg.figure", tab: "graph" },
  decision: { says: "decision picture", selector: ".picture" },
  curves: { says: "curves", selector: ".curves" },
  landscape: { says: "loss landscape", selector: ".landscape .map", tab: "health" },
};

/** Moments in a GIF, and bytes of weights in a replay: files stay small enough to be sent. */
const GIF_MOMENTS = 60;
const REPLAY_BYTES = 2_000_000;

/** A part of the page, once it is there and had the time to draw itself. */
async function appeared(page: Element, selector: string, says: string): Promise<Element> {
  for (let waited = 0; waited < 100; waited++) {
    await new Promise((go) => setTimeout(go, 100));
    const element = page.querySelector(selector);
    if (element && waited > 2) return element;
  }
  throw new Error(`the ${says} is not on the page`);
}

/** The table that is learned from; null where points are. */
async function tableOf({ settings, table, transport }: Store): Promise<Table | null> {
  const { kind } = settings.value.data;
  return kind === "digits" ? transport.get("table", { name: "digits" }) : kind === "own" ? table.value : null;
}

export function Exports({ store }: { store: Store }) {
  const here = useRef<HTMLDivElement>(null);
  const picture = useSignal("network");
  const progress = useSignal("");
  const plan = store.plan.value;
  const frame = store.frame.value;
  if (!plan || !frame) return null;
  const { kind } = store.settings.value.data;
  const name = `mlnn-${kind === "own" ? stem(store.table.value?.name ?? "") : kind.toLowerCase()}`;

  /** Do something that takes a while, say how far it is, and tell what went wrong. */
  async function busy(what: string, work: (told: (share: number) => void) => Promise<void>): Promise<void> {
    progress.value = `${what} …`;
    try {
      await work((share) => (progress.value = `${what}: ${Math.round(100 * share)} %`));
      progress.value = "";
    } catch (error) {
      progress.value = `${what} failed: ${error instanceof Error ? error.message : error}`;
    }
  }

  const python = () =>
    busy("Python", async () => {
      const { transport, catalogue, settings, points, parts, task } = store;
      if (store.frame.value?.playing) await transport.send("pause");
      await store.settled();
      const changes = await transport.get("changes");
      const [first] = changes;
      const initial = await transport.get("initial", { network: first.plan.network, seed: first.plan.seed });
      const run = {
        catalogue: catalogue.value!,
        settings: settings.value,
        points: points.value,
        inputs: task.value.inputs,
        parts: parts.value,
        plan: store.plan.value!,
        changes,
        initial,
        frame: await transport.get("frame"),
      };
      download(`${name}.py`, asPython(run), "text/x-python");
    });

  function weights(): void {
    const { settings, table, task } = store;
    const { features, data } = settings.value;
    const its = ends(task.value, features, data.kind === "own" ? (table.value?.said ?? []) : []);
    download(`${name}.json`, asJSON(plan!.network, frame!.theta, its), "application/json");
  }

  const pictured = (kind: "PNG" | "SVG") =>
    busy("Picture", async () => {
      const { selector, tab, says } = PICTURES[picture.value];
      if (tab && store.settings.value.view.tab !== tab) store.change(({ view }) => (view.tab = tab));
      const element = await appeared(here.current!.closest(".mlnn")!, selector, says);
      if (kind === "PNG") download(`${name}-${picture.value}.png`, await asPNG(element), "image/png");
      else download(`${name}-${picture.value}.svg`, asSVG(element).text, "image/svg+xml");
    });

  const kept = (most: number, told: (share: number) => void) => moments(store.transport, store.history.value!, most, told);

  const gif = () =>
    busy("GIF", async (told) => {
      const found = await kept(GIF_MOMENTS, (share) => told(share / 4));
      const bytes = await asGIF(store, plan.network, found, (share) => told(0.25 + 0.75 * share));
      download(`${name}.gif`, bytes, "image/gif");
    });

  const replay = () =>
    busy("Recording", async (told) => {
      const most = Math.max(2, Math.min(200, Math.floor(REPLAY_BYTES / (8 * frame.theta.length))));
      const html = await asHTML({
        plan,
        page: withHidden(store.settings.value, ["data", "training", "lesson", "share"]),
        table: await tableOf(store),
        history: store.history.value!,
        moments: await kept(most, told),
        seconds: frame.seconds,
      });
      download(`${name}-replay.html`, html, "text/html");
    });

  const begun = (store.history.value?.kept.length ?? 0) > 0;
  return (
    <div class="exports" ref={here}>
      <div class="row">
        <button type="button" onClick={() => void python()} title="A script that recreates this run with mlnn and prints the same loss">Python</button>
        <button type="button" onClick={weights}>Weights, JSON</button>
        <button type="button" onClick={() => download(`${name}.csv`, asCSV(plan.network, frame.theta), "text/csv")}>Weights, CSV</button>
      </div>
      <div class="row">
        <select aria-label="Picture" value={picture.value} onChange={(event) => (picture.value = event.currentTarget.value)}>
          {Object.entries(PICTURES).map(([key, { says }]) => (
            <option value={key} key={key}>{says}</option>
          ))}
        </select>
        <button type="button" onClick={() => void pictured("PNG")}>PNG</button>
        <button type="button" onClick={() => void pictured("SVG")}>SVG</button>
      </div>
      <div class="row">
        <button type="button" disabled={!begun} onClick={() => void gif()} title="The decision picture over the kept epochs">GIF of training</button>
        <button type="button" disabled={!begun} onClick={() => void replay()} title="One HTML file that plays this run back, without a server">Recording, HTML</button>
      </div>
      <p class="quiet" role="status">{progress.value}</p>
    </div>
  );
}
