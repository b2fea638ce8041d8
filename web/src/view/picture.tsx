/** A small decision picture of predictions over the plane, whoever made them. */

import type { Store } from "../store";
import { coloured } from "./coloured";
import { SIZE } from "./decision";
import { HeatMap } from "./heatmap";

export function Picture({ store, predictions, label }: { store: Store; predictions: Float32Array | undefined; label: string }) {
  const colour = predictions ? coloured(predictions, SIZE, store.task.value.classes, store.points.value.y.data) : null;
  return <HeatMap size={SIZE} colour={colour} label={`Decision picture: ${label}`} />;
}
