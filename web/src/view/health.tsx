import type { Store } from "../store";

export function Health({ store }: { store: Store }) {
  return <p class="quiet" data-host={store.plan.value ? "" : null}>Health</p>;
}
