/** What would take the place of the run: it begins when the reader says so. */

import { useEffect, useRef } from "preact/hooks";
import { answer, proposalOf } from "../page/instead";
import type { Store } from "../store";
import { completed } from "./numbers";

export function Instead({ store }: { store: Store }) {
  const proposal = proposalOf(store);
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => here.current?.scrollIntoView({ block: "nearest" }), [proposal]); // on a phone it may be above what was clicked
  if (!proposal) return null;
  return (
    <div class="instead" role="alert" ref={here}>
      <span>{`${proposal.what} begins a run of its own, in place of yours, which stands at epoch ${completed(store.frame.value?.number ?? 0)}.`}</span>
      <button type="button" onClick={() => answer(store, true)}>Begin it</button>
      <button type="button" onClick={() => answer(store, false)}>Keep my run</button>
    </div>
  );
}
