/** Requests and the promises of their replies: what all hosts share. A host brings `post` and hands `heard` what comes. */

import type { Transport } from "../protocol";

type Event = "lost" | "found" | "taken";
interface Waiting {
  resolve: (value: any) => void;
  reject: (reason: Error) => void;
}

export class Asking {
  private waiting = new Map<number, Waiting>();
  private ears = new Map<Event, Set<(message: string) => void>>();
  /** Drawn, not 0: the views of one notebook's player hear each other's replies, and must not take them for their own. */
  private last = Math.floor(Math.random() * 2 ** 52);

  constructor(private post: (request: { id: number; verb: string; name: string; detail: unknown }) => void) {}

  /** The five verbs over `post`. */
  transport(close: () => void): Transport {
    return {
      get: (name, detail) => this.ask("get", name, detail),
      set: (name, detail) => this.ask("set", name, detail),
      send: (name, detail) => this.ask("send", name, detail),
      on: (event, hear) => {
        const ears = this.ears.get(event) ?? new Set();
        this.ears.set(event, ears.add(hear));
        return () => ears.delete(hear);
      },
      close,
    };
  }

  /** A reply arrived; return whether it was waited for here. */
  heard(message: { id?: number; value?: unknown; error?: string }): boolean {
    const waiting = this.waiting.get(message.id ?? -1);
    this.waiting.delete(message.id ?? -1);
    if (message.error !== undefined) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.value);
    return waiting !== undefined;
  }

  tell(event: Event, message: string): void {
    for (const hear of this.ears.get(event) ?? []) hear(message);
  }

  /** No reply will come any more to what was asked. */
  fail(reason: Error): void {
    for (const { reject } of this.waiting.values()) reject(reason);
    this.waiting.clear();
  }

  private ask(verb: string, name: string, detail: unknown): Promise<any> {
    return new Promise((resolve, reject) => {
      const id = ++this.last;
      this.waiting.set(id, { resolve, reject });
      try {
        this.post({ id, verb, name, detail });
      } catch (error) {
        this.waiting.delete(id);
        reject(error as Error);
      }
    });
  }
}
