/** What a reader has done so far, kept by the browser if it lets us: a page from a file may not. */

import { signal } from "@preact/signals";

/** Per lesson: its tries, and last its question. */
export type Progress = { [lesson: string]: boolean[] };

const KEY = "mlnn lessons";

function read(): Progress {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const fine = (each: unknown) => Array.isArray(each) && each.every((mark) => typeof mark === "boolean");
    return typeof kept === "object" && kept !== null
      ? Object.fromEntries(Object.entries(kept).filter(([, each]) => fine(each)))
      : {};
  } catch {
    return {};
  }
}

export const progress = signal<Progress>(read());

export function mark(lesson: string, done: boolean[]): void {
  progress.value = { ...progress.value, [lesson]: done };
  try {
    localStorage.setItem(KEY, JSON.stringify(progress.value));
  } catch {
    // then it lasts as long as the page
  }
}
