"""Several views of one notebook's page: they share a player, and hear each other's replies."""

from node import answered, built, needs_node

pytestmark = needs_node

ENTRY = """
import { kernel } from "./src/hosts/widget";

const ears = new Set(), told = [];
const model = {
  on: (_, hear) => ears.add(hear),
  off: (_, hear) => ears.delete(hear),
  send: ({ id, name }) => {
    const value = name === "state" ? { host: "widget", plan: null, page: null, table: null } : name;
    setTimeout(() => ears.forEach((hear) => hear({ id, value }, [])));
  },
};
const opened = (name) => {
  const view = kernel(model);
  view.on("taken", () => told.push(name));
  return view;
};
const answer = (view, question) => view.get(question).catch(({ message }) => message);
const first = opened("first");
const alone = [(await answer(first, "state")).host, await answer(first, "frame")];
const second = opened("second");
await answer(second, "state");
const both = [await answer(first, "frame"), await answer(second, "frame"), await answer(second, "changes")];
const [third, fourth] = [opened("third"), opened("fourth")];
await Promise.all([answer(third, "state"), answer(fourth, "state")]);
both.push(await answer(fourth, "frame"));
console.log(JSON.stringify({ alone, both, told }));
"""


def test_a_view_that_opens_has_the_run_and_the_one_before_is_told(tmp_path):
    found = answered(built(tmp_path, ENTRY), None)
    assert found["alone"] == ["widget", "frame"]
    assert found["told"] == ["first", "second", "third"]
    assert "Another view of this page has the run now" in found["both"][0]
    assert found["both"][1:] == ["frame", "changes", "frame"]
