/** A histogram: how often values fall into each of some bins of equal width. */

import { short } from "./numbers";

const BINS = 30;

export interface Counts {
  low: number;
  high: number;
  counts: number[];
}

/** Counts of finite values between their smallest and largest. */
export function counted(values: ArrayLike<number>, start = 0, stop = values.length): Counts {
  let low = Infinity;
  let high = -Infinity;
  for (let i = start; i < stop; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  if (!(high > low)) [low, high] = [low - 0.5, high + 0.5];
  const counts = new Array<number>(BINS).fill(0);
  for (let i = start; i < stop; i++) {
    const bin = Math.floor(((values[i] - low) / (high - low)) * BINS);
    if (bin >= 0) counts[Math.min(bin, BINS - 1)]++;
  }
  return { low, high, counts };
}

export function Histogram({ title, counts: { low, high, counts } }: { title: string; counts: Counts }) {
  const most = Math.max(...counts, 1);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const bar = counts.indexOf(most);
  const at = (bin: number) => low + ((high - low) * bin) / BINS;
  const zero = low < 0 && high > 0 ? (-low / (high - low)) * BINS : null;
  const peak = `${Math.round((100 * most) / (total || 1))} % between ${short(at(bar))} and ${short(at(bar + 1))}`;
  return (
    <figure class="histogram">
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${BINS} 12`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: from ${short(low)} to ${short(high)}, most often ${peak}`}
      >
        {counts.map((count, bin) => (
          <rect x={bin + 0.06} width={0.88} y={12 - (12 * count) / most} height={(12 * count) / most} key={bin}>
            <title>{`${count} of ${total} from ${short(at(bin))} to ${short(at(bin + 1))}`}</title>
          </rect>
        ))}
        {zero !== null && <path d={`M${zero} 0V12`} class="zero" />}
      </svg>
      <div class="ends" aria-hidden="true">
        <span>{short(low)}</span>
        <span>{short(high)}</span>
      </div>
    </figure>
  );
}
