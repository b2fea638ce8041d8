/** The confusion matrix: how many rows of each class were decided as which. */

import { type Matrix, rowsOf } from "../protocol";
import { confusion } from "../page/scores";

interface Props {
  title: string;
  predictions: ArrayLike<number>;
  y: Matrix;
  classes: string[];
}

export function Confusion({ title, predictions, y, classes }: Props) {
  const counts = confusion(predictions, predictions.length / rowsOf(y), y);
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const name = (k: number) => classes[k] ?? `${k}`;
  return (
    <table class="confusion">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">true ↓, decided →</th>
          {counts.map((_, k) => (
            <th scope="col" key={k}>
              {name(k)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {counts.map((row, k) => (
          <tr key={k}>
            <th scope="row">{name(k)}</th>
            {row.map((count, j) => {
              const share = totals[k] ? count / totals[k] : 0;
              const kind = j === k ? "right" : count ? "wrong" : "";
              return (
                <td
                  key={j}
                  class={kind}
                  style={{ "--share": share }}
                  title={`${count} of ${totals[k]} rows of class ${name(k)} were decided as ${name(j)}.`}
                >
                  {count}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The pair of classes that is mixed up most among some rows, in words. */
export function worst(rows: string, predictions: ArrayLike<number>, y: Matrix, classes: string[]): string {
  const counts = confusion(predictions, predictions.length / rowsOf(y), y);
  let [most, from, to] = [0, 0, 0];
  counts.forEach((row, k) => row.forEach((count, j) => j !== k && count > most && ([most, from, to] = [count, k, j])));
  const name = (k: number) => classes[k] ?? `${k}`;
  return most ? `of the ${rows}, ${name(from)} is most often taken for ${name(to)}, ${most === 1 ? "once" : `${most} times`}.` : `none of the ${rows} is mistaken.`;
}
