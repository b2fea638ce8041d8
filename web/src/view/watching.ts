/** What a component is shown with every frame, as long as it is there. */

import { useEffect } from "preact/hooks";
import type { Watch } from "../protocol";
import type { Store } from "../store";

/** Ask for values under a name, anew when one of `when` changes; null asks for none. */
export function useWatch(store: Store, name: string, wanted: () => Watch["values"][string] | null, when: readonly unknown[]): void {
  useEffect(() => store.watch(name, wanted()), [store, name, ...when]);
  useEffect(() => () => store.watch(name, null), [store, name]);
}
