/** A hidden layer's head: how many units, which layer, and what else belongs to it. */

import { activations } from "../../page/chain";
import { MOST } from "../../page/settle";
import type { Store } from "../../store";
import { Check, NumberField } from "../field";
import { PartChooser } from "../part";

export function Head({ store, layer }: { store: Store; layer: number }) {
  const settings = store.settings.value.network.layers[layer];
  if (!settings) return null;
  const change = (edit: (its: typeof settings) => void) => store.change(({ network }) => edit(network.layers[layer]));
  const units = (by: number) => change((its) => (its.units = Math.min(MOST.units, Math.max(1, its.units + by))));
  const title = `layer ${layer + 1}`;
  return (
    <div class="head">
      <div class="count">
        <button type="button" aria-label={`One unit fewer in ${title}`} disabled={settings.units <= 1} onClick={() => units(-1)}>−</button>
        <NumberField label={`Units of ${title}`} value={settings.units} whole least={1} most={MOST.units} store={store} set={(number) => change((its) => (its.units = number))} bare />
        <button type="button" aria-label={`One unit more in ${title}`} disabled={settings.units >= MOST.units} onClick={() => units(1)}>+</button>
      </div>
      <PartChooser store={store} label={`Activation of ${title}`} kinds={activations(store.catalogue.value)} part={settings.layer} set={(part) => part && change((its) => (its.layer = part))} bare />
      <details class="extra">
        <summary aria-label={`More of ${title}`}>{settings.norm || settings.dropout ? [settings.norm && "norm", settings.dropout && `drop ${settings.dropout}`].filter(Boolean).join(", ") : "more"}</summary>
        <div class="popover">
          <Check says="Batch norm" on={settings.norm} set={(on) => change((its) => (its.norm = on))} />
          <NumberField label="Dropout" value={settings.dropout} least={0} most={0.95} store={store} set={(number) => change((its) => (its.dropout = number))} />
          <div class="row">
            <button type="button" disabled={store.settings.value.network.layers.length >= MOST.layers} onClick={() => store.change(({ network }) => network.layers.splice(layer + 1, 0, structuredClone(network.layers[layer])))}>Add a layer after it</button>
            <button type="button" onClick={() => store.change(({ network }) => network.layers.splice(layer, 1))}>Remove this layer</button>
          </div>
        </div>
      </details>
    </div>
  );
}
