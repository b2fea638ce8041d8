/** The player in a worker of this very browser: the static page. Its text travels within the page. */

import type { Transport } from "../protocol";
import { Asking } from "./asking";

export function inBrowser(text: string): Transport {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const player = new Worker(address);
  const asking = new Asking((request) => player.postMessage(request));
  player.onmessage = ({ data }) => asking.heard(data);
  player.onerror = ({ message }) => asking.fail(new Error(`The player in this browser stopped: ${message}`));
  const transport = asking.transport(() => {
    player.terminate();
    URL.revokeObjectURL(address);
  });
  const get: Transport["get"] = async (question, detail) => {
    const digits = question === "table" && (detail as { name: string }).name === "digits";
    return transport.get(question, digits ? ({ name: "digits", text: await digitsText() } as typeof detail) : detail);
  };
  return { ...transport, get };
}

/** The digits lie in a script beside the page: that is what can be loaded from file:// too. */
async function digitsText(): Promise<string> {
  const known = () => (globalThis as { mlnnDigits?: unknown }).mlnnDigits;
  if (!known()) {
    await new Promise((done, fail) => {
      const script = document.createElement("script");
      script.onload = done;
      script.onerror = () => fail(new Error("The digits are not here: digits.js must lie beside the page."));
      document.head.append(Object.assign(script, { src: "digits.js" }));
    });
  }
  return JSON.stringify(known());
}
