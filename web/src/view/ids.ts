/** Ids and names of radio groups, of which a document has one each: several pages may stand in it, as in a notebook. */

import type { Store } from "../store";

const prefixes = new WeakMap<Store, string>();

/** A name that is this page's alone. It is drawn, not counted: each page of a notebook may be a program of its own. */
export function own(store: Store, name: string): string {
  const prefix = prefixes.get(store) ?? `mlnn-${Math.random().toString(36).slice(2, 10)}`;
  prefixes.set(store, prefix);
  return `${prefix}-${name}`;
}
