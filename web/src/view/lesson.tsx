import type { Store } from "../store";

export function Lesson({ store }: { store: Store }) {
  return <p class="quiet" data-host={store.plan.value ? "" : null}>The lesson</p>;
}
