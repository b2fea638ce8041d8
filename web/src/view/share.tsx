/** Sharing: the run as a link, a link for a class, and files to take away. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { toHash } from "../page/url";
import { type Settings, withHidden } from "../settings";
import type { Store } from "../store";
import { Exports } from "./exports";
import { Check } from "./field";

/** What a teacher may take away: the parts of the page, by their names. */
const PARTS: [name: string, says: string][] = [
  ["drive", "Drive"],
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
  const hidden = useSignal<string[]>([]);
  const toggle = (name: string, on: boolean) =>
    (hidden.value = on ? hidden.value.filter((each) => each !== name) : [...hidden.value, name]);
  return (
    <>
      <h2>Share</h2>
      <Link store={store} label="Copy link" settings={store.settings.value} />
      <details>
        <summary>For a class</summary>
        <p class="quiet">The link opens this page as it is now, without the parts that you leave out.</p>
        <div class="row">
          {PARTS.map(([name, says]) => (
            <Check key={name} says={says} on={!hidden.value.includes(name)} set={(on) => toggle(name, on)} />
          ))}
        </div>
        <Link store={store} label="Copy link for class" settings={withHidden(store.settings.value, hidden.value)} />
      </details>
      <details open>
        <summary>Take away</summary>
        <Exports store={store} />
      </details>
    </>
  );
}

/** A link to copy: the whole state stands behind its #. Where the browser refuses, it is shown, selected. */
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
