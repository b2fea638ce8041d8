/** A part's formulas, behind a small ƒ beside it. */

import type { Kind, Part } from "../protocol";

export function Formulas({ kind }: { kind: Kind; part: Part }) {
  return (
    <details class="formulas">
      <summary aria-label={`Formula of ${kind.label}`} title={kind.says}>ƒ</summary>
      <div class="popover">
        <p>{kind.says}</p>
        {Object.entries(kind.formulas).map(([name, tex]) => <p key={name}><small>{name}</small> <code>{tex}</code></p>)}
        {kind.source && <p class="quiet">{kind.source}</p>}
      </div>
    </details>
  );
}
