/**
 * How fast the engine in the browser trains beside TensorFlow Playground's, in this very Node.
 *
 *     node bench/playground.mjs CHECKOUT     where CHECKOUT is a clone of github.com/tensorflow/playground
 *
 * Theirs: its own `nn.ts`, its default (two inputs, 4-2 units and the output, all tanh, squared error, batches of 10 of
 * 250 points, rate 0.03), driven as its `oneStep` drives it, without drawing: once without and once with the two losses
 * that it computes after every epoch. Ours: the same network, loss, rows and batch, rows reshuffled every epoch, each
 * batch's loss measured. Rounds of both alternate; medians.
 */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createRequire } from "node:module";

const web = join(dirname(dirname(fileURLToPath(import.meta.url))), "web");
const { build } = createRequire(join(web, "build.mjs"))("esbuild");
const room = mkdtempSync(join(tmpdir(), "playground-"));

async function bundled(name, entry, resolveDir) {
  const outfile = join(room, `${name}.mjs`);
  const stdin = { contents: entry, resolveDir, loader: "ts" };
  await build({ stdin, bundle: true, format: "esm", platform: "node", outfile, logLevel: "warning" });
  return import(pathToFileURL(outfile));
}

const ours = await bundled(
  "ours",
  'export { Chain } from "./engine/chain"; export { Run } from "./engine/run"; export { points } from "./engine/points";',
  join(web, "src"),
);
const theirs = process.argv[2] && (await bundled("theirs", 'export * from "./nn";', resolve(process.argv[2], "src")));

const multiply = (units) => [{ is: "MultiplyGate", units }, { is: "AddGate" }];
const tanh = { is: "Tanh" };
const network = (inputs, widths, output, last) =>
  ({ inputs, gates: widths.flatMap((units, k) => [...multiply(units), ...(k < widths.length - 1 || last ? [tanh] : [])]), output });

function plan(set, rows, chain, changes) {
  const train = ours.points(set, rows, 0, 0);
  return {
    network: chain, train, valid: null, optimizer: { is: "SGD", rate: 0.03 }, schedule: { is: "Constant" }, penalty: null,
    batch: 10, epochs: 1e9, seed: 0, sum: false, precision: "float64", frozen: [], ...changes,
  };
}

/** Seconds of the processor that a number of epochs takes: on a machine that others use too, the clock says little. */
function timed(epoch, count) {
  const began = process.cpuUsage();
  for (let k = 0; k < count; k++) epoch();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

function mine(what) {
  const chain = new ours.Chain(what.network), run = new ours.Run(what, chain, chain.initial(0));
  return { steps: run.steps, epoch: () => { do run.advance(); while (run.within); }, loss: () => run.loss };
}

function playground(points, losses) {
  const { nn } = { nn: theirs }, { TANH } = nn.Activations, rows = points.y.data.length;
  const net = nn.buildNetwork([2, 4, 2, 1], TANH, TANH, null, ["x", "y"], false);
  const loss = () => {
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      sum += nn.Errors.SQUARE.error(nn.forwardProp(net, [points.X.data[2 * i], points.X.data[2 * i + 1]]), points.y.data[i]);
    }
    return sum / rows;
  };
  const epoch = () => {
    for (let i = 0; i < rows; i++) {
      nn.forwardProp(net, [points.X.data[2 * i], points.X.data[2 * i + 1]]);
      nn.backProp(net, points.y.data[i], nn.Errors.SQUARE);
      if ((i + 1) % 10 === 0) nn.updateWeights(net, 0.03, 0);
    }
    if (losses) [loss(), loss()];  // of the training and of the test data, which are as many
  };
  return { steps: rows / 10, epoch, loss };
}

const spiral = plan({ is: "Spirals" }, 250, network(2, [4, 2, 1], { is: "LeastSquares" }, true));
spiral.train.y.data.forEach((each, i, all) => (all[i] = 2 * each - 1));
const three = network(2, [16, 16, 3], { is: "Softmax" }, false), arms = { is: "Spirals", arms: 3 };
const runs = {
  "mlnn, 2-4-2-1, batches of 10": mine(spiral),
  "mlnn, the same in float32": mine({ ...spiral, precision: "float32" }),
  ...(theirs && { "Playground's engine alone": playground(spiral.train, false), "Playground, losses included": playground(spiral.train, true) }),
  "mlnn, 2-16-16-3, all 1,000 rows": mine(plan(arms, 1000, three, { batch: null })),
  "mlnn, 2-16-16-3, batches of 10": mine(plan(arms, 1000, three, { batch: 10 })),
};
const figures = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
for (let round = 0; round < 9; round++) {
  for (const [name, { epoch, steps }] of Object.entries(runs)) {
    const once = timed(epoch, 3) / 3, count = Math.max(Math.round(0.15 / once), 1);
    figures[name].push((count * steps) / timed(epoch, count));
  }
}
for (const [name, speeds] of Object.entries(figures)) {
  const median = speeds.sort((a, b) => a - b)[4];
  console.log(`${name.padEnd(34)} ${Math.round(median).toLocaleString("en-US").padStart(10)} steps a second of the processor (loss ${runs[name].loss().toFixed(4)})`);
}
