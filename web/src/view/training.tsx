import type { Store } from "../store";

export function Training({ store }: { store: Store }) {
  return <p class="quiet">Training {store.settings.value.data.kind}</p>;
}
