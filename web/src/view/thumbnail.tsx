/** A small picture of a kind of data. */

import { useEffect, useRef, useState } from "preact/hooks";
import { generated } from "../page/points";
import { START } from "../settings";
import { classColour, css, dark, diverging } from "./colours";

export function Thumbnail({ kind }: { kind: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [theme, turn] = useState(dark?.matches);
  useEffect(() => {
    const turned = () => turn(dark?.matches);
    dark?.addEventListener("change", turned);
    return () => dark?.removeEventListener("change", turned);
  }, []);
  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!pen) return;
    const side = (canvas.current!.width = canvas.current!.height = 72);
    if (kind === "own" || kind === "digits") {
      pen.font = `${kind === "own" ? 24 : 48}px system-ui`;
      pen.fillStyle = getComputedStyle(canvas.current!).color;
      pen.textAlign = "center";
      pen.fillText(kind === "own" ? "CSV" : "7", side / 2, side / 2 + (kind === "own" ? 9 : 17));
      return;
    }
    const { X, y } = generated({ ...START.data, kind, rows: 160, noise: 0.05 });
    const values = new Set(y.data).size > 6;
    const most = X.data.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9) * 1.1;
    y.data.forEach((target, i) => {
      pen.fillStyle = css(values ? diverging(2 * target) : classColour(target));
      pen.beginPath();
      pen.arc(side / 2 + (X.data[2 * i] / most) * (side / 2), side / 2 - (X.data[2 * i + 1] / most) * (side / 2), 2.6, 0, 2 * Math.PI);
      pen.fill();
    });
  }, [kind, theme]);
  return <canvas ref={canvas} class="thumbnail" aria-hidden="true" />;
}
