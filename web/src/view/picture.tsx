/** A small decision picture of predictions over the plane, whoever made them. */

import { sideOf } from "../page/seen";
import type { Network } from "../protocol";
import type { Store } from "../store";
import { coloured } from "./coloured";
import { HeatMap } from "./heatmap";

interface Props {
  store: Store;
  network: Network;
  predictions: Float32Array | undefined;
  label: string;
}

export function Picture({ store, network, predictions, label }: Props) {
  const size = sideOf(predictions, network);
  const colour = predictions && size ? coloured(predictions, size, store.task.value.classes, store.points.value.y.data) : null;
  return <HeatMap size={size ?? 1} colour={colour} label={`Decision picture: ${label}`} />;
}
