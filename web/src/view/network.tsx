/** The network as a diagram: layers and units that come and go, weights as edges, each unit with its own picture. */

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { currentPlane, gridOf } from "../page/plane";
import { seenOf, side } from "../page/seen";
import { MOST } from "../page/settle";
import type { Store } from "../store";
import { Check } from "./field";
import { type Edge, Edges, edgesOf, legible } from "./network/edges";
import { Head } from "./network/head";
import { layout, resolution } from "./network/layout";
import { Panel } from "./network/panel";
import { type Pictures, UnitPictures } from "./network/pictures";
import { Units } from "./network/units";
import { short } from "./numbers";
import { useRoom } from "./room";
import "./network.css";
import { useWatch } from "./watching";

/** Ask for what every unit says over the plane. */
function usePictures(store: Store, pictured: boolean): Pictures {
  const plan = store.plan.value;
  const { axes, row } = store.settings.value.view;
  const size = plan ? Math.min(resolution(plan.network), side(plan.network, seenOf(store).products.value, { least: 6, most: 24 })) : 1;
  const gates = plan ? layout(plan.network, 600, pictured).columns.map(({ gate }) => gate) : [];
  const wanted = pictured ? gates.slice(2) : gates;
  const asked = JSON.stringify([axes, row, wanted, size, store.settings.value.features]);
  const units = () => plan && { rows: store.featured(gridOf(currentPlane(store), size)), gates: wanted };
  useWatch(store, "units", units, [plan, store.points.value, asked]);
  const values = store.frame.value?.values.units ?? [];
  return { values: pictured ? [undefined, undefined, ...values] : values, pictured };
}

export function NetworkView({ store }: { store: Store }) {
  const plan = store.plan.value;
  const { view, data, network } = store.settings.value;
  const pictured = data.kind === "digits" && plan?.network.inputs === 64;
  const recorded = store.host === "replay"; // it cannot be changed
  const [host, room] = useRoom(600);
  const pictures = usePictures(store, pictured);
  const chosen = useSignal<{ index: number; unit: number } | null>(null);
  const pointed = useSignal<Edge | null>(null);
  const shape = plan && JSON.stringify(plan.network.gates.map(({ is, units, pieces }) => [is, units, pieces]));
  const placed = useMemo(() => (plan ? layout(plan.network, room, pictured) : null), [shape, plan?.network.inputs, room, pictured]);
  const edges = useMemo(() => (placed ? edgesOf(placed, pictured) : []), [placed, pictured]);
  const addLayer = () => store.change(({ network: { layers } }) => layers.push(structuredClone(layers[layers.length - 1] ?? { units: 3, layer: { is: "Tanh" }, norm: false, dropout: 0 })));
  const picked = chosen.value && placed?.columns[chosen.value.index] && chosen.value.unit < placed.columns[chosen.value.index].y.length ? chosen.value : null;
  const weight = pointed.value && store.frame.value?.theta[pointed.value.place];
  return (
    <div class="network">
      <div class="row tools">
        <span>{network.layers.length} hidden {network.layers.length === 1 ? "layer" : "layers"}</span>
        {!recorded && (
          <>
            <button type="button" aria-label="One hidden layer more" disabled={network.layers.length >= MOST.layers} onClick={addLayer}>+</button>
            <button type="button" aria-label="One hidden layer fewer" disabled={!network.layers.length} onClick={() => store.change(({ network }) => network.layers.pop())}>−</button>
          </>
        )}
        <Check says="Numbers" on={view.numbers} set={(on) => store.change(({ view }) => (view.numbers = on))} />
        <output class="pointed" aria-live="off">
          {pointed.value && weight != null ? <><code>{pointed.value.name}</code> = {short(weight)}</> : view.numbers && !legible(edges) ? "Too many weights to write them all: point at one." : ""}
        </output>
      </div>
      <div class="stage" ref={host}>
        {placed && (
          <div style={{ width: `${placed.width}px` }}>
            <div class="heads" style={{ gridTemplateColumns: `repeat(${placed.columns.length}, minmax(0, 1fr))` }}>
              {placed.columns.map((column, k) => (
                <div key={k}>
                  <b>{column.title}</b>
                  {column.layer < 0 ? (
                    <small>{k === 0 ? `${column.units} ${column.units === 1 ? "feature" : "features"}` : `${plan!.network.output.is} of ${column.units}`}</small>
                  ) : recorded ? (
                    <small>{`${network.layers[column.layer]?.layer.is} of ${column.units}`}</small>
                  ) : (
                    <Head store={store} layer={column.layer} />
                  )}
                </div>
              ))}
            </div>
            <div class="diagram" style={{ height: `${placed.height}px` }}>
              <Edges store={store} layout={placed} edges={edges} numbers={view.numbers} choose={(index, unit) => (chosen.value = { index, unit })} point={(edge) => (pointed.value = edge)} />
              <UnitPictures store={store} layout={placed} pictures={pictures} />
              {placed.columns.map((column, index) => (
                <Units
                  key={index}
                  store={store}
                  column={column}
                  index={index}
                  pictured={pictured}
                  chosen={picked?.index === index ? picked.unit : null}
                  choose={(unit) => (chosen.value = picked?.index === index && picked.unit === unit ? null : { index, unit })}
                />
              ))}
            </div>
          </div>
        )}
      </div>
      {placed && picked ? (
        <Panel store={store} columns={placed.columns} index={picked.index} unit={picked.unit} pictures={pictures} close={() => (chosen.value = null)} />
      ) : (
        <p class="quiet">Edges are weights: blue above zero, orange below, the wider the larger. The dot at a unit's corner is its bias. {recorded ? "Click a unit to read its weights." : "Click a unit to read, edit or freeze its weights."}</p>
      )}
    </div>
  );
}
