/** Fields for numbers: what is typed counts when the field is left or Enter is pressed; nonsense is said and undone. */

import { useSignal } from "@preact/signals";
import type { Store } from "../store";
import { counted, parsed } from "./numbers";
import "./controls.css";

interface Props {
  store: Store;
  label: string;
  /** What it is for, where its label does not say all. */
  says?: string;
  value: number | null;
  set: (value: number) => void;
  whole?: boolean;
  least?: number;
  most?: number;
  /** The label is only for screen readers. */
  bare?: boolean;
  /** What an empty field means, where it means something, and what then happens. */
  empty?: { says: string; set: () => void };
}

/** A number as a field shows it: all its digits, but 1e-7 rather than 0.0000001. */
const shown = (value: number | null) => (value === null ? "" : String(value));

export function NumberField({ store, label, says, value, set, whole = false, least = -Infinity, most = whole ? Number.MAX_SAFE_INTEGER : Infinity, bare = false, empty }: Props) {
  const typed = useSignal<string | null>(null);
  function enter(): void {
    const text = typed.value?.trim();
    typed.value = null;
    if (text === undefined || text === shown(value)) return;
    if (!text && empty) return empty.set();
    const number = (whole ? counted : parsed)(text) ?? NaN;
    const bad = !Number.isFinite(number) || number < least || number > most || (whole && !Number.isInteger(number));
    if (!bad) return set(number);
    const kind = whole ? "a whole number" : "a number";
    const below = Number.isFinite(most), above = Number.isFinite(least);
    const range = above ? (below ? ` from ${least} to ${most}` : ` of at least ${least}`) : below ? ` up to ${most}` : "";
    store.say(`${label}: expected ${kind}${range}, but “${text}” was entered.`);
  }
  const field = (
    <input
      type="text"
      inputMode={whole ? "numeric" : "decimal"}
      size={5}
      aria-label={bare ? label : undefined}
      placeholder={empty?.says}
      value={typed.value ?? shown(value)}
      onInput={(event) => (typed.value = event.currentTarget.value)}
      onBlur={enter}
      onKeyDown={(event) => {
        if (event.key === "Enter") enter();
        if (event.key === "Escape") typed.value = null;
      }}
    />
  );
  return bare ? field : <label class="field" title={says}><span>{label}</span> {field}</label>;
}

interface SliderProps {
  label: string;
  value: number;
  least: number;
  most: number;
  step: number;
  set: (value: number) => void;
  says?: string;
}

export function Slider({ label, value, least, most, step, set, says }: SliderProps) {
  return (
    <label class="slider">
      <span>{label}</span> <b>{says ?? value}</b>
      <input type="range" aria-label={label} min={least} max={most} step={step} value={value} aria-valuetext={says} onInput={(event) => set(Number(event.currentTarget.value))} />
    </label>
  );
}

export function Check({ says, on, set, title }: { says: string; on: boolean; set: (on: boolean) => void; title?: string }) {
  return (
    <label class="check" title={title}>
      <input type="checkbox" checked={on} onChange={(event) => set(event.currentTarget.checked)} /> {says}
    </label>
  );
}
