import math
import re
import threading
import time

import numpy as np
import pytest
from plans import given, plan, points, rested, until, watched
from waiting import until_true

from mlnn.array import WEIGHTS, philox
from mlnn.engine import Reference, engines
from mlnn.network import Network
from mlnn.objective import Problem, data_loss, forward
from mlnn.optimizer import Nadam
from mlnn.penalty import L2
from mlnn.play.plan import Plan, laid_out
from mlnn.play.searcher import Searcher
from mlnn.play.standing import Standing, fastest
from mlnn.play.trainer import trained
from mlnn.schedule import Cosine
from mlnn.tabular.described import network_json, parameters_json
from mlnn.training import Dealt, Recipe, epochs, mean_of_rows, sum_of_rows

DROPPING = Network.dense([2, 6, 2], batch_norm=True, dropout=0.3)


def by_epochs(described, count, theta=None):
    """What ``epochs`` makes of a plan."""
    made = Plan.of(described)
    network = made.network
    theta = network.initial(np.random.RandomState(philox(described["seed"], WEIGHTS))) if theta is None else theta
    recipe = Recipe(
        made.recipe.optimizer,
        made.recipe.schedule,
        count,
        described["batch"],
        seed=described["seed"],
        order=Dealt(described["seed"]),
        convention=sum_of_rows if described["sum"] else mean_of_rows,
    )
    return list(epochs(made.problem, theta.astype(made.dtype), recipe, valid=made.valid))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"batch": None},
        {"batch": 7, "sum": True, "optimizer": {"is": "SGD", "rate": 0.01}},
        {"network": DROPPING},
        {"precision": "float32", "penalty": None, "valid": None},
        {"optimizer": parameters_json({"o": Nadam(0.02)})[0]["o"]},
    ],
    ids=str,
)
def test_epochs_are_those_of_the_loop(player, changes):
    given(player, **changes)
    player.send("epochs", {"count": 40})
    frame = rested(player)
    last = by_epochs(plan(**changes), 40)[-1]
    assert (frame["number"], frame["step"]) == (40, last.step)
    np.testing.assert_allclose(frame["theta"], last.raw_theta, rtol=1e-12 if last.theta.dtype == "f8" else 1e-5)
    np.testing.assert_allclose(frame["loss"], last.loss, rtol=1e-12 if last.theta.dtype == "f8" else 1e-5)
    if last.valid_loss is None:
        assert frame["validLoss"] is None
    else:
        np.testing.assert_allclose(frame["validLoss"], last.valid_loss, rtol=1e-12)


def test_single_steps_and_a_slow_pace_are_the_same_path(player):
    given(player)
    for _ in range(11):
        player.send("steps", {"count": 1})
    assert player.get("frame")["number"] == 1 + 3 / 8
    player.send("play", {"until": 4, "pace": 500})
    frame = rested(player)
    np.testing.assert_allclose(frame["theta"], by_epochs(plan(), 4)[-1].theta, rtol=1e-12)


def test_predictions_are_by_the_average_and_training_goes_on_from_what_it_moves(player):
    averaged = {"optimizer": {"is": "Averaged", "optimizer": {"is": "SGD", "rate": 0.3}}, "batch": None}
    given(player, **averaged)
    start = player.get("frame")
    assert start["rawTheta"] is None  # no average has begun
    np.testing.assert_array_equal(player.get("initial", {"network": plan()["network"], "seed": 3}), start["theta"])
    player.send("epochs", {"count": 4})
    frame, epochs = rested(player), by_epochs(plan(**averaged), 4)
    for name in ("theta", "raw_theta"):
        its = frame["theta" if name == "theta" else "rawTheta"]
        np.testing.assert_allclose(its, getattr(epochs[-1], name), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(player.theta, frame["theta"])
    np.testing.assert_allclose(player.get("kept", {"number": 2})["theta"], epochs[1].theta, rtol=1e-9, atol=1e-12)
    player.send("weight", {"place": 2, "value": 0.5})
    edited = player.get("frame")
    assert edited["rawTheta"][2] == 0.5
    np.testing.assert_array_equal(edited["theta"], frame["theta"])
    given(player)
    assert player.get("frame")["rawTheta"] is None


def test_an_average_that_takes_over_begins_at_the_weights(player):
    sgd = {"is": "SGD", "rate": 0.3}
    given(player, optimizer=sgd)
    player.send("epochs", {"count": 30})
    rested(player)
    player.set("plan", {"plan": plan(optimizer=sgd), "theta": "keep"})
    before = player.get("frame")  # with the loss of these weights, and not of the epoch's steps
    player.set("plan", {"plan": plan(optimizer={"is": "Averaged", "optimizer": sgd}), "theta": "keep"})
    frame = player.get("frame")
    np.testing.assert_array_equal(frame["theta"], before["theta"])
    assert (frame["loss"], frame["validLoss"]) == (before["loss"], before["validLoss"])
    player.send("steps", {"count": 1})
    after = rested(player)
    weight = 1 / after["step"]
    np.testing.assert_allclose(after["theta"], (1 - weight) * before["theta"] + weight * after["rawTheta"], atol=1e-12)


def test_an_average_begins_again_where_weights_are_others_in_number():
    made, more = (
        Plan.of(plan(network=Network.dense([2, units, 2]), optimizer={"is": "Averaged", "optimizer": {"is": "SGD"}}))
        for units in (4, 5)
    )
    standing = trained(Standing(made, made.network.initial(np.random.RandomState(0))).under(made), steps=8)
    theta = more.network.initial(np.random.RandomState(1))
    np.testing.assert_array_equal(standing.under(more, theta).weights, theta)


def test_a_schedule_that_listens_hears_every_epoch(player):
    changes = {"schedule": {"is": "ReduceOnPlateau", "patience": 2}, "optimizer": {"is": "SGD", "rate": 2.0}}
    given(player, **changes)
    player.send("epochs", {"count": 60})
    last = by_epochs(plan(**changes), 60)[-1]
    frame = rested(player)
    assert last.rate < 2.0
    assert frame["rate"] == last.rate
    np.testing.assert_allclose(frame["theta"], last.theta, rtol=1e-12)


def test_a_schedule_is_planned_for_the_epochs_and_training_goes_on_after_them(player):
    given(player, schedule=parameters_json({"s": Cosine()})[0]["s"], epochs=5)
    player.send("epochs", {"count": 9})
    frame = rested(player)
    assert frame["number"] == 9
    assert frame["rate"] == pytest.approx(0.0, abs=1e-3)


def test_the_last_update_is_what_the_last_step_added(player):
    given(player)
    player.send("steps", {"count": 20})
    before = rested(player)["theta"]
    player.send("steps", {"count": 1})
    after = rested(player)
    np.testing.assert_allclose(before + after["update"], after["theta"], rtol=0, atol=1e-15)
    assert np.abs(after["update"]).max() > 0


def test_frozen_places_stand_and_others_move(player):
    frozen = [0, 4, 7]
    given(player, frozen=frozen, penalty={"is": "L2", "strength": 0.1})
    start = player.get("frame")["theta"]
    player.send("epochs", {"count": 3})
    end = rested(player)["theta"]
    np.testing.assert_array_equal(end[frozen], start[frozen])
    moved = np.delete(end, frozen) != np.delete(start, frozen)
    assert moved.all()


def test_a_frozen_first_layer_trains_as_the_rest_of_the_network_alone(player):
    network = Network.dense([2, 3, 2])
    frozen = list(range(9))
    given(player, network=network, frozen=frozen, optimizer={"is": "SGD", "rate": 0.1}, penalty=None)
    start = player.get("frame")["theta"]
    X, y = points()
    hidden = forward(network, network.views(start), X).values[3]
    rest = Network.dense([3, 2])
    described = plan(rest, optimizer={"is": "SGD", "rate": 0.1}, penalty=None, valid=None)
    described["train"] = {"X": laid_out(hidden), "y": laid_out(y)}
    player.send("epochs", {"count": 5})
    np.testing.assert_allclose(rested(player)["theta"][9:], by_epochs(described, 5, start[9:])[-1].theta, rtol=1e-9)


def test_the_seed_draws_the_first_weights(player):
    network = Network.dense([2, 5, 2])
    drawn = player.get("initial", {"network": network_json(network), "seed": 3})
    np.testing.assert_array_equal(drawn, network.initial(np.random.RandomState(philox(3, WEIGHTS))))
    given(player)
    np.testing.assert_array_equal(player.get("frame")["theta"], drawn)


def test_settings_change_while_it_trains_and_nothing_is_lost(player):
    given(player)
    player.send("play")
    until(player, lambda frame: frame["step"] > 100)
    given(player, theta="keep", optimizer={"is": "Adam", "rate": 0.001}, batch=16)
    frame = until(player, lambda frame: frame["step"] > 300)
    assert frame["playing"]
    player.send("pause")
    kept = player.get("history")["number"]
    assert kept[0] == 0
    assert (np.diff(kept) > 0).all()


def test_keeping_goes_on_as_if_nothing_had_been_said(player):
    given(player)
    player.send("steps", {"count": 21})  # in the middle of an epoch
    given(player, theta="keep")
    player.send("play", {"until": 6})
    np.testing.assert_allclose(rested(player)["theta"], by_epochs(plan(), 6)[-1].theta, rtol=1e-12)


def test_another_optimizer_begins_with_its_own_state(player):
    given(player)
    player.send("epochs", {"count": 3})
    before = rested(player)
    given(player, theta="keep", optimizer={"is": "RMSprop", "rate": 0.01})
    player.send("steps", {"count": 1})
    after = rested(player)
    assert after["step"] == before["step"] + 1
    assert np.isfinite(after["theta"]).all()


def test_a_momentum_may_follow_a_schedule(player):
    given(player, optimizer={"is": "Momentum", "rate": 0.05, "momentum": {"is": "Linear", "start": 0.5, "end": 0.99}})
    player.send("epochs", {"count": 3})
    assert rested(player)["step"] == 24


def test_fresh_begins_anew(player):
    given(player)
    start = player.get("frame")["theta"]
    player.send("epochs", {"count": 2})
    rested(player)
    given(player)
    frame = player.get("frame")
    np.testing.assert_array_equal(frame["theta"], start)
    assert (frame["number"], frame["step"]) == (0, 0)
    assert frame["loss"] == pytest.approx(loss_at(plan(), start))


def test_the_curves_begin_with_the_loss_of_the_first_weights(player):
    given(player)
    theta = player.get("frame")["theta"]
    for scale in (1, 2):
        player.send("theta", {"theta": scale * theta})
        history = player.get("history")
        assert history["number"].tolist() == [0]
        assert history["loss"] == pytest.approx([loss_at(plan(), scale * theta)])


def loss_at(described, theta, rows="problem"):
    """The mean loss of some weights on a plan's rows."""
    made = Plan.of(described)
    rows = getattr(made, rows)
    return data_loss(rows, forward(made.network, made.network.views(theta), rows.X).scores)


def test_weights_and_rows_that_are_set_are_judged_as_they_are(player):
    """What the last epoch came to does not tell of them."""
    given(player)
    player.send("epochs", {"count": 2})
    theta = 3 * rested(player)["theta"]
    player.send("theta", {"theta": theta})
    frame = player.get("frame")
    assert (frame["loss"], frame["validLoss"]) == pytest.approx(
        (loss_at(plan(), theta), loss_at(plan(), theta, "valid"))
    )
    rows = plan()["train"]
    others = {"train": rows | {"X": rows["X"] | {"data": 2 * rows["X"]["data"]}}}
    given(player, theta="keep", **others)
    assert player.get("frame")["loss"] == pytest.approx(loss_at(plan(**others), theta))


def test_rows_that_stay_the_same_are_held_once(player):
    """Each change remembers its plan: a dragged slider would fill the memory with a large table."""
    given(player, batch=10)
    player.send("steps", {"count": 1})
    rested(player)
    given(player, theta="keep", batch=20)
    one, other = (change.plan for change in player._driver.standing.changes)
    assert one is not other
    assert one.problem.X is other.problem.X
    assert one.described["train"] is other.described["train"]
    given(player, theta="keep", batch=20, train=plan()["valid"])
    assert player._driver.standing.plan.problem.X is not one.problem.X


def test_a_theta_of_the_pages_own_is_taken(player, random):
    given(player)
    player.send("epochs", {"count": 2})
    rested(player)
    wider = Network.dense([2, 7, 2])
    theta = random.normal(size=wider.size)
    given(player, theta=theta, network=wider)
    frame = rested(player)
    np.testing.assert_array_equal(frame["theta"], theta)
    assert frame["number"] == 2
    player.send("theta", {"theta": 2 * theta})
    np.testing.assert_array_equal(player.get("frame")["theta"], 2 * theta)


def test_it_goes_back_and_takes_the_same_path_again(player):
    given(player)
    player.send("epochs", {"count": 4})
    rested(player)
    number = player.get("history")["kept"][2]
    kept = player.get("kept", {"number": number})
    player.send("epochs", {"count": 4})
    end = rested(player)
    player.send("back", {"number": number})
    frame = player.get("frame")
    assert frame["number"] == number
    np.testing.assert_array_equal(frame["theta"], kept["theta"])
    assert player.get("history")["number"].max() <= number
    player.send("play", {"until": end["number"]})
    np.testing.assert_allclose(rested(player)["theta"], end["theta"], rtol=1e-12)


def test_going_back_before_other_rows_judges_by_those_that_there_are(player):
    given(player)
    player.send("epochs", {"count": 2})
    rested(player)
    rows = plan()["train"]
    others = {"train": rows | {"X": rows["X"] | {"data": 2 * rows["X"]["data"]}}}
    given(player, theta="keep", **others)
    player.send("epochs", {"count": 2})
    rested(player)
    player.send("back", {"number": 1})
    frame = player.get("frame")
    assert frame["loss"] == pytest.approx(loss_at(plan(**others), frame["theta"]))
    assert frame["validLoss"] == pytest.approx(loss_at(plan(**others), frame["theta"], "valid"))


def test_epoch_0_can_be_gone_back_to(player):
    given(player)
    start = player.get("frame")["theta"]
    player.send("epochs", {"count": 3})
    rested(player)
    player.send("back", {"number": 0})
    np.testing.assert_array_equal(player.get("frame")["theta"], start)


def test_a_divergence_is_explained_and_the_last_good_weights_are_back(player):
    network = Network.dense([2, 8, 2], "relu")
    given(player, optimizer={"is": "SGD", "rate": 1e12}, network=network, sum=True)
    player.send("play")
    frame = rested(player)
    assert np.isfinite(frame["theta"]).all()
    assert re.match(r"Training diverged in epoch \d, in step \d+: .* gate \d \(", frame["trouble"]["message"])
    assert frame["trouble"]["message"].endswith(f"those of step {frame['step']}.")
    assert "rate" in frame["trouble"]["cause"]
    assert "summed" in frame["trouble"]["cause"]
    given(player, theta="keep", optimizer={"is": "SGD", "rate": 1e-9}, network=network)
    assert player.get("frame")["trouble"] is None
    player.send("steps", {"count": 3})
    assert rested(player)["step"] == frame["step"] + 3


def test_what_is_back_after_a_climb_is_no_worse_than_the_beginning(player):
    """The last weights that are finite are of no use: their loss is near the largest number."""
    network = Network.dense([2, 8, 1], "relu", "least_squares")
    y = {"data": np.sin(plan()["train"]["X"]["data"][::2]), "columns": 1}
    settings = {"network": network, "train": plan()["train"] | {"y": y}, "valid": None, "batch": None}
    calm, wild = ({**settings, "optimizer": {"is": "SGD", "rate": rate}} for rate in (0.01, 3.0))
    given(player, **calm)
    player.send("epochs", {"count": 20})
    good = rested(player)
    given(player, theta="keep", **wild)
    player.send("play")
    frame = rested(player)
    assert "diverged" in frame["trouble"]["message"]
    assert frame["trouble"]["message"].endswith(f"those of step {frame['step']}.")
    assert good["step"] <= frame["step"] <= good["step"] + 2
    history = player.get("history")
    assert loss_at(plan(**wild), frame["theta"]) <= history["loss"][0]
    assert history["number"].max() > frame["number"] + 3  # how it diverged stays to be seen …
    assert history["kept"].max() <= frame["number"]
    given(player, theta="keep", **calm)
    player.send("epochs", {"count": 1})
    assert rested(player)["trouble"] is None
    assert player.get("history")["number"].max() == frame["number"] + 1  # … until training goes on


def test_a_divergence_counts_epochs_and_steps_as_the_page_does(player):
    """After steps within an epoch, frozen weights and another plan; by L-BFGS an iteration is a step."""
    network, y = Network.dense([2, 4, 1], "tanh", "least_squares"), {"columns": 1}
    train = {"X": plan()["train"]["X"], "y": y | {"data": np.linspace(0.0, 1.0, len(plan()["train"]["y"]["data"]))}}
    given(player, network=network, train=train, valid=None, frozen=[0, 3])
    player.send("epochs", {"count": 2})
    rested(player)
    player.send("steps", {"count": 1})
    step = rested(player)["step"]
    train["y"]["data"] = 1e200 * train["y"]["data"]
    for changes in ({"frozen": [0, 3]}, {"optimizer": {"is": "LBFGS"}, "batch": None}):
        given(player, theta="keep", network=network, train=train, valid=None, **changes)
        player.send("steps", {"count": 9})
        trouble = rested(player)["trouble"]
        assert f"diverged in epoch 3, in step {step + 1}: the loss of least squares is not finite" in trouble["message"]
        assert trouble["message"].endswith(f"those of step {step}.")
        assert re.search(r"The targets are as large as \S+e\+(199|200): scale", trouble["cause"])


def test_l_bfgs_iterates_until_it_has_converged(player):
    settings = {"optimizer": {"is": "LBFGS"}, "batch": None, "penalty": {"is": "L2", "strength": 0.1}}
    given(player, **settings)
    player.send("steps", {"count": 3})
    frame = rested(player)
    assert (frame["number"], frame["step"]) == (3, 3)
    np.testing.assert_allclose(frame["theta"], by_epochs(plan(**settings), 3)[-1].theta, rtol=1e-12)
    player.send("play")
    frame = rested(player)
    assert frame["trouble"]["kind"] == "converged"
    assert np.abs(frame["theta"]).max() > 0
    given(player, theta="keep", batch=None)
    player.send("steps", {"count": 1})
    assert rested(player)["step"] == frame["step"] + 1
    with pytest.raises(ValueError, match="no batch_size"):
        given(player, theta="keep", optimizer={"is": "LBFGS"})


def test_an_order_that_comes_while_the_player_closes_is_refused_and_waits_for_nothing(player):
    driver, busy, go = player._driver, threading.Event(), threading.Event()
    refused = []

    def held():
        busy.set()
        go.wait(60)

    def late():
        try:
            player.send("pause")
        except RuntimeError as problem:
            refused.append(str(problem))

    first, closing, second = (
        threading.Thread(target=each, daemon=True) for each in (lambda: driver.do(held), player.close, late)
    )
    first.start()
    busy.wait(60)
    closing.start()
    until_true(lambda: not driver._mail.empty())  # the letter that ends the thread
    second.start()
    go.set()
    for each in (first, closing, second):
        each.join(10)
        assert not each.is_alive()
    assert refused == ["this player is closed"]


def test_what_fails_within_a_step_is_told_and_the_player_lives_on(player, monkeypatch):
    given(player)
    monkeypatch.setattr("mlnn.play.trainer.Trainer.advance", lambda *_: 1 / 0)
    player.send("play")
    assert "division" in rested(player)["trouble"]["message"]
    monkeypatch.undo()
    player.send("steps", {"count": 1})
    assert rested(player)["step"] == 1


def test_what_is_watched_is_what_the_network_computes(player, random):
    given(player)
    grid = random.normal(size=(9, 2))
    player.set("watch", watched(True, grid=(laid_out(grid), [0, 3, -1]), train=("train", [-1]), valid=("valid", [1])))
    player.send("epochs", {"count": 2})
    frame = rested(player)
    network, theta = Network.dense([2, 5, 2]), frame["theta"]
    tape = forward(network, network.views(theta), grid)
    expected = [grid, tape.values[3], network.output.predict(tape.scores)]
    for came, right in zip(frame["values"]["grid"], expected, strict=True):
        assert came.dtype == np.float32
        np.testing.assert_allclose(came, right.ravel(), rtol=1e-5, atol=1e-6)
    assert [len(each) for each in frame["values"]["train"]] == [60 * 2]
    assert [len(each) for each in frame["values"]["valid"]] == [20 * 5]
    X, y = points()
    problem = Problem.of(network, X, y, penalty=L2(0.001))
    with Reference().bind(problem) as bound:
        np.testing.assert_allclose(frame["gradient"], bound.loss_and_gradient(theta)[1], rtol=1e-9, atol=1e-12)


def test_slopes_that_are_watched_are_what_layers_pass_back(player, random):
    given(player)
    grid = random.normal(size=(9, 2))
    player.set(
        "watch", {"values": {"grid": {"rows": laid_out(grid), "gates": [-1, 0, 3], "slopes": True}}, "gradient": False}
    )
    frame = player.get("frame")
    network = Network.dense([2, 5, 2])
    tape = forward(network, network.views(frame["theta"]), grid)
    output, inputs, slopes = frame["values"]["grid"]
    assert len(output) == len(inputs) == 0
    np.testing.assert_allclose(slopes, 1.0 - tape.values[3].ravel() ** 2, rtol=1e-5)


def test_a_frame_does_not_grow_without_end(player):
    given(player)
    with pytest.raises(ValueError, match="up to 1,000 gates can be watched, but 400,000 were asked for"):
        player.set("watch", watched(**{f"rows {k}": ("train", [0, 1, 2, 3] * 100) for k in range(1000)}))
    assert player.get("frame")["values"] == {}


@pytest.mark.parametrize("number", [math.nan, "first", None])
def test_no_number_is_no_place_to_go_back_to(player, number):
    given(player)
    player.send("epochs", {"count": 2})
    rested(player)
    for ask in (player.get, player.send):
        with pytest.raises((ValueError, TypeError), match="number must be"):
            ask("kept" if ask == player.get else "back", {"number": number})
    assert player.get("frame")["number"] == 2


def test_what_does_not_fit_the_network_any_more_comes_empty(player):
    given(player)
    player.set("watch", watched(grid=(laid_out(np.ones((2, 3))), [0]), train=("train", [99]), valid=("valid", [-1])))
    given(player, valid=None)
    assert [len(each) for name in ("grid", "train", "valid") for each in player.get("frame")["values"][name]] == [0] * 3


def test_a_walk_is_forward_and_backward_of_one_row(player, random):
    network = Network.dense([2, 5, 2], batch_norm=True)
    given(player, network=network)
    player.send("epochs", {"count": 2})
    theta = rested(player)["theta"]
    row, target = [0.3, -0.7], [1]
    nodes = player.get("walk", {"row": row, "target": target})
    assert [node["kind"] for node in nodes] == ["input", *["gate"] * len(network.gates), "output", "loss"]
    assert [node["gate"] for node in nodes] == [-1, *range(len(network.gates)), -1, -1]
    problem = Problem.of(network, [row], target)
    tape = forward(network, network.views(theta), problem.X)
    np.testing.assert_allclose(nodes[-1]["value"], [data_loss(problem, tape.scores)])
    for node, value in zip(nodes, tape.values, strict=False):
        np.testing.assert_allclose(node["value"], value.ravel())

    def loss(changed):
        return data_loss(problem, forward(network, network.views(changed), problem.X).scores)

    for node in nodes:
        for parameter in node["parameters"]:
            (placed,) = [each for each in network.placed if each.name == parameter["name"]]
            place = placed.place
            np.testing.assert_array_equal(parameter["value"], theta[place])
            if not placed.parameter.trained:  # a running statistic
                assert parameter["gradient"] is None
                continue
            direction = np.zeros_like(theta)
            direction[place] = random.normal(size=place.stop - place.start)
            slope = (loss(theta + 1e-6 * direction) - loss(theta - 1e-6 * direction)) / 2e-6
            assert parameter["gradient"] @ direction[place] == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_a_walk_by_weights_of_ones_own(player):
    given(player)
    ones = np.ones(Network.dense([2, 5, 2]).size)
    nodes = player.get("walk", {"row": [1.0, 2.0], "target": [0], "theta": ones})
    np.testing.assert_allclose(nodes[1]["value"], 3.0 * np.ones(5))


def test_the_middle_of_a_landscape_is_where_training_stands(player):
    given(player)
    player.send("epochs", {"count": 30})
    theta = rested(player)["theta"]
    found = player.get("landscape", {"size": 5, "span": 1.0, "seed": 0})
    losses = found["losses"].reshape(5, 5)
    network = Network.dense([2, 5, 2])
    X, y = points()
    problem = Problem.of(network, X, y)
    here = data_loss(problem, forward(network, network.views(theta), X).scores)
    decay = 0.001 / 2 * np.sum(network.penalties * theta**2)
    assert losses[2, 2] == pytest.approx(here + decay)
    assert losses.std() > 0


@pytest.mark.parametrize("batch", [None, 7])
@pytest.mark.parametrize("convention", ["mean", "sum"])
def test_what_is_shown_of_the_objective_is_what_training_lowers(player, convention, batch):
    """Steps of rate 0 stay where they are, so that an epoch reports J of one θ."""
    still = {"optimizer": {"is": "SGD", "rate": 0.0}, "penalty": {"is": "L2", "strength": 1.0}}
    given(player, sum=convention == "sum", batch=batch, **still)
    player.send("epochs", {"count": 1})
    losses = player.get("landscape", {"size": 3, "span": 1.0, "seed": 0})["losses"]
    assert losses[4] == pytest.approx(rested(player)["objective"])


def test_the_gradient_of_sums_points_where_the_step_goes(player):
    given(player, sum=True, batch=None, optimizer={"is": "SGD", "rate": 0.01}, penalty={"is": "L2", "strength": 1.0})
    player.set("watch", watched(gradient=True))
    gradient, rows = player.get("frame")["gradient"], len(points()[0])
    player.send("steps", {"count": 1})
    np.testing.assert_allclose(rested(player)["update"], -0.01 * rows * gradient)


def test_curves_stay_short_and_start_at_the_beginning(player):
    given(player, batch=None)
    player.send("epochs", {"count": 20_000})
    rested(player)
    history = player.get("history")
    assert len({len(history[name]) for name in ("number", "step", "loss", "objective", "validLoss", "rate")}) == 1
    assert len(history["number"]) <= 2000
    assert len(history["kept"]) <= 200
    assert history["number"][:3].tolist() == [0, 1, 2]
    assert history["number"][-1] == 20_000
    assert history["kept"][0] == 0


def test_the_page_s_settings_are_kept_for_it(player):
    assert player.get("state") == {"host": "server", "plan": None, "page": None, "table": None}
    given(player)
    player.set("page", {"view": 1})
    state = player.get("state")
    assert state["page"] == {"view": 1}
    assert state["plan"]["batch"] == 8


def test_a_plan_and_the_settings_that_it_came_of_are_kept_at_once(player):
    player.set("plan", {"plan": plan(batch=4), "theta": "fresh", "page": {"view": 1}})
    with pytest.raises(ValueError, match="at least 1"):
        player.set("plan", {"plan": plan(batch=0), "theta": "keep", "page": {"view": 2}})
    assert player.get("state")["page"] == {"view": 1}
    given(player, theta="keep")
    assert player.get("state")["page"] is None  # those of another plan say nothing of this one


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"network": {"inputs": 2, "gates": [{"is": "Explode"}], "output": {"is": "Softmax"}}}, "'Explode'"),
        ({"network": network_json(Network.dense([2, 2000, 2000, 2]))}, "4,012,002 parameters"),
        ({"optimizer": {"is": "Adam", "speed": 3}}, "speed"),
        ({"optimizer": {"is": "Tanh"}}, "'Tanh'"),
        ({"schedule": {"is": "Constant", "value": "much"}}, "'much'"),
        ({"frozen": [99]}, "a frozen place must be below 27"),
        ({"frozen": [-1]}, "at least 0"),
        ({"frozen": [10**30]}, "a frozen place must be below 27, .*, but got 1000000000000000000000000000000"),
        ({"optimizer": {"is": "SGD", "rate": -0.1}}, "rate must be at least 0, but got -0.1"),
        ({"penalty": {"is": "L2", "strength": -1.0}}, "strength must be at least 0, but got -1.0"),
        ({"batch": 0}, "batch must be at least 1"),
        ({"epochs": 1.5}, "epochs must be a whole number"),
        ({"precision": "float16"}, "float16"),
        ({"train": {"X": laid_out(np.ones((3, 2))), "y": laid_out(np.ones(4))}}, "X has 3 rows, but y has 4"),
        ({"train": {"X": laid_out(np.ones((3, 2))), "y": laid_out(np.full(3, 7.0))}}, "class numbers from 0 to 1"),
        ({"train": {"X": {"data": np.ones(5), "columns": 2}, "y": laid_out(np.ones(3))}}, "rows of 2 columns"),
        ({"train": {"X": laid_out(np.full((3, 2), np.nan)), "y": laid_out(np.ones(3))}}, "finite"),
        ({"train": {"X": laid_out(np.ones((300_000, 2))), "y": laid_out(np.ones(300_000))}}, "300,000 rows"),
        (
            {
                "network": network_json(Network.dense([2, 200, 200, 2])),
                "train": {"X": laid_out(np.ones((100_000, 2))), "y": laid_out(np.ones(100_000))},
            },
            "take fewer rows, units or layers",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_plan_that_cannot_be_is_refused_in_a_sentence_and_the_run_stays(player, change, sentence):
    given(player)
    player.send("steps", {"count": 3})
    rested(player)
    with pytest.raises((ValueError, TypeError, KeyError), match=sentence):
        player.set("plan", {"plan": plan() | change, "theta": "keep"})
    assert player.get("frame")["step"] == 3


def test_questions_before_there_is_a_plan_have_an_answer_in_words(player):
    for ask in (
        lambda: player.get("frame"),
        lambda: player.get("history"),
        lambda: player.send("play"),
        lambda: player.send("back", {"number": 0}),
    ):
        with pytest.raises(ValueError, match="nothing is being trained yet"):
            ask()
    with pytest.raises(ValueError, match="knows no 'future'"):
        player.get("future")


def test_questions_do_not_wait_for_a_long_step(player):
    given(player, network=Network.dense([2, 400, 400, 2]), rows=2000, batch=None)
    player.send("play")
    began = time.perf_counter()
    steps = {player.get("frame")["step"] for _ in range(20)}
    asked = time.perf_counter() - began
    frame = until(player, lambda frame: frame["step"] > max(steps) + 20)
    assert asked < frame["seconds"] + 10
    player.send("pause")


def test_a_closed_player_says_so(player):
    given(player)
    player.close()
    with pytest.raises(RuntimeError, match="closed"):
        player.send("play")


@pytest.mark.parametrize(("there", "taken"), [(1, 1), (2, 1), (8, 7)])
def test_a_core_is_left_to_the_page(monkeypatch, there, taken):
    if engines()["compiled"].startswith("not here"):
        pytest.skip("there is no compiled engine")
    monkeypatch.setenv("OMP_NUM_THREADS", str(there))
    assert fastest(Plan.of(plan())).threads == taken


def test_a_pause_of_lbfgs_is_no_training(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    made = Plan.of(plan(optimizer={"is": "LBFGS"}, batch=None))
    searcher = Searcher(Standing(made, np.full(made.network.size, 0.1)))
    for _ in range(3):
        searcher.advance(1)
        clock[0] += 100.0
    searcher.close()
    assert searcher.standing.step == 3
    assert searcher.standing.seconds == 0.0
