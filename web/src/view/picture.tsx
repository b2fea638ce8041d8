/** A small decision picture of predictions over the plane, whoever made them. */

import { useEffect, useRef } from "preact/hooks";
import { decided } from "../page/scores";
import type { Store } from "../store";

const COLOURS = ["#e69f00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

export function Picture({ store, predictions, label }: { store: Store; predictions: Float32Array | undefined; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = 50;
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    if (!predictions || !store.task.value.classes) return;
    decided(predictions, predictions.length / size ** 2).forEach((decision, i) => {
      context.fillStyle = COLOURS[decision % COLOURS.length];
      context.fillRect(i % size, Math.floor(i / size), 1, 1);
    });
  });
  return <canvas ref={canvas} width={size} height={size} role="img" aria-label={`Decision picture: ${label}`} />;
}
