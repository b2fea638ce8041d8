import type { Store } from "../../store";
export function Homework({ store }: { store: Store }) { return <p>{store.settings.value.view.row}</p>; }
