"""A recording as a player, run in Node: what it answers while it plays."""

from node import answered, built, needs_node

pytestmark = needs_node

ENTRY = """
import { packed } from "./src/export/replay";
import { encode } from "./src/hosts/codec";
import { recorded } from "./src/hosts/replay";

const numbers = Float64Array.of(0, 1, 2, 3);
const names = ["number", "step", "loss", "objective", "validLoss", "rate"];
const history = Object.fromEntries(names.map((name) => [name, numbers]));
const moments = [...numbers].map((number) => ({ number, theta: Float64Array.of(number) }));
const recording = { plan: {}, page: {}, table: null, history, moments, seconds: 1 };
let theta;
const player = {
  set: async () => {},
  send: async (_, value) => ({ theta } = value),
  get: async () => {
    const frame = { theta };
    await new Promise((go) => setTimeout(go, 120));
    return frame;
  },
};
const replay = await recorded(await packed(encode(recording)), player);
await replay.send("back", { number: 0 });
await replay.send("play");
const asked = [];
for (let k = 0; k < 40; k++) {
  asked.push(replay.get("frame"));
  await new Promise((go) => setTimeout(go, 10));
}
const frames = await Promise.all(asked);
console.log(JSON.stringify(frames.map((each) => ({ ...each, theta: each.theta[0] }))));
"""


def test_numbers_and_weights_are_of_one_moment_while_a_recording_plays(tmp_path):
    frames = answered(built(tmp_path, ENTRY), {})
    assert {frame["number"] for frame in frames} >= {0, 1, 2}
    for frame in frames:
        assert frame["number"] == frame["loss"] == frame["theta"]
        assert frame["playing"] == (frame["number"] < 3)
