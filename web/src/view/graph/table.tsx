/** A small table of numbers to type into; what is pasted from a spreadsheet fills it. */

import { pasted } from "./check";

/** Of more numbers than these, one text is edited instead of cells. */
const CELLS = 120;

interface Shown {
  name: string;
  columns: number;
  values: string[];
  change(values: string[]): void;
  /** Whether a cell agrees, where it is known. */
  agree?(index: number): boolean | undefined;
  /** What a cell is called for whoever looks it up. */
  mark?(index: number): string;
}

export function Table({ name, columns, values, change, agree, mark }: Shown) {
  if (values.length > CELLS) {
    const text = Array.from({ length: values.length / columns }, (_, i) =>
      values.slice(i * columns, (i + 1) * columns).join("\t"),
    ).join("\n");
    const take = (typed: string) => {
      const flat = pasted(typed).flat();
      change(values.map((_, k) => flat[k] ?? ""));
    };
    return <textarea aria-label={name} rows={4} value={text} onChange={(event) => take(event.currentTarget.value)} />;
  }
  function paste(event: ClipboardEvent, index: number): void {
    const cells = pasted(event.clipboardData?.getData("text") ?? "");
    if (cells.flat().length < 2) return;
    event.preventDefault();
    const filled = [...values],
      i0 = Math.floor(index / columns),
      j0 = index % columns;
    const line = cells.length === 1 && j0 + cells[0].length > columns;
    if (line) cells[0].forEach((text, k) => index + k < filled.length && (filled[index + k] = text));
    else
      cells.forEach((row, i) =>
        row.forEach(
          (text, j) =>
            j0 + j < columns && (i0 + i) * columns + j0 + j < filled.length && (filled[(i0 + i) * columns + j0 + j] = text),
        ),
      );
    change(filled);
  }
  return (
    <div class="cells" role="group" aria-label={name} style={{ gridTemplateColumns: `repeat(${columns}, minmax(5.4em, 6.5em))` }}>
      {values.map((text, k) => {
        const right = agree?.(k);
        return (
          <input
            key={k}
            inputMode="decimal"
            data-cell={mark?.(k)}
            class={right === undefined ? "" : right ? "right" : "wrong"}
            aria-label={`${name}${columns > 1 && values.length > columns ? `[${Math.floor(k / columns)},${k % columns}]` : `[${k}]`}${right === undefined ? "" : right ? ", agrees" : ", differs"}`}
            value={text}
            onInput={(event) => change(values.map((each, at) => (at === k ? event.currentTarget.value : each)))}
            onPaste={(event) => paste(event, k)}
          />
        );
      })}
    </div>
  );
}
