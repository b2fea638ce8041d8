/** The middle's tabs, as the ARIA practices have them: arrows move, one is in the tab order. */

import type { ComponentChildren } from "preact";
import type { ViewSettings } from "../settings";
import type { Store } from "../store";
import { own } from "./ids";
import "./tabs.css";

type Name = ViewSettings["tab"];

export function Tabs({ store, tabs }: { store: Store; tabs: { [name in Name]: { title: string; show: () => ComponentChildren } } }) {
  const chosen = store.settings.value.view.tab;
  const names = Object.keys(tabs) as Name[];
  const id = (name: Name) => own(store, `tab-${name}`);
  const panel = own(store, "panel");
  const choose = (name: Name) => store.change(({ view }) => (view.tab = name));
  function move(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = names[(names.indexOf(chosen) + step + names.length) % names.length];
    choose(next);
    document.getElementById(id(next))?.focus();
  }
  return (
    <>
      <div role="tablist" aria-label="Views" onKeyDown={move}>
        {names.map((name) => (
          <button
            key={name}
            id={id(name)}
            type="button"
            role="tab"
            aria-selected={name === chosen}
            aria-controls={panel}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => choose(name)}
          >
            {tabs[name].title}
          </button>
        ))}
      </div>
      <div id={panel} role="tabpanel" aria-labelledby={id(chosen)} key={chosen}>
        {tabs[chosen].show()}
      </div>
    </>
  );
}
