/** How it is learned: output, optimizer, schedule, penalty, batch, precision; changeable while it trains. */

import { activations } from "../page/chain";
import { changeAnew } from "../page/instead";
import { classifies } from "../page/scores";
import type { Store } from "../store";
import { Check, NumberField } from "./field";
import { PartChooser } from "./part";

export function Training({ store }: { store: Store }) {
  const { network, training } = store.settings.value;
  const catalogue = store.catalogue.value;
  if (!catalogue) return null;
  const ofClasses = store.task.value.classes !== null;
  const outputs = catalogue.outputs.filter(({ is }) => classifies(catalogue, { is }) === ofClasses && is !== "SeveralSoftmax");
  const trains = (edit: (its: typeof training) => void) => store.change(({ training }) => edit(training));
  const nets = (edit: (its: typeof network) => void) => store.change(({ network }) => edit(network));
  return (
    <>
      <h2>Training</h2>
      <PartChooser store={store} label="Optimizer" kinds={[...catalogue.optimizers, ...catalogue.wrappers]} part={training.optimizer} set={(part) => part && trains((its) => (its.optimizer = part))} />
      <PartChooser store={store} label="Schedule" kinds={catalogue.schedules} part={training.schedule} set={(part) => part && trains((its) => (its.schedule = part))} />
      <PartChooser store={store} label="Penalty" kinds={catalogue.penalties} part={training.penalty} none="none" set={(part) => trains((its) => (its.penalty = part))} />
      <NumberField store={store} label="Batch" value={training.batch} whole least={1} empty={{ says: "all", set: () => trains((its) => (its.batch = null)) }} set={(rows) => trains((its) => (its.batch = rows))} />
      <NumberField store={store} label="Epochs of the schedule" says="Over how many epochs a schedule runs: training itself goes on until you pause it." value={training.epochs} whole least={1} set={(epochs) => trains((its) => (its.epochs = epochs))} />
      <h3>Ends of the network</h3>
      <PartChooser store={store} label="Output and loss" kinds={outputs} part={network.output} set={(part) => part && nets((its) => (its.output = part))} />
      <PartChooser store={store} label="Layer on the scores" kinds={activations(catalogue)} part={network.scoresLayer} none="none" set={(part) => nets((its) => (its.scoresLayer = part))} />
      <NumberField store={store} label="Input dropout" value={network.inputDropout} least={0} most={0.95} set={(share) => nets((its) => (its.inputDropout = share))} />
      <details class="extra">
        <summary>First weights and numbers</summary>
        <PartChooser store={store} label="First weights" kinds={catalogue.initializers} part={network.weights} none="as the layer recommends" set={(part) => changeAnew(store, "Another choice of first weights", ({ network }) => (network.weights = part))} />
        <PartChooser store={store} label="First biases" kinds={catalogue.initializers} part={network.biases} set={(part) => part && changeAnew(store, "Another choice of first biases", ({ network }) => (network.biases = part))} />
        <NumberField store={store} label="Seed" value={training.seed} whole least={0} most={2 ** 31 - 1} set={(seed) => changeAnew(store, `Seed ${seed}`, ({ training }) => (training.seed = seed))} />
        <label class="field"><span>Precision</span>{" "}
          <select value={training.precision} onChange={(event) => { const precision = event.currentTarget.value as typeof training.precision; trains((its) => (its.precision = precision)); }}>
            <option value="float64">float64</option>
            <option value="float32">float32</option>
          </select>
        </label>
        <Check says="Sum gradients, as the tutorial does" on={training.sum} set={(on) => trains((its) => (its.sum = on))} />
      </details>
    </>
  );
}
