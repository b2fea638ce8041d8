import type { Store } from "../../store";

export function Graph({ store }: { store: Store }) {
  return <p class="quiet" data-host={store.plan.value ? "" : null}>The computation graph</p>;
}
