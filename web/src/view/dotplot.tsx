/** Numbers of very different sizes, one to a name, as dots on a logarithmic line. */

import { short } from "./numbers";

interface Props {
  title: string;
  rows: { name: string; value: number }[];
  /** The powers of ten at both ends. */
  ends: [number, number];
  /** Where a mark stands, as a power of ten, and what it says. */
  mark?: { at: number; says: string };
}

export function DotPlot({ title, rows, ends: [low, high], mark }: Props) {
  const place = (power: number) => `${(100 * (Math.min(Math.max(power, low), high) - low)) / (high - low)}%`;
  const apart = high - low > 8 ? 4 : 2; // so that powers find room on a phone too
  const powers = Array.from({ length: high - low + 1 }, (_, k) => low + k).filter((power) => power % apart === 0);
  return (
    <table class="dotplot">
      <caption class="unseen">{title}</caption>
      <thead aria-hidden="true">
        <tr>
          <th />
          <th class="scale">
            {powers.map((power) => (
              <span style={{ left: place(power) }} key={power}>
                10<sup>{`${power}`.replace("-", "−")}</sup>
              </span>
            ))}
          </th>
          <th />
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, value }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="scale" aria-hidden="true">
              {powers.map((power) => (
                <i style={{ left: place(power) }} key={power} />
              ))}
              {mark && <i class="mark" style={{ left: place(mark.at) }} title={mark.says} />}
              {value > 0 && <b style={{ left: place(Math.log10(value)) }} />}
            </td>
            <td>{short(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
