/** The page's layers as a chain of gates, as `Network.dense` of Python builds it, and back. */

import type { Catalogue, Kind, Network, Part } from "../protocol";
import type { LayerSettings, NetworkSettings } from "../settings";

/** What a linear layer's weights are drawn by, and a layer's of which nothing else is known. */
const USUAL: Part = { is: "Glorot" };

/** What a layer's activation may be: the elementwise ones, and the gates that stand in the same place. */
export function activations(catalogue: Catalogue | null): Kind[] {
  return catalogue ? [...catalogue.layers, ...catalogue.gates.filter(({ initializer }) => initializer)] : [];
}

const pieces = (layer: Part) => (layer.is === "Maxout" ? ((layer.pieces as number | undefined) ?? 2) : 1);

/** multiply → add (→ batch norm) → layer (→ dropout), again and again, then the scores. */
export function chain(settings: NetworkSettings, inputs: number, scores: number, catalogue: Catalogue | null): Network {
  const recommended = (layer: Part | null) => activations(catalogue).find(({ is }) => is === layer?.is)?.initializer ?? USUAL;
  const last = { units: scores, layer: settings.scoresLayer, norm: false, dropout: 0 };
  const gates: Part[] = settings.inputDropout ? [{ is: "Dropout", p: settings.inputDropout }] : [];
  for (const { units, layer, norm, dropout } of [...settings.layers, last]) {
    const columns = layer ? units * pieces(layer) : units;
    gates.push({ is: "MultiplyGate", units: columns, initializer: settings.weights ?? recommended(layer) });
    gates.push({ is: "AddGate", initializer: settings.biases });
    if (norm) gates.push({ is: "BatchNorm" });
    if (layer) gates.push(layer);
    if (dropout) gates.push({ is: "Dropout", p: dropout });
  }
  return { inputs, gates, output: settings.output };
}

/** Settings whose chain has the gates of `network`; null where it is no plain chain of layers. */
export function settingsOf(network: Network, catalogue: Catalogue | null): NetworkSettings | null {
  const layers = activations(catalogue).map(({ is }) => is);
  const gates = [...network.gates];
  const take = (is: string) => (gates[0]?.is === is ? gates.shift()! : null);
  const found: (LayerSettings | { units: number; layer: null })[] = [];
  const inputDropout = (take("Dropout")?.p as number | undefined) ?? 0;
  let biases: Part = { is: "Constant" };
  while (gates.length) {
    const multiply = take("MultiplyGate");
    const add = take("AddGate");
    if (!multiply || !add) return null;
    biases = (add.initializer as Part | undefined) ?? biases;
    const norm = take("BatchNorm") !== null;
    const layer = layers.includes(gates[0]?.is) ? gates.shift()! : null;
    const dropout = (take("Dropout")?.p as number | undefined) ?? 0;
    const columns = multiply.units as number;
    if (layer) found.push({ units: columns / pieces(layer), layer, norm, dropout });
    else if (gates.length || norm || dropout) found.push({ units: columns, layer: { is: "Identity" }, norm, dropout });
    else found.push({ units: columns, layer: null });
  }
  const last = found.pop();
  if (!last || ("norm" in last && (last.norm || last.dropout))) return null;
  return {
    layers: found as LayerSettings[],
    output: network.output,
    scoresLayer: last.layer,
    weights: null,
    biases,
    inputDropout,
    frozen: [],
  };
}
