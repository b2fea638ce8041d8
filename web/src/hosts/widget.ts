/** The player in a notebook's kernel: anywidget carries header and buffers side by side. */

import type { Transport } from "../protocol";
import { Asking } from "./asking";
import { joined, parted } from "./codec";

/** What anywidget gives: the part of its model that is used. */
export interface Model {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(event: string, hear: (content: any, buffers: DataView[]) => void): void;
  off(event: string, hear: (content: any, buffers: DataView[]) => void): void;
}

export function kernel(model: Model): Transport {
  const asking = new Asking((request) => {
    const { header, buffers } = parted(request);
    const bytes = buffers.map((each) => each.buffer.slice(each.byteOffset, each.byteOffset + each.byteLength) as ArrayBuffer);
    model.send(header, undefined, bytes);
  });
  function hear(content: any, buffers: DataView[]): void {
    asking.heard(joined(content, (k) => buffers[k] as DataView & { buffer: ArrayBuffer }));
  }
  model.on("msg:custom", hear);
  return asking.transport(() => model.off("msg:custom", hear));
}
