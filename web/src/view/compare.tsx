import type { Store } from "../store";

export function Compare({ store }: { store: Store }) {
  return <p class="quiet" data-host={store.plan.value ? "" : null}>Compare</p>;
}
