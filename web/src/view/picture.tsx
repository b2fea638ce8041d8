/** A small decision picture of predictions over the plane, whoever made them. */

import type { Store } from "../store";
import { HeatMap } from "./heatmap";
import { colouring } from "./colouring";

export function Picture({ store, predictions, label }: { store: Store; predictions: Float32Array | undefined; label: string }) {
  const { classes } = store.task.value;
  const size = 50;
  if (!predictions) return null;
  return <HeatMap size={size} colour={colouring(predictions, predictions.length / size ** 2, classes, store.points.value.y.data)} label={`Decision picture: ${label}`} />;
}
