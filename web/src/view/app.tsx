/** The page: what drives on top, what is chosen at the left, the network and how it learns in the middle, what it says at the right. */

import type { ComponentChildren } from "preact";
import type { Store } from "../store";
import { Compare } from "./compare";
import { Curves } from "./curves";
import { Data } from "./data";
import { Decision } from "./decision";
import { Drive } from "./drive";
import { Graph } from "./graph/graph";
import { Health } from "./health";
import { Instead } from "./instead";
import { useKeys } from "./keys";
import { Lesson } from "./lesson";
import { NetworkView } from "./network";
import { Notices } from "./notices";
import { usePopovers } from "./popovers";
import { Share } from "./share";
import { Tabs } from "./tabs";
import { Timeline } from "./timeline";
import { Training } from "./training";
import { Trouble } from "./trouble";

/** A part of the page that a teacher may take away by its name. */
function Card({ store, name, title, children }: { store: Store; name: string; title: string; children: ComponentChildren }) {
  if (store.settings.value.view.hide.includes(name)) return null;
  return (
    <section class={`card ${name}`} aria-label={title}>
      {children}
    </section>
  );
}

export function App({ store, root }: { store: Store; root: HTMLElement }) {
  useKeys(store, root);
  usePopovers();
  const card = (name: string, title: string, children: ComponentChildren) => (
    <Card store={store} name={name} title={title}>
      {children}
    </Card>
  );
  const tabs = {
    network: { title: "Network", show: () => <NetworkView store={store} /> },
    graph: { title: "Computation graph", show: () => <Graph store={store} /> },
    health: { title: "Health", show: () => <Health store={store} /> },
    compare: { title: "Compare", show: () => <Compare store={store} /> },
  };
  return (
    <>
      <header>
        {card("drive", "Drive", <Drive store={store} />)}
        {card("timeline", "Time line", <Timeline store={store} />)}
        <Instead store={store} />
        <Trouble store={store} />
        <Notices store={store} />
      </header>
      <main>
        <div class="left">
          {card("data", "Data", <Data store={store} />)}
          {card("training", "Training", <Training store={store} />)}
        </div>
        <div class="middle">
          {card("lesson", "Lesson", <Lesson store={store} />)}
          {card("tabs", "Network", <Tabs store={store} tabs={tabs} />)}
          {card("curves", "How training goes", <Curves store={store} />)}
        </div>
        <div class="right">
          {card("decision", "What the network says", <Decision store={store} />)}
          {card("share", "Share", <Share store={store} />)}
        </div>
      </main>
    </>
  );
}
