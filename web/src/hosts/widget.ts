/** The player in a notebook's kernel: anywidget carries header and buffers side by side. */

import type { State, Transport } from "../protocol";
import { Asking } from "./asking";
import { joined, parted } from "./codec";

const TAKEN = "Another view of this page has the run now. Show this one again to take it back.";

/** What anywidget gives: the part of its model that is used. */
export interface Model {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(event: string, hear: (content: any, buffers: DataView[]) => void): void;
  off(event: string, hear: (content: any, buffers: DataView[]) => void): void;
}

/** Whether a reply is what a page asks for when it opens. */
const isState = (value: unknown) => (value as State | null | undefined)?.host === "widget";

/** All views of a widget hear all replies: one that opens is heard by those before it, and has the run from then on. */
export function kernel(model: Model): Transport {
  let [opened, taken] = [false, false];
  const asking = new Asking((request) => {
    if (taken) throw new Error(TAKEN);
    const { header, buffers } = parted(request);
    const bytes = buffers.map((each) => each.buffer.slice(each.byteOffset, each.byteOffset + each.byteLength) as ArrayBuffer);
    model.send(header, undefined, bytes);
  });
  function hear(content: any, buffers: DataView[]): void {
    const message = joined(content, (k) => buffers[k] as DataView & { buffer: ArrayBuffer });
    const own = asking.heard(message);
    if (!isState(message.value) || taken) return;
    [opened, taken] = [opened || own, opened && !own]; // one that was asked for before ours is of a view before this one
    if (!taken) return;
    asking.fail(new Error(TAKEN));
    asking.tell("taken", TAKEN);
  }
  model.on("msg:custom", hear);
  return asking.transport(() => model.off("msg:custom", hear));
}
