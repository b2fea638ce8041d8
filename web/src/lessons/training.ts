/** Lessons on what makes training fail, and what mends it. */

import { above, begin, below, type Lesson, layers, type Now } from "./lesson";

const rate = ({ settings }: Now) => Number(settings.training.optimizer.rate ?? 0.01);
const drawn = ({ settings }: Now) => settings.network.weights;

export const TRAINING: Lesson[] = [
  {
    name: "rate",
    title: "A rate too high",
    text: [
      "The learning rate η says how far a step goes. A gradient only knows the slope where it stands: a step that is too long lands higher up on the other side, where the slope is steeper, and the next is longer still.",
      "Here η is 10. The page stops training when numbers are no longer finite, says in which step and gate, and why, and gives back good weights.",
    ],
    tries: [{ says: "Play, until training has diverged.", seen: (now) => now.frame.trouble !== null || above(now, 100, 1) }],
    question: {
      says: "Change the rate, begin again, and bring the loss below 0.1 within 300 epochs.",
      seen: (now) => rate(now) < 10 && below(now, 0.1) && now.frame.number <= 300,
    },
    answer:
      "1 does it, a tenth of what diverged. With 0.1 it takes some 900 epochs: too low costs time, too high costs everything.",
    settings: begin("rate", { network: { layers: layers("ReLU", 8) }, training: { optimizer: { is: "SGD", rate: 10 } }, view: { logLoss: true } }),
  },
  {
    name: "initialization",
    title: "How weights begin",
    text: [
      "All weights begin as zero here. Then all units of a layer say the same, get the same gradient, and stay the same for ever; and where the weights that follow a unit are zero, no gradient reaches it at all.",
      "Weights that are too large are no better: tanh sits at ±1, where its slope is nearly 0.",
    ],
    tries: [
      {
        says: "Train for 100 epochs: the loss stays at ln 2 = 0.693, a coin's.",
        seen: (now) => drawn(now)?.is === "Constant" && above(now, 0.69, 100),
      },
      { says: "Walk back through the graph: which gradients are 0?", seen: ({ walkedBack }) => walkedBack },
      {
        says: "Draw the weights from Normal with scale 10, and train for 100 epochs: the loss is worse than a coin's.",
        seen: (now) => drawn(now)?.is === "Normal" && Number(drawn(now)?.scale) >= 10 && above(now, 0.7, 100),
      },
    ],
    question: {
      says: "Choose the weights' initializer so that the loss is below 0.1 within 500 epochs.",
      seen: (now) => drawn(now)?.is !== "Constant" && below(now, 0.1) && now.frame.number <= 500,
    },
    answer: "Random, and scaled by the number of inputs: Glorot or Fan keep values about as large from layer to layer.",
    settings: begin("initialization", {
      data: { kind: "Circles", noise: 0.2 },
      network: { layers: layers("Tanh", 8, 8), weights: { is: "Constant", value: 0 } },
      training: { optimizer: { is: "SGD", rate: 0.1 } },
    }),
  },
  {
    name: "dying-relu",
    title: "Dying ReLUs",
    text: [
      "A ReLU passes what is positive: $y = \\max(x, 0)$, with slope 0 below. One step that is too long can push a unit's input below 0 for every row. Then its gradient is 0 for every row: nothing can bring it back.",
      "The rate is 3 here. The tab Health names dead units, and their pictures are blank.",
    ],
    tries: [
      {
        says: "Train for 200 epochs, until a unit has died.",
        seen: (now) => now.settings.network.layers[0]?.layer.is === "ReLU" && now.dead > 0,
      },
      {
        says: "Lower the rate to 1 and go on without beginning again: the dead stay dead.",
        seen: (now) => now.done[0] && rate(now) <= 1 && now.dead > 0,
      },
    ],
    question: {
      says: "Begin again in such a way that no unit dies and the loss falls below 0.1.",
      seen: (now) => now.dead === 0 && below(now, 0.1),
    },
    answer: "A lower rate from the start keeps them alive. LeakyReLU, whose slope below 0 is small but not 0, lets them recover.",
    settings: begin("dying-relu", { network: { layers: layers("ReLU", 8) }, training: { optimizer: { is: "SGD", rate: 3 } }, view: { logLoss: true } }),
  },
  {
    name: "adam",
    title: "Adam against SGD",
    text: [
      "Plain gradient descent (SGD) uses one rate for all weights, although some gradients are a hundred times smaller than others. On spirals it crawls along a plateau.",
      "Adam divides each weight's step by the usual size of its gradient: $\\theta \\leftarrow \\theta - \\eta\\,\\frac{\\hat m}{\\sqrt{\\hat v} + \\varepsilon}$. Every weight moves at its own pace.",
    ],
    tries: [
      {
        says: "Train for 500 epochs with SGD: the loss is still above 0.6.",
        seen: (now) => now.settings.training.optimizer.is === "SGD" && above(now, 0.6, 500),
      },
      { says: "Pin this run, so that its curve stays for comparison.", seen: ({ pinned }) => pinned > 0 },
    ],
    question: {
      says: "Same data, same first weights: bring the loss below 0.1 within 500 epochs. A rate means something else to every optimizer: try others too.",
      seen: (now) => now.settings.training.optimizer.is !== "SGD" && below(now, 0.1) && now.frame.number <= 500,
    },
    answer:
      "Adam with a rate of 0.01 is below 0.1 at about 320 epochs. Its rate means something else than SGD's: the length of a step for each weight.",
    settings: begin("adam", {
      data: { kind: "Spirals", rows: 300, noise: 0.2 },
      network: { layers: layers("Tanh", 8, 8) },
      training: { optimizer: { is: "SGD", rate: 0.1 } },
    }),
  },
  {
    name: "batch-norm",
    title: "Batch norm",
    text: [
      "Four layers of sigmoids. A sigmoid's slope is at most ¼, so going back through four of them shrinks gradients to a hundredth and less: the first layers hardly move.",
      "Batch norm standardizes each unit over the rows of the batch, then scales and shifts: $y = \\gamma\\,\\frac{x - \\mu}{\\sqrt{\\sigma^2 + \\varepsilon}} + \\beta$. Every sigmoid gets its inputs where its slope is largest. Each layer has it under “more”, below its activation.",
    ],
    tries: [
      {
        says: "Train for 200 epochs: the loss does not leave 0.693.",
        seen: (now) => now.settings.network.layers.every(({ norm }) => !norm) && above(now, 0.69, 200),
      },
      {
        says: "Look at Health: how much smaller are the gradients of W1 than those of the last weights?",
        seen: ({ settings }) => settings.view.tab === "health",
      },
    ],
    question: {
      says: "Keep the sigmoids and the rate, and bring the loss below 0.1.",
      seen: (now) =>
        below(now, 0.1) &&
        now.settings.network.layers.length >= 3 &&
        now.settings.network.layers.every(({ layer }) => layer.is === "Sigmoid"),
    },
    answer: "With batch norm in every layer the loss is below 0.1 within 100 epochs.",
    settings: begin("batch-norm", {
      data: { kind: "Circles" },
      network: { layers: layers("Sigmoid", 8, 8, 8, 8) },
      training: { optimizer: { is: "SGD", rate: 0.5 } },
    }),
  },
  {
    name: "overfitting",
    title: "Overfitting and dropout",
    text: [
      "Fifty noisy points to learn from, and 1,200 weights: enough to learn every point by heart, noise included. The held-out loss tells, from fifty points that training never sees.",
      "Dropout lets each unit sit out at random while training. No unit can rely on another, and what is learned by heart gets lost.",
    ],
    tries: [
      {
        says: "Train for 400 epochs: the loss goes towards 0, and the held-out loss has doubled from its lowest.",
        seen: (now) => undropped(now) && now.frame.number >= 400 && below(now, 0.05) && climbed(now) > 2,
      },
      {
        says: "Go back along the time line to where the held-out loss was lowest: stopping there is early stopping.",
        seen: (now) => now.done[0] && undropped(now) && now.frame.number < 400 && now.frame.number > 0 && climbed(now) < 1.5,
      },
    ],
    question: {
      says: "Begin again with a dropout of 0.5 in both layers. At 400 epochs, is the held-out loss still below 1.5 times its lowest?",
      seen: (now) => !undropped(now) && now.frame.number >= 400 && climbed(now) < 1.5,
    },
    answer: "Yes: with dropout the training loss stays higher, and the held-out loss does not run away.",
    settings: begin("overfitting", {
      data: { rows: 100, noise: 0.35, split: 0.5 },
      network: { layers: layers("ReLU", 32, 32) },
      training: { optimizer: { is: "Adam", rate: 0.01 } },
    }),
  },
];

const undropped = ({ settings }: Now) => settings.network.layers.every(({ dropout }) => dropout === 0);

/** The held-out loss, as a multiple of its lowest so far. */
function climbed({ frame, history }: Now): number {
  const lowest = history?.validLoss.reduce((least, each) => (each < least ? each : least), Infinity) ?? NaN;
  return (frame.validLoss ?? NaN) / lowest;
}
