import type { Store } from "../store";

export function Share({ store }: { store: Store }) {
  return <p class="quiet" data-host={store.plan.value ? "" : null}>Share</p>;
}
