"""What can be taken away from the page: the run as Python, its weights, pictures, a GIF, and a recording."""

import csv
import json
import re
import runpy
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from plans import given, points
from serving import serving
from waiting import until, until_stands, until_true

from mlnn.play.plan import laid_out
from mlnn.play.player import Player


def trained(page, epochs):
    """Train to the end of an epoch, and wait for it."""
    page.get_by_label("Run to epoch").fill(str(epochs))
    page.get_by_label("Run to epoch").press("Enter")
    standing = page.locator("[data-standing=epoch]")
    page.wait_for_function(
        "([each, number]) => each.textContent == number", arg=[standing.element_handle(), f"{epochs:,}"]
    )


def taken(page, tmp_path, button):
    """Return the file that a button gives."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def assert_same_loss(page, tmp_path):
    """Run the exported Python on its own: it must come to the loss that the page wrote into it."""
    script = taken(page, tmp_path, "Python")
    text = script.read_text()
    told = float(re.search(r"On the page: (\S+) after", text)[1])
    shown = page.locator("[data-standing=loss]").text_content().replace("−", "-")
    assert told == pytest.approx(float(shown), rel=1e-3)
    command = [sys.executable, "-W", "error", str(script)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, f"{text}\n{run.stderr}"
    assert float(run.stdout.splitlines()[-1]) == pytest.approx(told, rel=1e-9), text
    return text


def opened(page, server, settings=""):
    page.goto(f"{server.door.address}#1{settings}")
    page.wait_for_selector("[data-standing=epoch]")


RUNS = {
    "batches": "&training.batch=16",
    "spirals": "&data.kind='Spirals'&data.arms=3&training.batch=10&training.optimizer={'is':'Momentum','rate':0.05}",
    "features": "&features=['x1','x2','x1²','x2²','x1x2','sin x1','sin x2']&training.penalty={'is':'L2'}",
    "learned": "&network.layers=[{'units':4,'layer':{'is':'PReLU'}},{'units':6,'layer':{'is':'Maxout'}}]",
    "values": "&data.kind='Wave'&network.output={'is':'LeastSquares'}",
    "noise": "&network.layers=[{'units':4,'layer':{'is':'ReLU'},'norm':true,'dropout':0.25}]&training.batch=20",
    "tutorial": "&network.scoresLayer={'is':'Tanh'}&training.sum=true&training.optimizer={'is':'SGD','rate':0.01}",
    "schedule": "&training.schedule={'is':'Cosine'}&training.epochs=50",
    "plateau": "&training.schedule={'is':'ReduceOnPlateau','patience':2,'tolerance':0.1}&training.batch=50",
    "warm up": "&training.schedule={'is':'WarmUp','epochs':5,'then':{'is':'Constant','value':0.5}}",
    "wrapped": "&training.optimizer={'is':'ClipNorm','limit':0.1,'optimizer':{'is':'AdamW','strength':0.1}}",
    "searched": "&training.optimizer={'is':'LBFGS'}",
    "averaged": "&training.optimizer={'is':'Averaged','optimizer':{'is':'SGD','rate':0.1}}",
    "by hand": "&data.points=[[0,0.5,0],[1,0,1],[0.25,1,1],[-1,2,0],[-1,-1,0],[1,1,1]]",
}


@pytest.mark.parametrize("settings", RUNS.values(), ids=RUNS.keys())
def test_python_comes_to_the_same_loss(page, server, tmp_path, settings):
    opened(page, server, settings)
    trained(page, 40)
    assert_same_loss(page, tmp_path)


def changed(page, what):
    """Wait until the player has a change: then it stands in the address."""
    page.wait_for_function("what => decodeURIComponent(location.hash).includes(what)", arg=what)


def test_python_makes_every_change_where_it_was_made(page, server, tmp_path):
    opened(page, server, "&training.batch=20")
    trained(page, 10)
    page.get_by_label("rate", exact=True).fill("0.05")
    page.get_by_label("rate", exact=True).press("Enter")
    changed(page, "0.05")
    trained(page, 20)
    page.get_by_label("Optimizer", exact=True).select_option("SGD")
    changed(page, "SGD")
    trained(page, 30)
    page.get_by_role("button", name="One unit more in Layer 1").click()
    changed(page, "'units':4")
    page.get_by_label("Optimizer", exact=True).select_option("Lion")  # two changes at one step are one
    changed(page, "Lion")
    trained(page, 40)
    text = assert_same_loss(page, tmp_path)
    assert text.count("history += ") == 3


@pytest.mark.parametrize("frozen", ["", "&network.frozen=['W1[0,1]']"])
def test_python_loses_what_a_change_lost_that_was_taken_back(page, server, tmp_path, frozen):
    """Adam's slots begin at 0 again, after another optimizer and after another length of θ."""
    opened(page, server, f"&training.batch=20&training.optimizer={{'is':'Adam','rate':0.01}}{frozen}")
    trained(page, 10)
    for optimizer in ("SGD", "Adam"):
        page.get_by_label("Optimizer", exact=True).select_option(optimizer)
        changed(page, "SGD") if optimizer == "SGD" else page.wait_for_function("() => !location.hash.includes('SGD')")
    trained(page, 20)
    page.get_by_role("button", name="One unit more in Layer 1").click()
    changed(page, "'units':4")
    page.get_by_role("button", name="One unit fewer in Layer 1").click()
    page.wait_for_function("() => !decodeURIComponent(location.hash).includes(\"'units':4\")")
    trained(page, 30)
    assert_same_loss(page, tmp_path)


@pytest.mark.parametrize("frozen", ["", "&network.frozen=['W1[0,1]']"])
def test_python_averages_from_where_an_average_takes_over(page, server, tmp_path, frozen):
    opened(page, server, f"&training.batch=20{frozen}")
    trained(page, 10)
    page.get_by_label("Optimizer", exact=True).select_option("Averaged")
    changed(page, "Averaged")
    trained(page, 12)
    page.get_by_role("button", name="One unit more in Layer 1").click()
    changed(page, "'units':4")
    trained(page, 14)
    run = runpy.run_path(str(taken(page, tmp_path, "Python")))  # the loss of steps in batches knows of no average
    weights = run["standing"].weights if frozen else run["history"][-1].theta
    np.testing.assert_allclose(weights, server.player.get("frame")["theta"], rtol=1e-9)


def test_python_goes_on_by_l_bfgs_as_the_page_does(page, server, tmp_path):
    opened(page, server)
    trained(page, 10)
    page.get_by_label("Optimizer", exact=True).select_option("LBFGS")
    changed(page, "LBFGS")
    trained(page, 14)
    page.get_by_label("Penalty", exact=True).select_option("L2")
    changed(page, "L2")
    trained(page, 18)
    assert_same_loss(page, tmp_path)


def test_python_goes_on_after_l_bfgs_from_the_step_that_the_page_counts(page, server, tmp_path):
    """The step reaches Adam's bias correction; L-BFGS may evaluate J several times for one."""
    opened(page, server)
    trained(page, 5)
    for optimizer, epochs in (("LBFGS", 15), ("AdamW", 30)):
        page.get_by_label("Optimizer", exact=True).select_option(optimizer)
        changed(page, "LBFGS") if optimizer == "LBFGS" else page.wait_for_function(
            "() => !location.hash.includes('LBFGS')"
        )
        trained(page, epochs)
    assert_same_loss(page, tmp_path)


def test_python_keeps_single_precision_over_changes_of_the_network(page, server, tmp_path):
    opened(page, server, "&training.precision='float32'")
    trained(page, 10)
    page.get_by_role("button", name="New points").click()
    page.wait_for_function("() => location.hash.includes('data.seed')")
    trained(page, 20)
    page.get_by_role("button", name="One unit more in Layer 1").click()
    changed(page, "'units':4")
    trained(page, 30)
    assert_same_loss(page, tmp_path)


@pytest.mark.parametrize("frozen", ["", "&network.frozen=['W1[0,1]']"])
def test_python_changes_its_precision_where_the_page_does(page, server, tmp_path, frozen):
    opened(page, server, frozen)
    trained(page, 10)
    page.get_by_text("First weights and numbers").click()
    page.get_by_label("Precision").select_option("float32")
    changed(page, "float32")
    trained(page, 20)
    assert_same_loss(page, tmp_path)


@pytest.mark.parametrize("frozen", ["", "&network.frozen=['W1[0,1]']"])
def test_python_stops_within_an_epoch_and_holds_what_is_frozen(page, server, tmp_path, frozen):
    opened(page, server, f"&training.batch=20{frozen}")
    trained(page, 10)
    for _ in range(3):
        page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_role("textbox", name="Batch").fill("30")
    page.get_by_role("textbox", name="Batch").press("Enter")  # the epoch begins again: no fraction of it is left
    changed(page, "batch=30")
    trained(page, 20)
    assert "frozen" in assert_same_loss(page, tmp_path)


def test_python_judges_what_was_changed_last_as_the_page_does(page, server, tmp_path):
    """Without an epoch since, the page shows the loss of the weights as they are: after each kind of last event."""
    opened(page, server, "&training.batch=50&training.optimizer={'is':'Adam','rate':0.1}")
    trained(page, 10)
    page.get_by_label("Optimizer", exact=True).select_option("SGD")
    changed(page, "SGD")
    after_a_change = assert_same_loss(page, tmp_path)
    page.get_by_role("button", name="Step", exact=True).click()  # within an epoch, that loss still stands
    until_true(lambda: server.player.get("frame")["number"] > 10)
    assert "judged(" in assert_same_loss(page, tmp_path)
    trained(page, 12)
    loss = page.locator("[data-standing=loss]")
    before = loss.text_content()
    server.player.send("weight", {"place": 1, "value": 3.0})
    until_true(lambda: loss.text_content() != before)
    edited = assert_same_loss(page, tmp_path)
    trained(page, 14)
    assert "judged(" not in assert_same_loss(page, tmp_path)
    slider = page.get_by_role("slider", name="Time line")
    slider.focus()
    for _ in range(9):
        slider.press("ArrowLeft")
    page.get_by_role("button", name="Go back here").click()  # to before both
    until(page, "Number(document.querySelector('[data-standing=epoch]').textContent) < 10")
    gone_back = assert_same_loss(page, tmp_path)
    assert all("judged(" in text for text in (after_a_change, edited, gone_back))


def test_python_judges_the_good_weights_that_came_back(page, server, tmp_path):
    opened(page, server, "&data.kind='Wave'&network.output={'is':'LeastSquares'}&training.optimizer={'is':'SGD'}")
    trained(page, 20)
    page.get_by_label("rate", exact=True).fill("1e200")
    page.get_by_label("rate", exact=True).press("Enter")
    changed(page, "1e")
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("Good weights are back").wait_for()
    assert_same_loss(page, tmp_path)


@pytest.mark.parametrize("frozen", ["", "&network.frozen=['W1[0,1]']"])
def test_python_has_earlier_rows_of_one_feature_in_a_column(page, server, tmp_path, frozen):
    opened(page, server, f"&features=['x1']{frozen}")
    trained(page, 10)
    page.get_by_role("button", name="New points").click()
    until(page, "location.hash.includes('data.seed')")
    trained(page, 20)
    page.locator(".chips").get_by_text("x2", exact=True).click()
    until(page, "!location.hash.includes('features')")
    trained(page, 30)
    assert_same_loss(page, tmp_path)


def test_python_takes_weights_that_were_edited(page, server, tmp_path):
    opened(page, server, "&training.batch=20")
    for epochs in (10, 20):
        theta = server.player.get("frame")["theta"]
        theta[1] += 0.5
        server.player.send("theta", {"theta": theta})
        trained(page, epochs)
    assert assert_same_loss(page, tmp_path).count("theta = np.array([") == 2


def test_python_computes_in_single_precision_where_the_page_does(page, server, tmp_path):
    opened(page, server, "&training.batch=20&training.precision='float32'")
    trained(page, 10)
    assert "np.float32" in assert_same_loss(page, tmp_path)


def test_python_begins_where_a_run_went_back_to(page, server, tmp_path):
    opened(page, server)
    trained(page, 60)
    slider = page.get_by_role("slider", name="Time line")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowLeft")
    assert "forgets" in page.locator(".along").text_content()
    page.get_by_role("button", name="Go back here").click()
    trained(page, 80)
    assert_same_loss(page, tmp_path)


def test_python_comes_to_the_loss_of_the_browsers_engine(still, tmp_path):
    still.goto(f"{still.url.split('#')[0]}#1{RUNS['noise']}")
    still.reload()
    still.wait_for_selector("[data-standing=epoch]")
    trained(still, 40)
    assert_same_loss(still, tmp_path)


def test_weights_are_given_in_all_their_digits(page, server, tmp_path):
    opened(page, server, "&network.layers=[{'units':4,'layer':{'is':'PReLU'},'norm':true,'dropout':0}]")
    trained(page, 20)
    theta = server.player.get("frame")["theta"]
    weights = json.loads(taken(page, tmp_path, "Weights, JSON").read_text())
    flat = np.concatenate([np.ravel(each) for each in weights["parameters"].values()])
    assert (flat == theta).all()
    assert [each["name"] for each in weights["inputs"]] == ["x1", "x2"]
    assert weights["classes"] == ["0", "1"]
    assert list(weights["parameters"])[:3] == ["W1", "b1", "gain1"]
    with taken(page, tmp_path, "Weights, CSV").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["value"]) for row in rows] == theta.tolist()
    assert rows[5] == {"parameter": "W1", "row": "1", "column": "1", "value": rows[5]["value"]}


def test_weights_and_recordings_are_those_that_predictions_take(page, server, tmp_path):
    opened(page, server, RUNS["averaged"])
    trained(page, 20)
    frame = server.player.get("frame")
    weights = json.loads(taken(page, tmp_path, "Weights, JSON").read_text())
    flat = np.concatenate([np.ravel(each) for each in weights["parameters"].values()])
    np.testing.assert_array_equal(flat, frame["theta"])
    assert (flat != frame["rawTheta"]).any()
    page.get_by_role("button", name="Layer 1, unit 1").click()
    value = page.get_by_label("Value of W1[0,0]").input_value().replace("−", "-")
    assert float(value) == pytest.approx(frame["rawTheta"][0], rel=1e-3)


def test_weights_of_a_table_predict_from_the_tables_own_numbers(page, server, tmp_path, random):
    """By what the file itself says of columns and scaling."""
    areas, prices = random.uniform(20, 200, 40).round(1), random.uniform(1e5, 9e5, 40).round()
    lines = "\n".join(f"{area},{price}" for area, price in zip(areas, prices, strict=True))
    (tmp_path / "houses.csv").write_text(f"area,price\n{lines}\n")
    opened(page, server)
    page.locator(".kinds label", has_text="Own table").click()
    (tmp_path / "houses.csv").rename(tmp_path / "Our houses (2).csv")
    page.get_by_label("Choose a CSV file").set_input_files(tmp_path / "Our houses (2).csv")
    until(page, "document.querySelectorAll('.unit.input').length === 1")
    trained(page, 30)
    file = taken(page, tmp_path, "Weights, JSON")
    assert file.name == "mlnn-our-houses-2.json"
    told = json.loads(file.read_text())
    (column,), target, weights = told["inputs"], told["target"], told["parameters"]
    assert (column["name"], target["name"]) == ("area", "price")
    assert "median" in told["scaling"]["inputs"]
    d = areas[:, None] - column["median"]
    hidden = np.tanh(d / np.sqrt(column["spread"] ** 2 + (d / 3) ** 2) @ weights["W1"] + weights["b1"])
    predicted = target["mean"] + target["scale"] * (hidden @ weights["W2"] + weights["b2"])[:, 0]
    page.get_by_role("tab", name="Computation graph").click()
    shown = page.locator(".rowchooser").get_by_text("price:").text_content()
    assert float(re.search(r"predicted ([\d.e]+)", shown)[1]) == pytest.approx(predicted[0], rel=1e-3)


def test_weights_of_a_table_tell_what_words_and_gaps_became(page, server, tmp_path):
    """By what the file itself says, without a sentence that stands elsewhere."""
    towns, flags, sizes = ["Bonn", "Rom", "Ulm", ""], ["no", "yes"], ["", "1", "2", "5", "7"]
    rows = [(towns[k % 4], flags[k // 4 % 2], sizes[k % 5]) for k in range(40)]
    lines = "\n".join(f"{','.join(row)},{k * k}" for k, row in enumerate(rows))
    (tmp_path / "towns.csv").write_text(f"town,flag,size,y\n{lines}\n")
    opened(page, server)
    page.locator(".kinds label", has_text="Own table").click()
    page.get_by_label("Choose a CSV file").set_input_files(tmp_path / "towns.csv")
    until(page, "location.hash.includes('own')")
    told = json.loads(taken(page, tmp_path, "Weights, JSON").read_text())
    assert "`said`" not in told["scaling"]["inputs"]
    names = [each["name"] for each in told["inputs"]]

    def made(row, each):
        name, _, word = each["name"].partition("=")
        cell = row[["town", "flag", "size"].index(name)]
        if not word:
            d = float(cell or each["median"]) - each["median"]
            return d / np.sqrt(each["spread"] ** 2 + (d / 3) ** 2)
        alone = sum(other.partition("=")[0] == name for other in names) == 1
        return 1 if cell == word.replace("(missing)", "") else -1 if alone else 0

    X = server.player._table["X"]
    expected = [made(row, each) for row in rows for each in told["inputs"]]
    assert X["data"] == pytest.approx(expected)


PICTURES = ("network", "graph", "decision", "curves", "landscape")


@pytest.mark.parametrize("picture", PICTURES)
def test_pictures_are_complete_files(page, server, tmp_path, picture):
    opened(page, server)
    trained(page, 20)
    page.get_by_label("Picture", exact=True).select_option(picture)
    png = taken(page, tmp_path, "PNG").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    assert min(width, height) > 200
    assert len(png) > 3000  # more than one colour
    svg = taken(page, tmp_path, "SVG").read_text()
    drawn = ElementTree.fromstring(svg)
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    if picture == "network":
        texts = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
        assert (texts.count("3"), texts.count("0")) == (1, 1)  # units of the layer, a class; not what "more" holds
        dots = [each for each in drawn.iter("{http://www.w3.org/2000/svg}rect") if each.get("rx")]
        assert len(dots) == page.locator(".unit .bias").count() == 5


def test_gif_plays_the_training(page, server, tmp_path):
    opened(page, server)
    trained(page, 20)
    gif = taken(page, tmp_path, "GIF of training").read_bytes()
    assert gif.startswith(b"GIF89a")
    assert gif.endswith(b";")
    assert [int.from_bytes(gif[at : at + 2], "little") for at in (6, 8)] == [320, 344]
    assert gif.count(b"\x21\xf9\x04") >= 10  # a graphic control extension for each picture


@pytest.mark.parametrize(("run", "epochs"), [("batches", 100), ("searched", 5)])
def test_recording_plays_from_a_file_without_a_server(page, server, tmp_path, context, run, epochs):
    opened(page, server, RUNS[run])
    trained(page, epochs)
    loss = page.locator("[data-standing=loss]").text_content()
    recording = taken(page, tmp_path, "Recording, HTML")
    assert recording.stat().st_size < 4_000_000
    alone, errors = context.new_page(), []
    alone.on("console", lambda message: message.type == "error" and errors.append(message.text))
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.on("request", lambda request: request.url.startswith("http") and errors.append(request.url))
    alone.goto(recording.as_uri())
    standing = alone.locator("[data-standing=epoch]")
    standing.wait_for()
    until_stands(alone, "epoch", "0")
    alone.get_by_role("button", name="Play", exact=True).click()
    alone.wait_for_function(f"each => each.textContent == '{epochs}'", arg=standing.element_handle())
    assert alone.locator("[data-standing=loss]").text_content() == loss
    alone.get_by_role("tab", name="Health").click()
    alone.get_by_text("The last step is not known: a recording holds none").wait_for()
    alone.get_by_role("tab", name="Network").click()
    assert alone.get_by_label("One hidden layer more").count() == 0  # it cannot be changed
    assert alone.get_by_label("One unit more in layer 1").count() == 0
    assert alone.get_by_label("Add", exact=True).count() == 0
    assert alone.get_by_text("epochs/s").count() + alone.get_by_text("Steps/s").count() == 0
    assert "edit" not in alone.locator(".network > p").text_content()
    alone.locator(".unit:not(.input) button").first.click()
    assert alone.get_by_label("Value of b1[0]").get_attribute("readonly") is not None
    assert alone.get_by_label("Freeze b1[0]").is_disabled()
    for training in ("Step", "Epoch", "Reset", "New start"):
        assert alone.get_by_role("button", name=training, exact=True).count() == 0
    alone.keyboard.press("r")
    slider = alone.get_by_role("slider", name="Recording")
    slider.fill("0")
    alone.wait_for_function("each => each.textContent == '0'", arg=standing.element_handle())
    assert alone.locator(".notice").count() == 0
    assert errors == []


def test_a_recording_of_the_digits_has_them(page, server, tmp_path):
    opened(page, server, "&data.kind='digits'")
    until(page, "document.querySelectorAll('.unit.output').length === 10")
    trained(page, 1)
    recording = taken(page, tmp_path, "Recording, HTML")
    page.goto(recording.as_uri())
    until(page, "document.querySelectorAll('.unit.output').length === 10")
    assert page.locator(".notice").count() == 0


def uploaded(page, tmp_path, target):
    """Choose a table of 30 rows, and what of it is to be predicted."""
    random = np.random.RandomState(0)
    table = tmp_path / "flowers.csv"
    lines = [f"{a:.2f},{b:.2f},{'red' if a > b else 'blue'},{a + 2 * b:.3f}" for a, b in random.uniform(size=(30, 2))]
    table.write_text("\n".join(["width,height,kind,size", *lines]) + "\n")
    page.locator(".kinds label", has_text="Own table").click()
    page.get_by_label("Choose a CSV file").set_input_files(table)
    page.get_by_label("Target column").select_option(target)
    page.wait_for_function("() => location.hash.includes('own')")
    page.wait_for_timeout(500)


@pytest.mark.parametrize("target", ["kind", "size"])
def test_python_holds_the_rows_of_a_table(page, server, tmp_path, target):
    opened(page, server)
    uploaded(page, tmp_path, target)
    trained(page, 30)
    assert "np.array([" in assert_same_loss(page, tmp_path)


def test_python_holds_the_rows_of_a_table_without_the_columns_that_were_left_out_and_after_a_reload(
    page, server, tmp_path
):
    opened(page, server)
    uploaded(page, tmp_path, "kind")
    page.locator(".chips label", has_text="height").click()
    until(page, "document.querySelectorAll('.unit.input').length === 2")
    trained(page, 30)
    assert "X = X[:, [0, 2]]" in assert_same_loss(page, tmp_path)
    page.reload()
    page.wait_for_selector("[data-standing=epoch]")
    assert_same_loss(page, tmp_path)


def test_python_parts_the_rows_as_they_were_given(page, tmp_path):
    X, y = points()
    train, valid = ({"X": laid_out(X[part]), "y": laid_out(y[part])} for part in (slice(42), slice(42, None)))
    player = Player()
    given(player, train=train, valid=valid)
    with serving(player) as server:
        page.goto(server.door.address)
        page.wait_for_selector("[data-standing=epoch]")
        trained(page, 30)
        assert "np.arange(42, 60)" in assert_same_loss(page, tmp_path)
        page.errors[:] = [each for each in page.errors if "WebSocket" not in each]
    player.close()
