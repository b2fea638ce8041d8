import type { Store } from "../store";

export function NetworkView({ store }: { store: Store }) {
  return <p class="quiet">NetworkView {store.settings.value.data.kind}</p>;
}
