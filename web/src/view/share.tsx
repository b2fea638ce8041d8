/** Sharing: the settings as a link, a link for a class, and files to take away. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { toHash } from "../page/url";
import { type Settings, withHidden } from "../settings";
import type { Store } from "../store";
import { Exports } from "./exports";
import { Check } from "./field";

/** What a teacher may take away: the parts of the page, by their names. */
const PARTS: [name: string, says: string][] = [
  ["drive", "Play, speed, and where it stands"],
  ["timeline", "Time line"],
  ["data", "Data"],
  ["training", "Training"],
  ["lesson", "Lesson"],
  ["tabs", "Network, graph, health, compare"],
  ["decision", "Decision picture"],
  ["curves", "Curves"],
  ["share", "Share"],
];

export function Share({ store }: { store: Store }) {
  return (
    <>
      <h2>Share</h2>
      {store.host !== "widget" && <Links store={store} />}
      <details open>
        <summary>Take away</summary>
        <Exports store={store} />
      </details>
    </>
  );
}

/** Links to this page; a notebook's address is not the page's, and holds no settings. */
function Links({ store }: { store: Store }) {
  const hidden = useSignal<string[]>([]);
  const toggle = (name: string, on: boolean) =>
    (hidden.value = on ? hidden.value.filter((each) => each !== name) : [...hidden.value, name]);
  return (
    <>
      <Link store={store} label="Copy link" settings={store.settings.value} />
      <p class="quiet">
        A link, like the address above, holds what is chosen on this page: whoever opens it begins a run with it. It holds no
        weights, no epoch, and not what was changed on the way.
        {store.host === "server" && " It opens on this machine, as long as `mlnn play` runs."}
        {location.protocol === "file:" && " It opens on this machine only, where this page's folder is: put the folder on a web server, and copy the link there."}
      </p>
      <details>
        <summary>For a class</summary>
        <p class="quiet">The link opens this page with what is chosen now, without the parts that you leave out.{store.host === "server" && " It, too, opens on this machine only: `mlnn play --static FOLDER` writes a page for every machine; copy its link there."}{location.protocol === "file:" && " It, too, opens on this machine only, until the folder is on a web server."}</p>
        <div class="row">
          {PARTS.map(([name, says]) => (
            <Check key={name} says={says} on={!hidden.value.includes(name)} set={(on) => toggle(name, on)} />
          ))}
        </div>
        <Link store={store} label="Copy link for class" settings={withHidden(store.settings.value, hidden.value)} />
      </details>
    </>
  );
}

/** A link to copy: the settings stand behind its #. Where the browser refuses, it is shown, selected. */
function Link({ store, label, settings }: { store: Store; label: string; settings: Settings }) {
  const said = useSignal("");
  const shown = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  const address = `${location.href.split(/[?#]/)[0]}${toHash(settings)}`;
  async function copy(): Promise<void> {
    if (settings.data.kind === "own") store.say("A link does not hold your table: whoever opens it has to choose the file.");
    try {
      await navigator.clipboard.writeText(address);
      said.value = "Copied.";
    } catch {
      shown.value = true;
      said.value = "Copy it from here:";
      setTimeout(() => field.current?.select());
    }
    setTimeout(() => (said.value = shown.value ? said.value : ""), 3000);
  }
  return (
    <div class="row">
      <button type="button" data-address={address} onClick={() => void copy()}>{label}</button>
      <span role="status">{said.value}</span>
      {shown.value && <input ref={field} readOnly value={address} aria-label="Link" />}
    </div>
  );
}
