/** The page's entrances, one for each host. */

import { render } from "preact";
import worker from "worker:player/worker.ts";
import { recorded } from "./hosts/replay";
import { Elsewhere, socket } from "./hosts/socket";
import { type Model, kernel } from "./hosts/widget";
import { inBrowser } from "./hosts/worker";
import { open } from "./page/open";
import type { Transport } from "./protocol";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import "./view/charts.css";
import "./view/health.css";
import { App } from "./view/app";

/** Show the page of a player; `keepsAddress`: its settings are the address of the window. */
async function show(root: HTMLElement, transport: Transport | Promise<Transport>, keepsAddress: boolean): Promise<void> {
  root.classList.add("mlnn");
  root.textContent = "Looking for the player …";
  try {
    const store = await open(await transport, keepsAddress);
    root.textContent = "";
    render(<App store={store} root={root} />, root);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    root.textContent = "";
    render(<section class="card word" role="alert"><h1>mlnn</h1><p>{said}</p>{error instanceof Elsewhere && <TakeOver />}</section>, root);
  }
}

/** The address keeps its settings when the run is taken from another tab. */
const TakeOver = () => <p><a href={`?take${location.hash}`}>Use it here</a></p>;

/** The page served by `mlnn play`: its player listens beside it, at `socket`. */
function serve(root: HTMLElement): Promise<void> {
  const address = new URL("socket", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.hash = address.search = "";
  const first = address.href + location.search;
  if (location.search) history.replaceState(history.state, "", location.pathname + location.hash); // a reload takes nothing
  return show(root, socket(address.href, first), true);
}

/** The page that trains in the browser. */
const staticPage = (root: HTMLElement) => show(root, inBrowser(worker), true);

/** The page in a notebook. */
function widget({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const transport = kernel(model);
  void show(el, transport, false);
  return () => {
    render(null, el);
    transport.close();
  };
}

/** A page of a run that was recorded. */
const replay = (root: HTMLElement, recording: string) => show(root, recorded(recording, inBrowser(worker)), false);

/** The build puts the program and the style there before this runs; `source` is what it runs in. */
Object.assign((globalThis as any).mlnnPlay, { serve, static: staticPage, widget, replay });
