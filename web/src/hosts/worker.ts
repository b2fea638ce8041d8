/** The player in a worker of this very browser: the static page. Its text travels within the page. */

import type { Transport } from "../protocol";
import { Asking } from "./asking";

export function inBrowser(text: string): Transport {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const player = new Worker(address);
  const asking = new Asking((request) => player.postMessage(request));
  player.onmessage = ({ data }) => asking.heard(data);
  player.onerror = ({ message }) => asking.fail(new Error(`The player in this browser stopped: ${message}`));
  return asking.transport(() => {
    player.terminate();
    URL.revokeObjectURL(address);
  });
}
