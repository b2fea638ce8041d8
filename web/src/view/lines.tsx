/** Lines over a number line: uPlot, with our colours, light and dark, as wide as there is room, with a readable legend. */

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { short } from "./numbers";

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
  const table = aligned(lines, log);
  const shape = JSON.stringify([lines.map(({ name, colour, dash }) => [name, colour, dash]), height, log, range]);

  useEffect(() => {
    const element = host.current!;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const draw = () => {
      plot.current?.destroy();
      const hooks = { setCursor: [(u: uPlot) => point(u.cursor.idx ?? null)] };
      plot.current = new uPlot({ ...options(props, element), hooks }, table, element);
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
  useEffect(() => plot.current?.setData(table));

  const values = lines.map(({ now }, k) => (under === null ? (now ?? last(table[k + 1])) : table[k + 1]?.[under]) ?? NaN);
  const where = under === null ? "now" : `epoch ${short(table[0][under] ?? NaN)}`;
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

/** The last value of a line, which may end before another's. */
const last = (values: ArrayLike<number | null | undefined> | undefined) =>
  Array.from(values ?? []).findLast((value) => value !== null && value !== undefined);

/** One number line for all; on a log axis what is not positive has no place. */
function aligned(lines: Line[], log: boolean): uPlot.AlignedData {
  const kept = (y: ArrayLike<number>) => Array.from(y, (v) => (Number.isFinite(v) && !(log && v <= 0) ? v : null));
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
