"""When the page looks at its player, run in Node: while it is seen, hidden, and seen again."""

import pytest
from node import answered, built, needs_node

pytestmark = needs_node

ENTRY = """
import { readFileSync } from "node:fs";
import { frames } from "./src/page/frames";

const { playing } = JSON.parse(readFileSync(0, "utf8"));
let number = 0, looks = 0, later = [], drawings = [], change;
globalThis.document = { hidden: false, addEventListener: (_, hear) => (change = hear) };
globalThis.requestAnimationFrame = (draw) => drawings.push(draw);
globalThis.cancelAnimationFrame = (request) => (drawings[request - 1] = () => {});
const real = globalThis.setTimeout;
globalThis.setTimeout = (run) => (later = [run]);
globalThis.clearTimeout = () => (later = []);
const transport = { get: async (what) => (what === "frame" ? (looks++, { number: number++, playing }) : {}) };
const shown = [], told = {};
const rest = () => new Promise((go) => real(go, 20));
async function counted(name, act) {
  const before = looks;
  act();
  await rest();
  told[name] = looks - before;
}
const seen = (is) => () => ((document.hidden = !is), change());
const { wake } = frames(transport, (frame) => shown.push(frame.number), () => {});
await counted("at first", wake);
await counted("hidden before it was drawn", seen(false));
told.shown = [...shown];
for (const name of ["a second later", "and one more"]) await counted(name, () => later.shift()());
await counted("seen again", seen(true));
await counted("drawn", () => drawings.pop()());
console.log(JSON.stringify(told));
"""


@pytest.mark.parametrize("playing", [True, False])
def test_a_hidden_page_looks_once_a_second_and_one_that_is_seen_again_at_once(tmp_path, playing):
    told = answered(built(tmp_path, ENTRY), {"playing": playing})
    assert told == {
        "at first": 1,
        "hidden before it was drawn": 0,
        "shown": [0],
        "a second later": 1,
        "and one more": 1,
        "seen again": 1,
        "drawn": int(playing),
    }
