/** What would take the place of the run: it begins when the reader says so. */

import { useEffect, useRef } from "preact/hooks";
import { answer, proposalOf } from "../page/instead";
import type { Store } from "../store";

export function Instead({ store }: { store: Store }) {
  const proposal = proposalOf(store);
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => here.current?.scrollIntoView({ block: "nearest" }), [proposal]); // on a phone it may be above what was clicked
  if (!proposal) return null;
  const epoch = Math.floor(store.frame.value?.number ?? 0).toLocaleString("en");
  return (
    <div class="instead" role="alert" ref={here}>
      <span>{`${proposal.what} begins a run of its own, in place of yours, which stands at epoch ${epoch}.`}</span>
      <button type="button" onClick={() => answer(store, true)}>Begin it</button>
      <button type="button" onClick={() => answer(store, false)}>Keep my run</button>
    </div>
  );
}
