/** A part's formulas with its numbers, behind a small ƒ beside it. */

import type { Kind, Part } from "../protocol";
import { Formula } from "./graph/formula";

/** What the formulas of the catalogue are called on the page. */
const NAMES: { [name: string]: string } = { slope: "derivative", diff: "derivative", losses: "loss", predict: "prediction" };

export function Formulas({ kind, part }: { kind: Kind; part: Part }) {
  const numbers: { [name: string]: number } = {};
  for (const { name, default: usual } of kind.fields) {
    const value = name in part ? part[name] : usual;
    if (typeof value === "number") numbers[name] = value;
  }
  const names = Object.keys(kind.formulas);
  return (
    <details class="formulas">
      <summary aria-label={`Formula of ${kind.label}`} title={kind.says}>ƒ</summary>
      <div class="popover">
        <p>{kind.says}</p>
        {names.map((name) => (
          <div key={name}>
            {names.length > 1 && <small>{NAMES[name] ?? name.replace(/^d_(?=\w+$)/, "∂loss/∂")}</small>} <Formula kind={kind} name={name} numbers={numbers} />
          </div>
        ))}
        {kind.source && <p class="quiet">{kind.source}</p>}
      </div>
    </details>
  );
}
