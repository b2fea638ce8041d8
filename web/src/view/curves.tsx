import type { Store } from "../store";

export function Curves({ store }: { store: Store }) {
  return <p class="quiet" data-host={store.plan.value ? "" : null}>Curves</p>;
}
