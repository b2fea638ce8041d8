/** The health of training: updates, units, gradients and mistakes, each with what good looks like and what is so now. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import {
  aboutGradients, aboutUnits, aboutUpdates, activationsIn, dead, type Finding, gradientSizes, type Rated, slopesOf, updateRatios,
} from "../page/health";
import { classifies } from "../page/scores";
import { scoresOf } from "../page/record";
import { columnsOf, predicted, sampled, seenOf } from "../page/seen";
import { tensors } from "../page/tensors";
import type { Store } from "../store";
import { Confusion, worst } from "./confusion";
import { DotPlot } from "./dotplot";
import { counted, Histogram } from "./histogram";
import { Landscape } from "./landscape";
import { useWatch } from "./watching";

export function Health({ store }: { store: Store }) {
  const plan = store.plan.value;
  const frame = store.frame.value;
  scoresOf(store); // asks for the predictions that are counted below
  const layers = plan ? activationsIn(plan.network) : [];
  const judged = seenOf(store).judged.value;
  const asked = slopesOf(layers);
  const wanted = (slopes: boolean) => (layers.length ? { ...asked, rows: judged?.watched.train ?? "train", slopes } : null);
  useWatch(store, "health", () => wanted(false), [JSON.stringify(layers), judged]);
  useWatch(store, "slopes", () => wanted(true), [JSON.stringify(layers), judged]);
  useEffect(() => {
    store.watchGradient(true);
    return () => store.watchGradient(false);
  }, [store]);
  if (!plan || !frame || !judged) return null;

  const { network } = plan;
  const part = sampled(plan, judged);
  const { health: outputs = [], slopes = [] } = frame.values;
  const rows = judged.rows.train.length;
  const seen = layers.flatMap((activation, k) =>
    outputs[k]?.length === rows * activation.out && slopes[k]?.length === rows * activation.units
      ? [{ activation, ...dead(activation, slopes[k]), counts: counted(outputs[k]) }]
      : [],
  );
  const ratios = updateRatios(network, frame);
  const sizes = gradientSizes(network, frame);
  const { gradient } = frame;
  const predictions = predicted(frame, judged, columnsOf(network));
  const matrices = [
    { title: "training rows", y: judged.train.y, predictions: predictions.train },
    { title: "held-out rows", y: judged.valid?.y, predictions: predictions.valid },
  ];
  const told = matrices.findLast(({ y, predictions }) => y && predictions);
  const classes = store.task.value.classes ?? [];
  return (
    <section class="health" aria-label="Health">
      <Part title="Size of a step" finding={aboutUpdates(ratios, frame)} says="‖last update‖ / ‖values‖, of each parameter">
        <DotPlot
          title="Size of the last update over size of the values"
          rows={named(ratios)}
          ends={[-7, 0]}
          mark={{ at: -3, says: "10⁻³: a healthy pace" }}
        />
      </Part>
      <Part title="Units" finding={aboutUnits(seen)} says="outputs of each layer's units on the training rows">
        <div class="small-multiples">
          {seen.map(({ activation: { layer, is, units }, zero, flat, counts }) => (
            <div key={layer}>
              <Histogram title={`layer ${layer}: ${is.toLowerCase()}`} counts={counts} />
              <Alive units={units} zero={zero} flat={flat} layer={layer} />
            </div>
          ))}
        </div>
      </Part>
      <Part title="Gradients" finding={aboutGradients(sizes)} says="∂J/∂W over the training rows, root mean square">
        <DotPlot title="Root mean square of the gradient" rows={named(sizes)} ends={[-10, 2]} />
        <div class="small-multiples">
          {gradient &&
            tensors(network)
              .filter(({ name }) => name.startsWith("W"))
              .map(({ name, start, stop }) => (
                <Histogram title={`∂J/∂${name}`} counts={counted(gradient, start, stop)} key={name} />
              ))}
        </div>
      </Part>
      {classifies(store.catalogue.value, network.output) && (
        <Part
          title="Mistakes"
          says="the confusion matrix"
          finding={{
            good: "all rows lie on the diagonal.",
            now: told ? worst(told.title, told.predictions!, told.y!, classes) : "",
            worry: false,
          }}
        >
          {part && <p class="quiet">{part}</p>}
          <div class="matrices">
            {matrices.map(
              ({ title, y, predictions }) =>
                y && predictions && <Confusion title={title} y={y} predictions={predictions} classes={classes} key={title} />,
            )}
          </div>
        </Part>
      )}
      <Landscape store={store} />
    </section>
  );
}

const named = (rated: Rated[]) => rated.map(({ tensor, value }) => ({ name: tensor.name, value }));

function Part(props: { title: string; says: string; finding: Finding; children: ComponentChildren }) {
  const { title, says, finding, children } = props;
  return (
    <section class="health-part">
      <h3>
        {title} <small>{says}</small>
      </h3>
      <p>
        Healthy would be: {finding.good} {finding.now && <span class={finding.worry ? "worry" : ""}>Now: {finding.now}</span>}
      </p>
      {children}
    </section>
  );
}

/** One mark a unit: alive, dead or saturated. */
function Alive({ units, zero, flat, layer }: { units: number; zero: number[]; flat: number[]; layer: number }) {
  const state = (unit: number) => (zero.includes(unit) ? "dead" : flat.includes(unit) ? "saturated" : "alive");
  return (
    <ul class="alive" aria-label={`Units of layer ${layer}`}>
      {Array.from({ length: Math.min(units, 64) }, (_, unit) => (
        <li class={state(unit)} title={`unit ${unit + 1}: ${state(unit)}`} key={unit}>
          <span class="unseen">{`unit ${unit + 1} ${state(unit)}`}</span>
        </li>
      ))}
    </ul>
  );
}
