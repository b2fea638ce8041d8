"""Curves, health, landscape, time line, comparison and links: what each control does, in a real browser."""

import re
import threading

import pytest
from waiting import until_true


def opened(page, server, settings=""):
    page.goto(f"{server.door.address}#1{settings}")
    page.wait_for_selector("[data-standing=epoch]")


def trained(page, epochs):
    """Train to the end of an epoch, and wait for it."""
    page.get_by_label("Run to epoch").fill(str(epochs))
    page.get_by_label("Run to epoch").press("Enter")
    arrived(page, epochs)


def arrived(page, epochs):
    standing = page.locator("[data-standing=epoch]").element_handle()
    page.wait_for_function("([each, number]) => each.textContent == number", arg=[standing, f"{epochs:,}"])


def tab(page, name):
    page.get_by_role("tab", name=name).click()


def picture(page, title):
    """Return what a screen reader says of a plot."""
    return page.locator(f"[data-picture='{title}'] [role=img]").get_attribute("aria-label")


def test_curves_end_where_training_stands(page, server):
    opened(page, server)
    trained(page, 50)
    page.wait_for_function("() => document.querySelector('[data-standing=epoch]').textContent == '50'")
    loss, valid = (float(each) for each in re.findall(r"(?:training|held out) ([\d.]+)", picture(page, "loss")))
    frame = server.player.get("frame")
    assert loss == pytest.approx(frame["loss"], rel=1e-3)
    assert valid == pytest.approx(frame["validLoss"], rel=1e-3)
    assert re.search(r"training 0\.\d+, held out 0\.\d+", picture(page, "accuracy"))
    assert "rate 0.01" in picture(page, "learning rate")


def test_a_page_that_comes_back_finds_the_scores_of_the_run(page, server):
    opened(page, server)
    trained(page, 80)
    page.reload()
    page.wait_for_selector("[data-standing=epoch]")
    arrived(page, 80)
    plot = page.locator("[data-picture=accuracy] .u-over")
    plot.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = plot.bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 9, steps=4)
    seen = "() => /epoch [34]\\d/.test(document.querySelector('[data-picture=accuracy] small').textContent)"
    page.wait_for_function(seen)


def test_the_loss_has_a_logarithmic_axis_on_request_which_the_address_keeps(page, server):
    opened(page, server)
    trained(page, 50)
    page.get_by_label("logarithmic loss axis").check()
    page.wait_for_function("() => location.hash.includes('logLoss=true')")


def test_values_are_scored_by_the_share_of_their_variance(page, server):
    opened(page, server, "&data.kind='Wave'&network.output={'is':'LeastSquares'}")
    trained(page, 200)
    score = float(re.search(r"training (−?[\d.]+)", picture(page, "R²"))[1].replace("−", "-"))
    assert -1.0 < score < 1.0


def test_health_finds_dead_units(page, server):
    layer = "{'units':4,'layer':{'is':'ReLU'},'norm':false,'dropout':0}"
    biases = "{'is':'Constant','value':-50}"
    chosen = f"&network.layers=[{layer}]&network.biases={biases}&training.penalty=null&view.tab='health'"
    opened(page, server, chosen)
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("4 of 4 units of layer 1 (1, 2, 3, 4) are dead").wait_for()
    assert page.locator(".alive .dead").count() == 4
    page.get_by_text("No weight receives any gradient").wait_for()


def healthy(live, layer, **more):
    """Open the tab Health of a network of one layer of four units, by its address."""
    changed = "".join(f"&network.{name}={value}" for name, value in more.items())
    live.evaluate(
        "settings => { location.hash = settings }",
        f"#1&network.layers=[{{'units':4,'layer':{{'is':'{layer}'}},'norm':false,'dropout':0}}]{changed}&view.tab='health'",
    )


@pytest.mark.parametrize("layer", ["Tanh", "Identity"])
def test_health_calls_no_unit_dead_that_learns_at_zero(live, layer):
    healthy(live, layer, weights="{'is':'Constant'}")
    live.locator(".alive .alive").nth(3).wait_for()
    live.get_by_text("no unit is dead or saturated").wait_for()


def test_health_says_that_weights_that_are_all_0_do_not_move(live):
    healthy(live, "Tanh", weights="{'is':'Constant'}")
    live.get_by_text("No step has been taken yet.").wait_for()
    live.get_by_role("button", name="Epoch", exact=True).click()
    live.get_by_text("W1, W2: all weights are 0, and the last step moved none of them.").wait_for()
    assert live.get_by_text("at a healthy pace.").count() == 0


def test_health_calls_no_unit_saturated_of_a_layer_that_is_flat_at_one_end(live):
    """ELU is that to tell by: where ReLU is flat on every row, it is dead."""
    healthy(live, "ELU", biases="{'is':'Constant','value':-20}")
    live.locator(".alive .alive").nth(3).wait_for()
    live.get_by_text("no unit is dead or saturated").wait_for()


@pytest.mark.parametrize("layer", ["Softsign", "Sigmoid"])
def test_health_finds_saturated_units_of_squashing_layers(live, layer):
    healthy(live, layer, biases="{'is':'Constant','value':20}")
    live.get_by_text("4 of 4 units of layer 1 (1, 2, 3, 4) are saturated").wait_for()


def test_health_is_watched_only_while_it_is_seen(page, server):
    opened(page, server)
    arrived(page, 0)
    assert "health" not in server.player.get("frame")["values"]
    tab(page, "Health")
    page.locator(".histogram").first.wait_for()
    tab(page, "Network")
    page.wait_for_timeout(300)
    frame = server.player.get("frame")
    assert frame["gradient"] is None
    assert "health" not in frame["values"]


def test_the_confusion_matrix_counts_every_row(page, server):
    opened(page, server, "&view.tab='health'")
    trained(page, 100)
    tables = page.locator(".confusion")
    tables.nth(1).wait_for()
    counts = [[int(each) for each in tables.nth(k).locator("td").all_text_contents()] for k in (0, 1)]
    assert [sum(each) for each in counts] == [140, 60]
    accuracy = float(re.search(r"training ([\d.]+)", picture(page, "accuracy"))[1])
    assert (counts[0][0] + counts[0][3]) / 140 == pytest.approx(accuracy, abs=1e-3)


def test_the_landscape_has_the_loss_in_its_middle_and_new_directions(page, server):
    opened(page, server, "&view.tab='health'")
    trained(page, 100)
    said = page.locator(".landscape .said")
    page.wait_for_function("() => document.querySelector('.landscape .said').textContent.includes('epoch 100')")
    lines = page.locator(".landscape svg path").first.get_attribute("d")
    assert re.match(r"J = 0\.\d+ in the middle", said.text_content())
    head = page.locator(".landscape h3")
    assert "J, the loss of training rows by these weights plus the penalty, around" in head.text_content()
    page.get_by_label("Penalty", exact=True).select_option("")
    page.wait_for_function("() => !document.querySelector('.landscape h3').textContent.includes('penalty')")
    page.get_by_role("button", name="New directions").click()
    page.wait_for_function("before => document.querySelector('.landscape path').getAttribute('d') != before", arg=lines)


def test_going_back_says_what_it_forgets_before_it_does(page, server):
    opened(page, server)
    trained(page, 60)
    slider = page.get_by_role("slider", name="Time line")
    slider.focus()
    slider.press("Home")
    page.get_by_text("Going back forgets the 60 epochs after it; what is chosen now stays.").wait_for()
    page.wait_for_function(
        "() => / loss [0-9.]+, held-out loss [0-9.]+\\./.test(document.querySelector('.where').textContent)"
    )
    assert server.player.get("frame")["number"] == 60
    slider.press("Escape")
    assert not page.get_by_text("Going back forgets").count()
    slider.press("Home")
    page.get_by_role("button", name="Go back here").click()
    arrived(page, 0)
    assert server.player.get("frame")["number"] == 0


def test_going_back_freezes_what_was_frozen_then(page, server):
    opened(page, server, "&network.frozen=['W1[0,0]']")
    trained(page, 40)
    page.locator(".unit:not(.input) button").first.click()
    page.get_by_label("Freeze b1[0]").check()
    page.wait_for_function("() => location.hash.includes('b1[0]')")
    page.get_by_label("Freeze W1[0,0]").uncheck()
    page.wait_for_function("() => !location.hash.includes('W1')")
    trained(page, 60)
    slider = page.get_by_role("slider", name="Time line")
    slider.focus()
    slider.press("Home")
    page.get_by_text("what is chosen now stays, and frozen is what was so then: W1[0,0].").wait_for()
    page.get_by_role("button", name="Go back here").click()
    arrived(page, 0)
    page.wait_for_function("() => location.hash.includes('W1[0,0]') && !location.hash.includes('b1[0]')")
    until_true(lambda: server.player.get("state")["plan"]["frozen"] == [0])


def test_two_optimizers_are_compared_in_one_plot(page, server):
    opened(page, server, "&view.tab='compare'")
    trained(page, 40)
    page.locator(".compare form input").fill("with Adam, as it was before anything")
    page.get_by_role("button", name="Pin this run").click()
    page.get_by_label("Now with").select_option("SGD")
    page.wait_for_function("() => location.hash.includes('SGD')")
    page.get_by_text("not trained yet").wait_for()
    losses = page.locator(".runs tr", has_text="training loss").locator("td")
    assert float(losses.first.text_content()) > 0
    assert not any(each.isdigit() for each in losses.last.text_content())
    ends = "all => all.map(each => each.getBoundingClientRect().right)"
    edge = page.locator(".lines").first.evaluate("figure => figure.getBoundingClientRect().right")
    assert max(page.locator(".lines").first.locator(".key").evaluate_all(ends)) <= edge + 1
    page.get_by_role("button", name="Train from the same start to epoch 40").click()
    arrived(page, 40)
    assert page.get_by_text("not trained yet").count() == 0
    page.wait_for_function("() => document.querySelectorAll('.compare figure canvas').length == 2")
    rows = page.locator(".runs tr").all_text_contents()
    assert any(each.startswith("optimizerAdam rate 0.01SGD rate 0.01") for each in rows)
    assert "epochs4040" in rows
    assert "with Adam, as it was before anything: training" in picture(page, "loss")
    page.get_by_role("button", name="Unpin with Adam, as it was").click()
    assert "with Adam" not in picture(page, "loss")


def test_epochs_are_told_to_the_last_digit_wherever_they_are_compared(page, server):
    opened(page, server, "&view.tab='compare'&data.rows=10")
    trained(page, 12_345)
    page.get_by_role("button", name="Pin this run").click()
    page.get_by_role("button", name="Train from the same start to epoch 12,345").wait_for()
    assert "epochs12,34512,345" in page.locator(".runs tr").all_text_contents()


def test_the_landscapes_epoch_is_that_of_its_loss(page, server):
    """Other data begin a run of its own: what is computed then is not of the epoch of the one before."""
    opened(page, server, "&view.tab='health'")
    trained(page, 500)
    said = page.locator(".landscape .said")
    until_true(lambda: "as of epoch 500" in said.text_content())
    before, looks, later = said.text_content(), [], threading.Event()
    landscape = server.player._get_landscape

    def watched(size, span, seed):
        looks.append(landscape(size, span, seed))
        if len(looks) > 1:
            later.wait(5)
        return looks[-1]

    server.player._get_landscape = watched
    page.get_by_text("Circles", exact=True).click()
    page.get_by_role("button", name="Begin it").click()
    until_true(lambda: said.text_content() != before)
    assert said.text_content().endswith(f"as of epoch {looks[0]['number']:.0f}")
    later.set()


def test_a_run_beside_the_pinned_one_is_not_taken_without_asking(page, server):
    opened(page, server, "&view.tab='compare'")
    chooser = page.get_by_label("Now with")
    trained(page, 2)
    page.get_by_role("button", name="Pin this run").click()
    chooser.select_option("SGD")  # nothing is lost: the run is pinned
    page.get_by_text("not trained yet").wait_for()
    trained(page, 3)
    chooser.select_option("Momentum")
    page.get_by_text("Momentum begins a run of its own, in place of yours, which stands at epoch 3.").wait_for()
    assert chooser.input_value() == "SGD"
    page.get_by_role("button", name="Begin it").click()
    page.get_by_text("not trained yet").wait_for()
    assert chooser.input_value() == "Momentum"


def test_a_result_is_credited_to_all_that_a_run_was_trained_by(page, server):
    opened(page, server, "&view.tab='compare'")
    trained(page, 40)
    page.get_by_role("button", name="Pin this run").click()
    page.get_by_label("Optimizer", exact=True).select_option("SGD")
    page.wait_for_function("() => location.hash.includes('SGD')")
    both = "optimizerAdam rate 0.01Adam rate 0.01, then SGD rate 0.01"
    page.wait_for_timeout(300)
    assert both not in page.locator(".runs tr").all_text_contents()  # it has made no step yet
    trained(page, 50)
    page.locator(".runs tr", has_text="then SGD").wait_for()
    assert both in page.locator(".runs tr").all_text_contents()
    page.reload()
    page.locator(".compare input").first.wait_for()
    page.wait_for_function("() => document.querySelector('.compare input').value.includes('then')")


def test_scores_are_told_of_epochs_that_no_frame_showed(page, server):
    opened(page, server)
    for _ in range(2):  # another run may come to the same epoch
        page.get_by_role("button", name="Reset").click()
        arrived(page, 0)
        server.player.send("epochs", {"count": 400})
        arrived(page, 400)
    plot = page.locator("[data-picture=accuracy] .u-over")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    for share in (0.25, 0.75):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + 9, steps=4)
        told = "document.querySelector('[data-picture=accuracy] small').textContent.slice(6)"
        near = f"() => Math.abs({400 * share} - {told}) < 30"
        page.wait_for_function(near)


def test_every_optimizer_can_be_compared(page, server):
    opened(
        page,
        server,
        "&view.tab='compare'&training.optimizer={'is':'ClipNorm','limit':2,'optimizer':{'is':'SGD','rate':0.2}}",
    )
    trained(page, 3)
    page.get_by_role("button", name="Pin this run").click()
    chooser = page.get_by_label("Now with")
    assert chooser.input_value() == "ClipNorm"
    for kind, made in {
        "LBFGS": {"is": "LBFGS"},
        "Averaged": {"is": "Averaged", "optimizer": {"is": "Adam", "rate": 0.01}},
        "Adam": {"is": "Adam", "rate": 0.01},
        "ClipNorm": {"is": "ClipNorm", "optimizer": {"is": "Adam", "rate": 0.01}},
    }.items():
        chooser.select_option(kind)
        until_true(
            lambda made=made: server.player.get("state")["plan"]["optimizer"] == made, page.inner_text(".notices")
        )
    assert page.locator(".notice").count() == 0


def test_divergence_is_explained_and_mended_with_one_click(page, server):
    wild = "&data.kind='Wave'&network.output={'is':'LeastSquares'}&training.optimizer={'is':'SGD','rate':1000000}"
    layer = "{'units':3,'layer':{'is':'ReLU'},'norm':false,'dropout':0}"
    opened(page, server, f"{wild}&network.layers=[{layer}]&training.sum=true")
    page.get_by_role("button", name="Play", exact=True).click()
    alert = page.locator(".trouble")
    alert.wait_for()
    assert "diverged" in alert.text_content()
    page.get_by_role("button", name="Lower the rate to 0.01 and go on").click()
    page.wait_for_function("() => location.hash.includes('0.01')")


def test_a_link_holds_what_is_chosen_and_a_class_sees_what_it_shall(page, server, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, server, "&data.kind='Circles'&network.layers=[]")
    page.get_by_role("button", name="Copy link", exact=True).click()
    page.get_by_text("Copied.").wait_for()
    assert "data.kind='Circles'&network.layers=[]" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_text("It holds no weights, no epoch").wait_for()
    page.get_by_text("For a class").click()
    page.get_by_text("mlnn play --static FOLDER").wait_for()
    page.locator(".share").get_by_label("Data", exact=True).uncheck()
    page.get_by_role("button", name="Copy link for class").click()
    page.get_by_text("Copied.").last.wait_for()
    address = page.evaluate("navigator.clipboard.readText()")
    page.goto("about:blank")
    page.goto(server.door.address.split("?")[0] + "#" + address.partition("#")[2])
    page.wait_for_selector("[data-standing=epoch]")
    assert page.locator(".card.data").count() == 0
    assert page.locator(".card.training").count() == 1
