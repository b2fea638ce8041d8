/** A recorded run as a player: it plays its moments back, and trains nothing. What is asked of a moment, `player` computes. */

import { type Recording, unpacked } from "../export/replay";
import type { Frame, History, Transport } from "../protocol";
import { decode } from "./codec";

/** Moments a second at full speed. */
const SPEED = 12;
const NO_TRAINING = "This is a recording: it plays back and cannot be changed. mlnn play trains.";

export async function recorded(text: string, player: Transport): Promise<Transport> {
  const { plan, page, table, history, moments, seconds }: Recording = decode(await unpacked(text));
  const last = moments.length - 1;
  let place = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  // nothing is trained here: no optimizer is needed, and none may keep weights of its own to predict by
  await player.set("plan", { plan: { ...plan, optimizer: { is: "SGD" }, frozen: [] }, theta: moments[0].theta });
  async function move(to: number): Promise<void> {
    place = Math.min(Math.max(to, 0), last);
    await player.send("theta", { theta: moments[place].theta });
  }
  function pause(): void {
    clearInterval(timer);
    timer = undefined;
  }
  function play(until: number, pace: number): void {
    pause();
    if (place === last) void move(0);
    timer = setInterval(() => {
      void move(place + 1);
      if (place === last || moments[place].number >= until) pause();
    }, 1000 / Math.min(pace, SPEED));
  }
  const nearest = (number: number) =>
    moments.reduce((best, each, k) => (Math.abs(each.number - number) < Math.abs(moments[best].number - number) ? k : best), 0);

  /** The curves' place at this moment: the last point that is not after it. */
  function point(): number {
    let at = -1;
    while (at + 1 < history.number.length && history.number[at + 1] <= moments[place].number) at++;
    return at;
  }
  /** Numbers and weights are of the moment that is asked for, also where the next one comes meanwhile. */
  async function frame(): Promise<Frame> {
    const [at, { number }, playing] = [point(), moments[place], timer !== undefined];
    const computed = await player.get("frame");
    const value = (of: keyof History) => (at < 0 ? NaN : history[of][at]);
    const validLoss = value("validLoss");
    const step = at < 0 ? 0 : value("step");
    return {
      ...computed,
      number,
      step,
      loss: value("loss"),
      objective: value("objective"),
      validLoss: Number.isNaN(validLoss) ? null : validLoss,
      rate: value("rate"),
      seconds: (seconds * step) / (history.step[history.step.length - 1] || 1),
      stepsPerSecond: 0,
      playing,
      update: null,
      trouble: null,
    };
  }
  function soFar(): History {
    const cut = Object.entries(history).map(([name, values]) => [name, name === "kept" ? values : values.slice(0, point() + 1)]);
    return { ...Object.fromEntries(cut), kept: Float64Array.from(moments, ({ number }) => number) };
  }

  const answers: { [question: string]: (detail: any) => unknown } = {
    state: () => ({ host: "replay", plan, page, table }),
    frame,
    history: soFar,
    table: () => table,
    kept: ({ number }) => moments[nearest(number)],
    landscape: async (detail) => {
      const { number } = moments[place];
      return { ...(await player.get("landscape", detail)), number };
    },
  };
  const commands: { [command: string]: (detail: any) => unknown } = {
    play: ({ until = Infinity, pace = Infinity } = {}) => play(until, pace),
    pause,
    steps: () => move(place + 1),
    epochs: () => move(place + 1),
    back: ({ number }) => (pause(), move(nearest(number))),
  };
  return {
    get: async (question, detail) => (await (answers[question] ? answers[question](detail) : player.get(question, detail))) as any,
    set: async (what, value) => {
      if (what === "plan") throw new Error(NO_TRAINING);
      await player.set(what, value);
    },
    send: async (command, detail) => {
      if (!commands[command]) throw new Error(NO_TRAINING);
      await commands[command](detail);
    },
    on: () => () => {},
    close: () => (pause(), player.close()),
  };
}
