/** A part and its fields, chosen from the catalogue: any layer, output, optimizer, schedule, penalty, initializer. */

import { useId } from "preact/hooks";
import type { Catalogue, Field, Kind, Part } from "../protocol";
import { START, isPart } from "../settings";
import type { Store } from "../store";
import { Check, NumberField } from "./field";
import { Formulas } from "./formulas";
import { own } from "./ids";

interface Props {
  store: Store;
  label: string;
  kinds: Kind[];
  part: Part | null;
  set: (part: Part | null) => void;
  /** What no part is called, where there may be none. */
  none?: string;
  /** The label is only for screen readers. */
  bare?: boolean;
}

/** It searches along lines by itself, so no wrapper can change its steps. */
const SEARCH = "LBFGS";

/** The kinds among which a field's part is chosen: those of the same family as its default. */
function family(catalogue: Catalogue, is: string): Kind[] {
  const { optimizers, wrappers, ...others } = catalogue;
  const wrapped = [...optimizers, ...wrappers].filter((kind) => kind.is !== SEARCH);
  return [wrapped, ...Object.values(others)].find((kinds: Kind[]) => kinds.some((kind) => kind.is === is)) ?? [];
}

export function PartChooser({ store, label, kinds, part, set, none, bare = false }: Props) {
  const id = own(store, useId()); // useId alone counts from the start in every page
  const kind = kinds.find(({ is }) => is === part?.is);
  return (
    <div class={`part ${bare ? "bare" : ""}`}>
      {!bare && <label for={id}>{label}</label>}
      <span class="choice">
        <select
          id={id}
          aria-label={bare ? label : undefined}
          value={part?.is ?? ""}
          onChange={(event) => {
            const is = event.currentTarget.value;
            event.currentTarget.value = part?.is ?? ""; // it shows what is so: the reader may be asked first
            set(is ? begun(kinds.find((each) => each.is === is)!, part) : null);
          }}
        >
          {none && <option value="">{none}</option>}
          {part && !kind && <option value={part.is}>{part.is}</option>}
          {kinds.map(({ is, label, missing, says }) => (
            <option key={is} value={is} disabled={missing !== null} title={missing ?? says}>{label}</option>
          ))}
        </select>
        {kind && <Formulas kind={kind} part={part!} />}
      </span>
      {part && kind && kind.fields.length > 0 && (
        <div class="fields">
          {kind.fields.map((field) => (
            <FieldOf key={field.name} store={store} label={label} field={field} value={field.name in part ? part[field.name] : field.default} set={(value) => set({ ...part, [field.name]: value })} />
          ))}
        </div>
      )}
    </div>
  );
}

/** A new part: a rate that was chosen stays, so that what is compared is the rule; a wrapper takes the rule that was there, or the page's first. */
export function begun(kind: Kind, before: Part | null): Part {
  const part: Part = { is: kind.is };
  const rule = isPart(before?.optimizer) ? before.optimizer : before;
  for (const { name, kind: what, default: usual } of kind.fields) {
    if (what === "part" && isPart(usual)) part[name] = usual;
    if (what === "part" && name === "optimizer") part[name] = rule && rule.is !== SEARCH ? rule : { ...START.training.optimizer };
    if (name === "rate" && typeof rule?.rate === "number") part[name] = rule.rate;
  }
  return part;
}

function FieldOf({ store, label, field: { name, kind, default: usual }, value, set }: { store: Store; label: string; field: Field; value: unknown; set: (value: unknown) => void }) {
  const says = name.replace(/_/g, " ");
  const of = `${says} of ${label.toLowerCase()}`;
  if (kind === "yes") return <Check says={says} on={Boolean(value)} set={set} />;
  if (kind === "part" || isPart(value)) {
    const part = isPart(value) ? value : isPart(usual) ? usual : null;
    const kinds = part ? family(store.catalogue.value!, part.is) : [];
    return kinds.length ? <PartChooser store={store} label={says} kinds={kinds} part={part} set={set} /> : null;
  }
  if (kind === "whole list") {
    const list = Array.isArray(value) ? value.join(", ") : "";
    const read = (text: string) => {
      const numbers = text.split(/[,\s]+/).filter(Boolean).map(Number);
      if (numbers.every((each) => Number.isInteger(each) && each > 0)) set(numbers);
      else store.say(`${of}: expected whole numbers such as 2, 3, but “${text}” was entered.`);
    };
    return <label class="field"><span>{says}</span> <input size={8} value={list} aria-label={of} onChange={(event) => read(event.currentTarget.value)} /></label>;
  }
  return <NumberField store={store} label={says} value={typeof value === "number" ? value : null} whole={kind === "whole"} set={set} />;
}
