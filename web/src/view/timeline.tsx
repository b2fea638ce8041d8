import type { Store } from "../store";

export function Timeline({ store }: { store: Store }) {
  return <p class="quiet" data-host={store.plan.value ? "" : null}>Time line</p>;
}
