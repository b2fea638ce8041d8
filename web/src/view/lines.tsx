/** Lines over a number line: uPlot, with our colours, light and dark, as wide as there is room, with a readable legend. */

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { CURVES } from "../page/frames";
import { completed, short } from "./numbers";

export interface Line {
  name: string;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  /** A CSS colour, or the name of a variable that holds one. */
  colour: string;
  dash?: number[];
  /** Its value now, where that is not its last: weights that were set by hand were trained in no epoch. */
  now?: number | null;
}

interface Props {
  lines: Line[];
  height: number;
  log?: boolean;
  /** Bounds of the value axis, where they are known. */
  range?: [number, number];
  /** What the lines show, for screen readers and the head of the legend. */
  title: string;
  /** What the reader should know of the lines. */
  note?: string;
}

/** Up to how many points are marked, so that a line between few does not look like a course. */
const FEW = 16;

export function Lines(props: Props) {
  const { lines, height, log = false, range, title, note } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [under, point] = useState<number | null>(null);
  const shape = JSON.stringify([lines.map(({ name, colour, dash }) => [name, colour, dash]), height, log, range]);

  useEffect(() => {
    const element = host.current!;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const draw = () => {
      plot.current?.destroy();
      const hooks = { setCursor: [(u: uPlot) => point(u.cursor.idx ?? null)] };
      plot.current = new uPlot({ ...options(props, element), hooks }, aligned(lines, log), element);
    };
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    draw();
    sized.observe(element);
    dark.addEventListener("change", draw);
    return () => {
      sized.disconnect();
      dark.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);
  const drawn = useRef(0);
  // Numbers are those of every frame; lines, which take the longest to draw, are drawn as often as their points come.
  useEffect(() => {
    const draw = () => {
      drawn.current = performance.now();
      plot.current?.setData(aligned(lines, log));
    };
    const timer = setTimeout(draw, drawn.current + CURVES - performance.now());
    return () => clearTimeout(timer);
  });

  const at = (k: number) => plot.current?.data[k]?.[under!] ?? NaN;
  const values = lines.map(({ y, now }, k) => (under === null ? (now ?? last(y, log)) : at(k + 1)));
  const where = under === null ? "now" : `epoch ${completed(at(0))}`;
  const said = lines.map(({ name }, k) => `${name} ${short(values[k])}`).join(", ");
  return (
    <figure class="lines" data-picture={title}>
      <figcaption>
        <b>{title}</b> <small>{where}</small>
        {lines.map(({ name, colour, dash }, k) => (
          <span class="key" key={name}>
            <svg width="18" height="8" aria-hidden="true">
              <path d="M0 4H18" stroke={css(colour)} stroke-width="2" stroke-dasharray={dash?.join(" ")} />
            </svg>
            {name} <output>{short(values[k])}</output>
          </span>
        ))}
        {note && <small>{note}</small>}
      </figcaption>
      <div ref={host} role="img" aria-label={`${title} over epochs: ${said}`} style={{ minHeight: `${height}px` }} />
    </figure>
  );
}

const css = (colour: string) => (colour.startsWith("--") ? `var(${colour})` : colour);

/** Whether a value has a place on the axis: on a logarithmic one, what is not positive has none. */
const placed = (value: number, log: boolean) => Number.isFinite(value) && !(log && value <= 0);

/** The last value of a line that is drawn. */
function last(y: ArrayLike<number>, log: boolean): number {
  let k = y.length - 1;
  while (k >= 0 && !placed(y[k], log)) k--;
  return k < 0 ? NaN : y[k];
}

/** One number line for all. */
function aligned(lines: Line[], log: boolean): uPlot.AlignedData {
  const kept = (y: ArrayLike<number>) => Array.from(y, (v) => (placed(v, log) ? v : null));
  return lines.length ? uPlot.join(lines.map(({ x, y }): uPlot.AlignedData => [Array.from(x), kept(y)])) : [[]];
}

/** Powers of ten at most seven times, and what lies between them where there are few: uPlot's own end at 1e32. */
function powers(_: uPlot, __: number, min: number, max: number): number[] {
  const [low, high] = [Math.log10(min), Math.log10(max)];
  const between = high - low > 2.5 ? [1] : high - low > 1 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const step = Math.max(1, Math.ceil((high - low) / 7));
  const exponents = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, k) => Math.floor(low) + k);
  const all = exponents.filter((each) => each % step === 0).flatMap((each) => between.map((k) => k * 10 ** each));
  return all.filter((each) => each >= min && each <= max);
}
const LOGARITHMIC: uPlot.Axis = {
  splits: powers,
  filter: (_, splits) => splits,
  incrs: (_, __, min, max) => [Math.max(5, max - min)], // one that uPlot takes; it does not matter otherwise
};

/** Thousands and millions by their letters, so that 500k is followed by 1M. */
function tick(v: number): string {
  const size = Math.abs(v);
  if (size >= 1e4 && size < 1e6) return `${short(v / 1e3)}k`;
  if (size >= 1e6 && size < 1e9) return `${short(v / 1e6)}M`;
  return short(v).replace(".0e", "e");
}

function options({ lines, height, log, range }: Props, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => (name.startsWith("--") ? style.getPropertyValue(name).trim() : name);
  const grid = { stroke: colour("--line"), width: 1 };
  const axis = { stroke: colour("--quiet"), grid, ticks: { ...grid, size: 4 }, font: `11px ${style.fontFamily}` };
  const ticks = (_: uPlot, values: (number | null)[]) => values.map((v) => (v === null ? "" : tick(v)));
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    padding: [8, 18, 0, 0],
    scales: { x: { time: false }, y: { distr: log ? 3 : 1, ...(range && !log ? { range } : {}) } },
    axes: [
      { ...axis, size: 24, values: ticks },
      { ...axis, size: 44, values: ticks, ...(log ? LOGARITHMIC : {}) },
    ],
    series: [
      {},
      ...lines.map(({ name, colour: stroke, dash }) => ({
        label: name,
        stroke: colour(stroke),
        width: dash ? 1.5 : 2,
        dash,
        points: { show: (_: uPlot, __: number, from: number, to: number) => to - from < FEW, size: 5 },
      })),
    ],
  };
}
