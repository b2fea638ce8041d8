/** The player as a worker: requests in, replies out. What goes wrong becomes a sentence for the reader. */

import type { Catalogue } from "../protocol";
import catalogue from "./catalogue.json";
import { Player } from "./player";

/** A task behind those that wait already: unlike a timer's, it waits no longer than they do. */
const channel = new MessageChannel(), waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

function later(what: () => void, seconds: number): void {
  if (seconds > 0.001) setTimeout(what, 1000 * seconds);
  else {
    waiting.push(what);
    channel.port2.postMessage(null);
  }
}

const player = new Player(catalogue as unknown as Catalogue, later);

self.onmessage = async ({ data: { id, verb, name, detail } }: MessageEvent) => {
  try {
    self.postMessage({ id, value: await player[verb as "get"](name, detail) });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};
