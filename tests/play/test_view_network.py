"""The diagram: layers and units come and go and the other weights stay, weights are edited and frozen."""

import itertools

import numpy as np
import pytest
from waiting import until, until_stands, until_true

from mlnn.tabular.described import network_of


@pytest.fixture
def named(live, server):
    """Return what reads the parameters by name."""

    def read():
        network = network_of(server.player.get("state")["plan"]["network"])
        theta = server.player.get("frame")["theta"]
        return {name: values.copy() for name, values in network.named(theta).items()}

    return read


def until_units(page, *units):
    """Wait until the player's network has these hidden layers."""
    until(
        page,
        "units => [...document.querySelectorAll('.count input')].map(field => field.value).join() === units.join()",
        [str(each) for each in units],
    )
    until(
        page,
        "() => document.querySelectorAll('.unit:not(.input):not(.output)').length === "
        f"{sum(min(each, 16) for each in units)}",
    )


def test_units_come_and_go_and_the_others_stay(live, named):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    before = named()
    live.get_by_label("One unit more in layer 1").click()
    until_units(live, 4)
    grown = named()
    np.testing.assert_array_equal(grown["W1"][:, :3], before["W1"])
    np.testing.assert_array_equal(grown["W2"][:3], before["W2"])
    np.testing.assert_array_equal(grown["b2"], before["b2"])
    assert grown["W1"].shape == (2, 4)
    assert np.any(grown["W1"][:, 3])
    live.get_by_label("One unit fewer in layer 1").click()
    until_units(live, 3)
    for name, values in named().items():
        np.testing.assert_array_equal(values, before[name])


def test_the_time_line_says_where_another_network_began(live):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    said = live.get_by_text("The time line begins again at epoch 1, with this network")
    assert said.count() == 0
    live.get_by_label("One unit more in layer 1").click()
    said.wait_for()
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "2")
    live.get_by_role("slider", name="Time line").wait_for()
    assert said.count() == 1


def test_units_are_typed_too_and_nonsense_is_undone(live):
    field = live.get_by_label("Units of layer 1")
    field.fill("7")
    field.press("Enter")
    until_units(live, 7)
    field.fill("1.5")
    field.press("Enter")
    live.get_by_text("expected a whole number from 1 to 256").wait_for()
    assert field.input_value() == "7"


def test_layers_come_and_go_in_place(live, named):
    live.get_by_role("button", name="Epoch", exact=True).click()  # before it, first weights are drawn anew
    until_stands(live, "epoch", "1")
    before = named()
    live.get_by_label("More of layer 1").click()
    live.get_by_role("button", name="Add a layer after it").click()
    until_units(live, 3, 3)
    grown = named()
    np.testing.assert_array_equal(grown["W1"], before["W1"])
    np.testing.assert_array_equal(grown["W3"], before["W2"])
    live.get_by_label("One hidden layer fewer").click()
    until_units(live, 3)
    np.testing.assert_array_equal(named()["W1"], before["W1"])
    live.get_by_label("One hidden layer fewer").click()
    live.get_by_text("0 hidden layers").wait_for()
    live.get_by_label("One hidden layer more").click()
    until_units(live, 3)


def test_another_activation_keeps_the_weights_while_it_trains(live, server, named):
    live.get_by_label("Activation of layer 1").select_option("ReLU")
    until(live, "location.hash.includes('ReLU')")
    before = named()
    live.get_by_role("button", name="Play").click()
    for activation in ("Sigmoid", "Maxout", "PReLU", "Tanh"):
        live.get_by_label("Activation of layer 1").select_option(activation)
        until(live, "name => location.hash.includes(name) || name === 'Tanh'", activation)
    live.get_by_role("button", name="Pause").click()
    assert named()["W1"].shape == before["W1"].shape
    assert live.locator(".notice").count() == 0


def test_batch_norm_and_dropout(live, server):
    live.get_by_label("More of layer 1").click()
    live.get_by_label("Batch norm").check()
    live.get_by_label("Dropout", exact=True).fill("0.25")
    live.get_by_label("Dropout", exact=True).press("Enter")
    until(live, "location.hash.includes('0.25')")
    gates = [gate["is"] for gate in server.player.get("state")["plan"]["network"]["gates"]]
    assert gates == ["MultiplyGate", "AddGate", "BatchNorm", "Tanh", "Dropout", "MultiplyGate", "AddGate"]
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")


def test_a_weight_is_edited_and_frozen(live, named):
    live.get_by_role("button", name="Layer 1, unit 2").click()
    field = live.get_by_label("Value of W1[0,1]")
    field.fill("2.5")
    field.press("Enter")
    until(live, "document.querySelector('[aria-label=\"Value of W1[0,1]\"]').value === '2.5'")
    assert named()["W1"][0, 1] == 2.5
    said = live.get_by_text("Frozen is what a weight is now. Reset")
    assert said.count() == 0
    live.get_by_label("Freeze W1[0,1]").check()
    said.wait_for()
    until(live, "location.hash.includes('frozen')")
    before = named()
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    after = named()
    assert after["W1"][0, 1] == 2.5
    assert np.all(after["W1"][:, [0, 2]] != before["W1"][:, [0, 2]])
    field.fill("much")
    field.press("Enter")
    live.get_by_text("A weight is a number").wait_for()


def test_an_edited_weight_takes_no_other_back(live, server, named):
    """Training goes on while a number is typed; the header and the curves tell the same loss of what was set."""
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.get_by_role("button", name="Layer 1, unit 2").click()
    field = live.get_by_label("Value of W1[0,1]")
    field.fill("2.5")
    server.player.send("epochs", {"count": 500})
    until_true(lambda: server.player.get("frame")["number"] == 501)
    others = named()["W1"][:, [0, 2]]
    field.press("Enter")
    until_true(lambda: named()["W1"][0, 1] == 2.5)
    np.testing.assert_array_equal(named()["W1"][:, [0, 2]], others)
    loss = "document.querySelector('[data-standing=loss]').textContent"
    now = server.player.get("frame")["loss"]
    until_true(lambda: float(live.evaluate(loss)) == pytest.approx(now, rel=1e-3))
    until(live, f"document.querySelector('[data-picture=loss] output').textContent === {loss}")


def test_a_bias_is_frozen_by_one_index(live, named):
    live.get_by_role("button", name="Layer 1, unit 2").click()
    live.get_by_label("Freeze b1[1]").check()
    until(live, "location.hash.includes('b1[1]')")
    before = named()
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    moved = named()["b1"].ravel() != before["b1"].ravel()
    assert moved.tolist() == [True, False, True]


def test_a_frozen_weight_stays_with_its_input_when_features_come_and_go(live, server):
    live.get_by_role("button", name="Layer 1, unit 1").click()
    live.get_by_label("Freeze W1[1,0]").check()
    until(live, "location.hash.includes('W1[1,0]')")
    live.locator(".chips label", has_text="x1").first.click()
    until(live, "location.hash.includes('W1[0,0]')")
    until_true(lambda: server.player.get("state")["plan"]["frozen"] == [0])


def test_a_frozen_weight_keeps_its_place_when_a_layer_comes_before_it(live, server):
    live.get_by_role("button", name="Output, unit 0").click()
    live.get_by_label("Freeze W2[1,0]").check()
    until(live, "location.hash.includes('W2[1,0]')")
    live.get_by_label("One hidden layer more").click()
    until(live, "location.hash.includes('W3[1,0]')")
    network = network_of(server.player.get("state")["plan"]["network"])
    place = next(each.place for each in network.placed if each.name == "W3")
    assert server.player.get("state")["plan"]["frozen"] == [place.start + 2]


def test_every_parameter_stays_frozen_until_it_is_gone(live):
    layer = "{'units':3,'layer':{'is':'PReLU'},'norm':true,'dropout':0}"
    frozen = "'b1[1]','gain1[2]','a1[0]'"
    live.evaluate("settings => location.hash = settings", f"#1&network.layers=[{layer}]&network.frozen=[{frozen}]")
    until(live, "document.querySelector('.count input')?.value === '3' && location.hash.includes('PReLU')")
    live.get_by_label("One hidden layer more").click()
    until(live, "document.querySelectorAll('.count input').length === 2")
    until(live, f"location.hash.includes(`frozen=[{frozen}]`)")
    field = live.get_by_label("Units of layer 1")
    field.fill("2")
    field.press("Enter")
    live.get_by_text("Frozen before, but not there any more: weight “gain1[2]”.").wait_for()
    until(live, "location.hash.includes(`frozen=['b1[1]','a1[0]']`)")


def test_numbers_beside_the_edges(live, named):
    live.get_by_label("Numbers").check()
    until(live, "document.querySelectorAll('text.weight').length === 12")
    written = live.locator("text.weight").first.text_content()
    assert float(written.replace("−", "-")) == pytest.approx(named()["W1"][0, 0], abs=0.05)


def test_a_large_network_says_what_is_not_shown(live):
    field = live.get_by_label("Units of layer 1")
    field.fill("64")
    field.press("Enter")
    live.get_by_text("+ 48 more").wait_for()


def test_heads_of_layers_stand_apart_on_a_phone(still):
    still.set_viewport_size({"width": 390, "height": 844})
    for _ in range(3):
        still.get_by_label("One hidden layer more").click()
    still.get_by_label("Units of layer 4").wait_for()
    spans = still.locator(".head").evaluate_all(
        """all => all.map(head => {
            const parts = [...head.querySelectorAll(":is(button, input, select, summary):not(.popover *)")];
            const places = parts.map(each => each.getBoundingClientRect());
            return [Math.min(...places.map(each => each.left)), Math.max(...places.map(each => each.right))];
        })"""
    )
    assert all(right <= left for (_, right), (left, _) in itertools.pairwise(spans)), spans


def test_what_is_infinite_where_training_diverged_has_the_strongest_colour(still):
    layer = "{'units':8,'layer':{'is':'ReLU'},'norm':false,'dropout':0}"
    settings = f"network.layers=[{layer}]&training.optimizer={{'is':'SGD','rate':10}}&training.penalty=null"
    still.evaluate("settings => location.hash = `#1&${settings}`", settings)
    until_units(still, 8)
    still.get_by_role("button", name="Play", exact=True).click()
    still.get_by_role("alert").wait_for()
    unknown = """() => [...document.querySelectorAll('.pictures')].some((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const grey = (i) => data[i] === 128 && data[i + 1] === 128 && data[i + 2] === 128;
      return Array.from({ length: data.length / 4 }, (_, k) => 4 * k).some(grey);
    })"""
    until(still, f"!({unknown})()")
