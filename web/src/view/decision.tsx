import type { Store } from "../store";

export function Decision({ store }: { store: Store }) {
  return <p class="quiet">Decision {store.settings.value.data.kind}</p>;
}
