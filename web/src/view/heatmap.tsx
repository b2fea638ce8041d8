/** A picture of numbers over a square grid, a pixel a number, stretched to its place. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Colour } from "./colours";

interface Props {
  size: number;
  /** The colour of the i-th number; null draws nothing. */
  colour: ((i: number) => Colour) | null;
  label?: string;
  class?: string;
}

export function paint(canvas: HTMLCanvasElement, width: number, height: number, colour: (i: number) => Colour): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    const [red, green, blue] = colour(i);
    pixels[i] = 0xff000000 | (blue << 16) | (green << 8) | red;
  }
  context.putImageData(image, 0, 0);
}

export function HeatMap({ size, colour, label, class: name }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // Before the browser paints what it stands beside: an effect after that costs a second picture of the screen.
  useLayoutEffect(() => {
    if (colour && canvas.current) paint(canvas.current, size, size, colour);
  });
  return <canvas ref={canvas} class={`heat ${name ?? ""}`} role={label ? "img" : undefined} aria-label={label} aria-hidden={!label} />;
}
