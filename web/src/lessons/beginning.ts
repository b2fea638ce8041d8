/** The first lessons: the tutorial, what bounds it, and what hidden layers are for. */

import { above, begin, below, type Lesson, layers } from "./lesson";

/** As `Model([2, 3, 2])` and `train` of Python have it: weights N(0, 1) / √inputs, biases N(0, 1), sums of gradients. */
const TUTORIAL = {
  network: {
    layers: layers("Tanh", 3),
    scoresLayer: { is: "Tanh" },
    weights: { is: "Fan" },
    biases: { is: "Normal", scale: 1 },
  },
  training: { optimizer: { is: "SGD", rate: 0.01 }, penalty: { is: "L2", strength: 0.01 }, sum: true, epochs: 20000 },
};

export const BEGINNING: Lesson[] = [
  {
    name: "tutorial",
    title: "The tutorial: three hidden units",
    text: [
      "Two classes lie as two moons, and no straight line parts them. The network [2, 3, 2] takes a point's two coordinates, bends them in three hidden units, and gives each class a score; softmax makes probabilities of the scores.",
      "Every step pushes all points forward through the gates, sends gradients back, and moves each weight a little against its gradient: $\\theta \\leftarrow \\theta - \\eta\\,\\frac{\\partial J}{\\partial\\theta}$.",
    ],
    tries: [
      {
        says: "Play at 20 steps/s (the list beside Run to), until the loss is below 0.25. Watch the boundary bend.",
        seen: (now) => now.settings.network.layers[0]?.units === 3 && below(now, 0.25),
      },
      {
        says: "Open the computation graph, click the figure, and step with the arrow keys until gradients flow back.",
        seen: ({ walkedBack }) => walkedBack,
      },
      {
        says: "Take one hidden unit away, press Reset, and train for 300 epochs.",
        seen: (now) => now.settings.network.layers[0]?.units === 2 && above(now, 0.25, 300),
      },
    ],
    question: {
      says: "Beginning from the first weights, as Reset does: what is the smallest hidden layer whose loss falls below 0.25? Find it after you have seen a smaller one fail.",
      seen: (now) =>
        now.done[2] && now.settings.network.layers.length === 1 && now.settings.network.layers[0].units === 3 && below(now, 0.25),
    },
    answer:
      "Three. Each unit is one bend; with two, training comes to rest near 0.33 from these first weights. From luckier ones, or from what is left of three trained units, two come below 0.25 as well, after many more epochs: a larger layer needs less luck.",
    settings: begin("tutorial", TUTORIAL),
  },
  {
    name: "extra-tanh",
    title: "The extra tanh",
    text: [
      "The tutorial puts a tanh on the last scores too. It keeps them between −1 and 1, so softmax can never be surer than $\\frac{e^{1}}{e^{1}+e^{-1}} = 0.88$.",
      "Then no row's loss can be less than $\\ln(1 + e^{-2}) = 0.127$, however well the classes are parted. These moons have little noise: they can be parted perfectly.",
    ],
    tries: [
      {
        says: "Train for 500 epochs: the loss comes to rest just above 0.127.",
        seen: (now) => now.settings.network.scoresLayer !== null && above(now, 0.1269, 500) && below(now, 0.14, 500),
      },
      {
        says: "Walk through the graph with some row, to the last tanh and back: its scores press against ±1, and its slope 1 − y² is small.",
        seen: ({ walkedBack }) => walkedBack,
      },
    ],
    question: {
      says: "What must go, so that the loss falls below 0.1?",
      seen: (now) => now.settings.network.scoresLayer === null && below(now, 0.1),
    },
    answer: "The tanh on the scores. Without it scores are free, and the loss falls as far as the data allow.",
    settings: begin("extra-tanh", { ...TUTORIAL, data: { noise: 0.1 } }),
  },
  {
    name: "xor",
    title: "XOR without a hidden layer",
    text: [
      "A point is of the one class where its coordinates have the same sign, and of the other where they differ: exclusive or.",
      "This network has no hidden layer: scores are weighted sums of x1 and x2, so its boundary is a straight line. Guessing costs $\\ln 2 = 0.693$ a row.",
    ],
    tries: [
      {
        says: "Train for 200 epochs: the loss stays near 0.69.",
        seen: (now) => now.settings.network.layers.length === 0 && now.settings.features.length === 2 && above(now, 0.6, 200),
      },
    ],
    question: {
      says: "Bring the loss below 0.3. There are two ways.",
      seen: (now) => below(now, 0.3) && (now.settings.network.layers.length > 0 || now.settings.features.includes("x1x2")),
    },
    answer:
      "A hidden layer of a few units bends the plane; or the product x1x2 as an input, by which you did the bending yourself. The other way is worth a look too.",
    settings: begin("xor", {
      data: { kind: "XOR", noise: 0 },
      network: { layers: [] },
      training: { optimizer: { is: "Adam", rate: 0.01 } },
    }),
  },
  {
    name: "depth",
    title: "Why depth: spirals",
    text: [
      "Two arms wind around each other almost twice. One hidden layer of eight units adds up eight bends of the plane: too few for all the turns.",
      "A second layer bends what the first has bent already. Bends multiply instead of adding up.",
    ],
    tries: [
      {
        says: "Train for 1,000 epochs with one hidden layer of 8 units: the loss stays above 0.3.",
        seen: (now) => now.settings.network.layers.length === 1 && above(now, 0.3, 1000),
      },
    ],
    question: {
      says: "Keep 8 units in every layer. What brings the loss below 0.1?",
      seen: (now) =>
        now.settings.network.layers.length >= 2 &&
        now.settings.network.layers.every(({ units }) => units <= 8) &&
        below(now, 0.1),
    },
    answer:
      "A second hidden layer of 8 gets there within 300 epochs. Look at each unit's picture: the first layer's are stripes, the second's have curves.",
    settings: begin("depth", {
      data: { kind: "Spirals", rows: 300, noise: 0.2 },
      network: { layers: layers("Tanh", 8) },
      training: { optimizer: { is: "Adam", rate: 0.02 } },
    }),
  },
];
