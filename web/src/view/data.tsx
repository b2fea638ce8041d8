import type { Store } from "../store";

export function Data({ store }: { store: Store }) {
  return <p class="quiet">Data {store.settings.value.data.kind}</p>;
}
