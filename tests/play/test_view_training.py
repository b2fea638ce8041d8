"""How it is learned: every part of the catalogue is chosen on the page, while it trains."""

import re
from functools import partial

import pytest
from waiting import until, until_stands, until_true

from mlnn.play.catalogue import catalogue

KINDS = catalogue()


def names(*families):
    return [kind["is"] for family in families for kind in KINDS[family]]


def plan(server):
    return server.player.get("state")["plan"]


def is_chosen(server, read, kind):
    return (read(plan(server)) or {}).get("is") == kind


def choose_each(page, server, label, kinds, read):
    """Choose each kind in turn; the player must have it, and say nothing against it."""
    for kind in kinds:
        page.get_by_label(label, exact=True).first.select_option(kind)
        chosen = partial(is_chosen, server, read, kind)
        until_true(chosen, told=page.locator(".notices").inner_text)
        trouble = server.player.get("frame")["trouble"]
        assert trouble is None or trouble["cause"] == "diverged"
    assert page.locator(".notice").count() == 0


@pytest.fixture
def playing(live):
    live.get_by_role("button", name="Play").click()
    live.get_by_role("button", name="Pause").wait_for()
    return live


def test_every_optimizer(playing, server):
    kinds = [kind for kind in names("optimizers", "wrappers") if kind != "LBFGS"]
    choose_each(playing, server, "Optimizer", kinds, lambda plan: plan["optimizer"])


def test_every_schedule(playing, server):
    choose_each(playing, server, "Schedule", names("schedules"), lambda plan: plan["schedule"])


def test_every_penalty(playing, server):
    choose_each(playing, server, "Penalty", names("penalties"), lambda plan: plan["penalty"])
    playing.get_by_label("Penalty", exact=True).select_option("none")
    until(playing, "location.hash.includes('penalty=null')")  # the page starts with one
    until_true(lambda: plan(server)["penalty"] is None)


def test_every_output_for_classes(playing, server):
    kinds = ["Logistic", "Hinge", "SquaredHinge", "Softmax"]
    choose_each(playing, server, "Output and loss", kinds, lambda plan: plan["network"]["output"])


def test_every_output_for_values(live, server):
    live.locator(".kinds label", has_text="Wave").click()
    until(live, "location.hash.includes('LeastSquares')")
    kinds = ["Absolute", "Huber", "Quantile", "LeastSquares"]
    choose_each(live, server, "Output and loss", kinds, lambda plan: plan["network"]["output"])


def test_every_activation(playing, server):
    kinds = [*names("layers"), "Maxout", "PReLU"]
    choose_each(playing, server, "Activation of layer 1", kinds, lambda plan: plan["network"]["gates"][2])


def test_every_initializer(live, server):
    live.get_by_text("First weights and numbers").click()
    kinds = names("initializers")
    choose_each(live, server, "First weights", kinds, lambda plan: plan["network"]["gates"][0]["initializer"])


def test_a_wrapper_holds_the_rule_that_was_there(live, server):
    live.get_by_label("Optimizer", exact=True).select_option("SGD")
    live.get_by_label("Optimizer", exact=True).select_option("ClipNorm")
    until(live, "location.hash.includes('ClipNorm')")
    assert plan(server)["optimizer"] == {"is": "ClipNorm", "optimizer": {"is": "SGD", "rate": 0.01}}
    live.get_by_label("Optimizer", exact=True).first.select_option("Momentum")
    until(live, "!location.hash.includes('ClipNorm')")
    assert plan(server)["optimizer"] == {"is": "Momentum", "rate": 0.01}


def test_the_rate_is_typed_and_nonsense_is_undone(live, server):
    field = live.locator(".training").get_by_label("rate", exact=True)
    field.fill("0,5")
    field.press("Enter")
    until(live, "location.hash.includes(\"'rate':0.5\")")
    assert plan(server)["optimizer"]["rate"] == 0.5
    field.fill("fast")
    field.press("Enter")
    live.get_by_text("expected a number").wait_for()
    assert field.input_value() == "0.5"


def test_thousands_are_typed_as_the_page_writes_them(live, server):
    epochs = live.get_by_label("Epochs of the schedule", exact=True)
    epochs.fill("2,000")
    epochs.press("Enter")
    until(live, "location.hash.includes('2000')")
    assert server.player.get("state")["plan"]["epochs"] == 2000
    live.get_by_label("Run to epoch").fill("1,000")
    live.get_by_label("Run to epoch").press("Enter")
    until_stands(live, "epoch", "1,000")


def test_precision_and_sums(live, server):
    live.get_by_text("First weights and numbers").click()
    live.get_by_label("Precision").select_option("float32")
    live.get_by_label("Sum gradients").check()
    until(live, "location.hash.includes('float32') && location.hash.includes('sum=true')")
    assert (plan(server)["precision"], plan(server)["sum"]) == ("float32", True)


def test_a_formula_stands_behind_each_part(live):
    live.get_by_label("Formula of Adam").click()
    assert live.locator(".formulas[open] math").count() > 0


def test_what_opened_closes_by_escape_and_by_a_click_elsewhere(live):
    for close in (lambda: live.keyboard.press("Escape"), lambda: live.locator("h1").click()):
        live.get_by_label("Formula of Adam").click()
        until(live, "document.querySelectorAll('.formulas[open]').length === 1")
        close()
        until(live, "document.querySelectorAll('.formulas[open]').length === 0")


def test_other_first_weights_begin_anew_once_a_trained_run_may_go(live, server):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.get_by_text("First weights and numbers").click()
    weights, seed = live.get_by_label("First weights", exact=True), live.get_by_label("Seed", exact=True)
    seed.fill("7")
    seed.press("Enter")
    live.get_by_text("Seed 7 begins a run of its own, in place of yours, which stands at epoch 1.").wait_for()
    assert seed.input_value() == "3"
    live.get_by_label("First biases", exact=True).select_option("Normal")
    live.get_by_text("Another choice of first biases begins a run of its own").wait_for()
    weights.select_option("Constant")
    live.get_by_text("Another choice of first weights begins a run of its own").wait_for()
    assert weights.input_value() == ""
    assert server.player.get("frame")["step"] == 1
    live.get_by_role("button", name="Begin it").click()
    until_stands(live, "epoch", "0")
    assert weights.input_value() == "Constant"
    until_true(lambda: not server.player.get("frame")["theta"].any())


def test_a_divergence_names_its_step_its_gate_and_its_cause(live):
    live.get_by_label("Optimizer", exact=True).first.select_option("SGD")
    live.get_by_label("rate", exact=True).first.fill("1e200")
    live.get_by_label("rate", exact=True).first.press("Enter")
    until(live, "location.hash.includes('1e%2B200') || location.hash.includes('1e+200')")
    live.get_by_role("button", name="Play", exact=True).click()
    told = live.get_by_role("alert")
    told.wait_for()
    happened = r"diverged in epoch 1, in step 1: the step makes the weights of gate \d \((mul W|add b)\d\) as large as"
    assert re.search(happened + r" \d(\.\d)?e\+\d+\. Good weights are back: those of step 0\.", told.inner_text())
    assert "The learning rate 1e+200 is probably too high: try 0.01." in told.inner_text()


def test_a_climb_is_mended_with_one_click(live):
    """Weights that long steps have saturated learn no more: one click finds better ones, and a rate that trains."""
    live.get_by_label("rate", exact=True).first.fill("1000")
    live.get_by_label("rate", exact=True).first.press("Enter")
    until(live, "location.hash.includes('1000')")
    live.get_by_role("button", name="Play", exact=True).click()
    told = live.get_by_role("alert")
    told.get_by_text("all units of layer 1 saturated").wait_for()
    assert "steeper still" not in told.inner_text()
    live.get_by_role("button", name="Lower the rate to 0.001 and go on").click()
    until(live, "Number(document.querySelector('[data-standing=loss]').textContent) < 0.7")
    told.wait_for(state="detached")
    assert live.locator(".notice").count() == 0


def test_a_network_that_begins_elsewhere_after_a_change_has_not_diverged(live):
    settings = "#1&data.noise=0&training.penalty=null&training.optimizer={'is':'Adam','rate':0.3}"
    live.evaluate("settings => location.hash = settings", settings)
    until(live, "location.hash.includes('noise')")
    live.get_by_label("Run to epoch").fill("3000")
    live.get_by_label("Run to epoch").press("Enter")
    until_stands(live, "epoch", "3,000")
    live.get_by_label("One hidden layer fewer").click()
    until(live, "Number(document.querySelector('[data-standing=loss]').textContent) > 7")  # ten times the start's
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "3,001")
    assert live.get_by_text("Training diverged").count() == 0


def test_weights_that_were_typed_have_not_diverged(live, server):
    told = live.get_by_text("Training diverged")
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.locator(".unit.output button").first.click()
    field = live.get_by_label("Value of W2[0,0]")
    field.fill("1000")
    field.press("Enter")
    high = "Number(document.querySelector('[data-standing=loss]')?.textContent.replace(/,/g, '')) > 50"
    until(live, high)
    assert told.count() == 0
    live.reload()
    until(live, high)
    assert told.count() == 0
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "2")
    until(live, high)
    assert told.count() == 0


@pytest.mark.parametrize("label", ["Batch", "Epochs of the schedule"])
def test_whole_numbers_that_are_not_kept_apart_are_refused_where_they_are_typed(live, server, label):
    field = live.get_by_label(label, exact=True)
    before = field.input_value()
    field.fill("1e21")
    field.press("Enter")
    live.get_by_text(f"{label}: expected a whole number from 1 to 9007199254740991, but “1e21” was entered.").wait_for()
    assert field.input_value() == before
