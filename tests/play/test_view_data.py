"""The data of the page: sets of points, noise, size, split and seed; points by hand; digits; a table of one's own."""

import numpy as np
import pytest
from plans import given as given_plan
from plans import points as pointed
from serving import serving
from sklearn.datasets import load_iris
from waiting import until, until_stands, until_true

from mlnn.play.plan import laid_out
from mlnn.play.player import Player
from mlnn.play.points import points
from mlnn.play.tables import uploaded


def plan(server):
    return server.player.get("state")["plan"]


def rows(examples):
    return np.asarray(examples["X"]["data"]).reshape(-1, examples["X"]["columns"])


def given(server):
    """Return all rows that the player has, sorted."""
    its = plan(server)
    X = np.vstack([rows(its["train"]), rows(its["valid"])]) if its["valid"] else rows(its["train"])
    return X[np.lexsort(X.T)]


def choose(page, kind):
    page.locator(".kinds label", has_text=kind).click()
    until(page, "kind => document.querySelector('.kinds input:checked')?.getAttribute('aria-label') === kind", kind)


def notices(page):
    return page.locator(".notices").inner_text()


@pytest.mark.parametrize("kind", ["Circles", "XOR", "Gauss", "Spirals", "Plane", "Wave"])
def test_the_points_of_the_page_are_pythons(live, server, kind):
    choose(live, kind)
    until(live, "kind => location.hash.includes(kind)", kind)
    X, _ = points(kind.lower(), rows=200, noise=0.2, seed=0)
    np.testing.assert_allclose(given(server), X[np.lexsort(X.T)], rtol=0.0, atol=1e-13)
    output = "LeastSquares" if kind in ("Plane", "Wave") else "Softmax"
    assert plan(server)["network"]["output"]["is"] == output
    live.get_by_role("button", name="Epoch", exact=True).click()
    until(live, "document.querySelector('[data-standing=epoch]').textContent === '1'")


def test_noise_size_split_and_seed(live, server):
    live.get_by_label("Noise").fill("0.4")
    live.get_by_label("Points", exact=True).fill("120")
    live.get_by_label("Held out", exact=True).fill("0.5")
    live.get_by_role("button", name="New points").click()
    until(live, "['noise=0.4', 'rows=120', 'split=0.5', 'data.seed=1'].every(part => location.hash.includes(part))")
    X, _ = points("moons", rows=120, noise=0.4, seed=1)
    np.testing.assert_allclose(given(server), X[np.lexsort(X.T)], rtol=0.0, atol=1e-13)
    assert len(rows(plan(server)["valid"])) == 60


@pytest.mark.parametrize("arms", [3, 4, 5])
def test_spirals_have_two_to_five_arms(live, server, arms):
    choose(live, "Spirals")
    live.get_by_label("Arms").fill(str(arms))
    until(live, "arms => location.hash.includes(`arms=${arms}`)", arms)
    assert plan(server)["network"]["gates"][-2]["units"] == arms


def test_features_are_computed_of_the_inputs(live, server):
    for feature in ("x1²", "x1x2", "sin x2"):
        live.locator(".chips label", has_text=feature).click()
    until(live, "document.querySelectorAll('.unit.input').length === 5")
    X = rows(plan(server)["train"])
    np.testing.assert_allclose(X[:, 2], X[:, 0] ** 2)
    np.testing.assert_allclose(X[:, 3], X[:, 0] * X[:, 1])
    np.testing.assert_allclose(X[:, 4], np.sin(X[:, 1]))


def test_the_last_feature_stays(live):
    live.locator(".chips label", has_text="x1").first.click()
    live.locator(".chips label", has_text="x2").first.click()
    live.get_by_text("needs at least one feature").wait_for()


def hand(page, mode):
    page.get_by_text(mode, exact=True).click()
    return page.locator(".hand").bounding_box()


def test_points_are_added_moved_and_removed_by_pointer(live, server):
    box = hand(live, "Add")
    live.get_by_label("as class").select_option("1")
    live.mouse.click(box["x"] + 10, box["y"] + 10)
    until(live, "location.hash.includes('rows=201')")
    corner = given(server)[np.argmin(given(server) @ [1, -1])]
    assert corner[0] < -5.3
    assert corner[1] > 5.3
    hand(live, "Move")
    live.mouse.move(box["x"] + 10, box["y"] + 10)
    live.mouse.down()
    live.mouse.move(box["x"] + 40, box["y"] + 10)
    live.mouse.up()
    until(live, "x => !location.hash.includes(`[${x},`)", round(float(corner[0]), 2))
    assert len(given(server)) == 201
    hand(live, "Remove")
    live.mouse.click(box["x"] + 40, box["y"] + 10)
    until(live, "!location.hash.includes('rows=201')")
    assert len(given(server)) == 200


def test_the_picked_point_stays_picked_when_others_go_and_none_is_when_it_goes(live):
    live.get_by_role("tab", name="Computation graph").click()

    def picked():
        return live.locator("[data-spot='0 y 0'] title").text_content().replace("−", "-").split(" = ")[1]

    box = hand(live, "Pick")
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = picked()
    live.mouse.click(*middle)
    until(live, "location.hash.includes('view.row')")
    until_true(lambda: picked() != before)
    x1 = round(float(picked()), 2)  # as points by hand are kept
    hand(live, "Remove")
    live.mouse.click(box["x"] + 0.06 * box["width"], box["y"] + 0.55 * box["height"])
    until(live, "location.hash.includes('rows=199')")
    until_true(lambda: float(picked()) == x1)
    live.mouse.click(*middle)
    until(live, "location.hash.includes('rows=198')")
    until(live, "!location.hash.includes('view.row')")


def test_a_row_that_is_not_there_is_not_picked(page, server):
    page.goto(f"{server.door.address}#1&data.rows=20&view.row=150&view.tab='graph'")
    page.locator(".figure").wait_for()
    until(page, "!location.hash.includes('view.row')")
    assert page.locator(".rowchooser input").input_value() == "0"


def test_every_added_point_is_trained_on(live, server):
    box = hand(live, "Add")
    for k in range(1, 5):
        live.mouse.click(box["x"] + 10 + 8 * k, box["y"] + 10)
        until(live, f"location.hash.includes('rows={200 + k}')")
    until_true(lambda: len(given(server)) >= 204)
    assert (rows(plan(server)["train"])[:, 1] > 5).sum() == 4


@pytest.mark.parametrize(("mode", "left"), [("Add", 204), ("Remove", 196)])
def test_points_that_are_clicked_faster_than_the_player_answers_all_count(live, mode, left):
    box = hand(live, mode)
    live.locator(".hand").evaluate(
        """(hand, [x, y]) => {
            for (let k = 0; k < 4; k++) hand.dispatchEvent(
                new PointerEvent("pointerdown", { clientX: x + 60 * (k % 2), clientY: y + 60 * (k >> 1), button: 0 }))
        }""",
        [box["x"] + box["width"] / 2 - 30, box["y"] + box["height"] / 2 - 30],
    )
    until(live, f"location.hash.includes('rows={left}')")


def test_a_class_that_other_data_do_not_have_is_not_drawn_there(live):
    live.locator(".kinds label", has_text="Spirals").click()
    live.get_by_label("Arms").fill("5")
    until(live, "document.querySelectorAll('.unit.output').length === 5")
    hand(live, "Add")
    live.get_by_label("as class").select_option("4")
    live.locator(".kinds label", has_text="Moons").click()
    until(live, "document.querySelectorAll('.unit.output').length === 2")
    box = live.locator(".hand").bounding_box()
    assert live.get_by_label("as class").input_value() == "0"
    live.mouse.click(box["x"] + 10, box["y"] + 10)
    until(live, "location.hash.includes('rows=201')")
    assert live.locator(".unit.output").count() == 2


@pytest.mark.parametrize("mode", ["Add", "Remove"])
def test_the_other_points_stay_trained_on_or_held_out(live, server, mode):
    def sides():
        return [{tuple(row) for row in np.round(rows(plan(server)[part]), 2)} for part in ("train", "valid")]

    before = sides()
    box = hand(live, mode)
    live.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(live, f"location.hash.includes('rows={201 if mode == 'Add' else 199}')")
    until_true(lambda: sides() != before)
    moved = [there & here for there, here in zip(before, reversed(sides()), strict=True)]
    assert sum(map(len, moved)) <= 1  # where the share of rows held out asks for it


def test_other_data_take_no_points_by_hand_without_asking(live):
    box = hand(live, "Add")
    live.mouse.click(box["x"] + 10, box["y"] + 10)
    until(live, "location.hash.includes('rows=201')")
    live.locator(".kinds label", has_text="Spirals").click()
    live.get_by_text("Spirals begins a run of its own, in place of yours, which stands at epoch 0.").wait_for()
    live.get_by_role("button", name="Keep my run").click()
    assert live.locator(".kinds input:checked").get_attribute("aria-label") == "Moons"


def test_points_are_added_by_keyboard(live, server):
    hand(live, "Add")
    live.locator(".hand").focus()
    for key in ("ArrowUp", "ArrowLeft", "Enter"):
        live.keyboard.press(key)
    until(live, "location.hash.includes('rows=201')")
    assert len(given(server)) == 201


def test_a_new_class_may_be_drawn(live, server):
    box = hand(live, "Add")
    live.get_by_label("as class").select_option("new class")
    live.mouse.click(box["x"] + 10, box["y"] + 10)
    until(live, "document.querySelectorAll('.unit.output').length === 3")


@pytest.mark.parametrize("width", [1280, 390])
def test_what_a_click_does_is_read_in_full(still, width):
    still.set_viewport_size({"width": width, "height": 900})
    labels = still.locator(".segments span")
    cut = "all => all.filter(each => each.scrollWidth > each.clientWidth).map(each => each.textContent)"
    assert labels.count() == 4
    for letters in ("*{}", "* { letter-spacing: 0.6px }"):  # in a wider font too
        still.add_style_tag(content=letters)
        assert labels.evaluate_all(cut) == []
        assert still.evaluate("document.documentElement.scrollWidth") <= width


def test_a_point_is_picked(live):
    box = hand(live, "Pick")
    live.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for step in range(12):
        if "view.row" in live.url:
            break
        live.mouse.click(box["x"] + box["width"] * step / 12, box["y"] + box["height"] / 2)
        live.wait_for_timeout(50)
    until(live, "location.hash.includes('view.row')")


def test_digits(live, server):
    choose(live, "Digits")
    until(live, "location.hash.includes('digits')")
    its = plan(server)
    assert (its["network"]["inputs"], its["network"]["gates"][-2]["units"]) == (64, 10)
    live.get_by_role("button", name="Epoch", exact=True).click()
    until(live, "document.querySelector('[data-standing=epoch]').textContent === '1'")


@pytest.fixture
def iris(tmp_path):
    frame = load_iris(as_frame=True).frame
    frame["target"] = load_iris().target_names[frame["target"]]
    frame.to_csv(tmp_path / "iris.csv", index=False)
    return tmp_path / "iris.csv"


def upload(page, path):
    page.locator(".kinds label", has_text="Own table").click()
    page.get_by_label("Choose a CSV file").set_input_files(path)


def test_a_table_of_ones_own(live, server, iris):
    upload(live, iris)
    until(live, "document.querySelectorAll('.unit.output').length === 3")
    until(live, "document.querySelectorAll('.unit.input').length === 4")
    assert len(given(server)) == 150
    names = live.locator(".unit.output .name")
    until_true(lambda: names.all_inner_texts() == ["setosa", "versicolor", "virginica"])
    live.get_by_label("Axis up").select_option("petal length (cm)")
    live.get_by_role("button", name="Epoch", exact=True).click()
    until(live, "document.querySelector('[data-standing=epoch]').textContent === '1'")
    live.get_by_label("Target column").select_option("petal width (cm)")
    live.get_by_role("button", name="Begin it").click()
    until(live, "document.querySelectorAll('.unit.output').length === 1")
    assert plan(server)["network"]["output"]["is"] == "LeastSquares"


def test_what_a_large_table_chose_goes_with_it_and_what_the_reader_chose_stays(live, tmp_path):
    (tmp_path / "many.csv").write_text("x,y,z\n" + "".join(f"{k},{k % 7},{k % 2}\n" for k in range(1200)))
    (tmp_path / "few.csv").write_text("x,y,z\n" + "".join(f"{k},{k % 7},{k % 2}\n" for k in range(40)))
    batch, units = live.get_by_label("Batch", exact=True), live.get_by_label("Units of layer 1", exact=True)
    upload(live, tmp_path / "many.csv")
    live.get_by_text("takes them 32 at a time").wait_for()
    assert (batch.input_value(), units.input_value()) == ("32", "16")
    live.locator(".kinds label", has_text="XOR").click()
    until(live, "location.hash === \"#1&data.kind='XOR'\"")
    assert (batch.input_value(), units.input_value()) == ("", "3")
    upload(live, tmp_path / "many.csv")
    live.get_by_text("takes them 32 at a time").wait_for()
    upload(live, tmp_path / "few.csv")
    live.get_by_text("few.csv: 40 rows").wait_for()
    assert (batch.input_value(), units.input_value()) == ("", "16")
    upload(live, tmp_path / "many.csv")
    live.get_by_text("takes them 32 at a time").wait_for()
    batch.fill("50")
    batch.press("Enter")
    live.get_by_text("takes them 32 at a time").wait_for(state="detached")
    live.locator(".kinds label", has_text="XOR").click()
    until(live, "location.hash.includes('XOR')")
    assert batch.input_value() == "50"


def test_a_table_is_shown_in_its_own_units(live, tmp_path):
    lines = "".join(f"{10 * k},{k % 7},{3000 * k + 0.5}\n" for k in range(1, 31))
    (tmp_path / "flats.csv").write_text(f"area,rooms,price\n{lines}")
    upload(live, tmp_path / "flats.csv")
    live.get_by_text("flats.csv: 30 rows").wait_for()
    low, name, high = live.locator(".axis.across > *").all_inner_texts()
    assert name == "area"
    assert -60 < float(low.replace("−", "-")) < 10  # of areas from 10 to 300, with some room at either side
    assert 300 < float(high) < 400
    live.get_by_text("the farther from the median, the closer together").wait_for()
    assert "as the network sees it" in live.locator(".axis.across").get_attribute("title")
    assert "3000 " in live.locator(".legend").inner_text()
    assert "90000 price" in live.locator(".legend").inner_text()
    live.get_by_role("tab", name="Computation graph").click()
    live.get_by_text("price: 3000, predicted ").or_(live.get_by_text("price: 3001, predicted ")).wait_for()


def test_the_target_is_any_column_of_the_file_also_where_the_last_cannot_be_learned(live, tmp_path):
    lines = "".join(f"{k},{k % 2},name{k % 101}\n" for k in range(303))
    (tmp_path / "mine.csv").write_text(f'"a,b",c,y\n{lines}')
    upload(live, tmp_path / "mine.csv")
    live.get_by_text("101 classes").wait_for()
    target = live.get_by_label("Target column")
    assert target.locator("option").all_inner_texts() == ["the last column", "a,b", "c", "y"]
    target.select_option("a,b")
    until(live, "location.hash.includes('own')")


def test_that_no_row_is_held_out_stands_below_the_slider(live):
    said = live.get_by_text("No row is held out: nothing tells")
    assert said.count() == 0
    live.get_by_label("Held out", exact=True).fill("0")
    said.wait_for()


def test_until_a_table_is_read_the_data_that_train_stay_chosen(live):
    own = live.locator(".kinds label", has_text="Own table")
    for _ in range(2):
        own.click()
        live.get_by_text("Until a table is read, training goes on with Moons.").wait_for()
        assert live.locator(".kinds input:checked").get_attribute("aria-label") == "Moons"


def test_other_data_take_no_trained_run_without_asking(live):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    choice = live.locator(".kinds label", has_text="Spirals")
    asked = live.get_by_text("Spirals begins a run of its own, in place of yours, which stands at epoch 1.")
    choice.click()
    asked.wait_for()
    assert live.locator(".kinds input:checked").get_attribute("aria-label") == "Moons"
    live.get_by_role("button", name="Keep my run").click()
    choice.click()
    live.get_by_role("button", name="Begin it").click()
    until(live, "location.hash === \"#1&data.kind='Spirals'\"")
    until_stands(live, "epoch", "0")
    choose(live, "XOR")  # nothing is lost
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.locator(".kinds label", has_text="XOR").click()
    until_stands(live, "epoch", "1")
    assert asked.count() == 0


def test_the_question_stays_while_the_run_is_looked_at_otherwise_and_goes_with_a_change_of_it(live):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.locator(".kinds label", has_text="Spirals").click()
    asked = live.get_by_text("Spirals begins a run of its own")
    asked.wait_for()
    live.get_by_role("tab", name="Health").click()
    live.keyboard.press("d")
    until(live, "location.hash.includes('health') && location.hash.includes('discretize')")
    assert asked.is_visible()
    live.get_by_label("Batch", exact=True).fill("20")
    live.get_by_label("Batch", exact=True).press("Enter")
    asked.wait_for(state="detached")


def test_a_file_or_another_target_takes_no_trained_run_without_asking(live, iris):
    def trained(epoch):
        live.get_by_role("button", name="Epoch", exact=True).click()
        until_stands(live, "epoch", epoch)

    chosen, target = live.locator(".kinds input:checked"), live.get_by_label("Target column")
    trained("1")
    live.get_by_text("Own table").click()
    live.get_by_label("Choose a CSV file").set_input_files(iris)
    live.get_by_text("iris.csv begins a run of its own, in place of yours, which stands at epoch 1.").wait_for()
    live.get_by_role("button", name="Keep my run").click()
    trained("2")
    assert chosen.get_attribute("aria-label") == "Moons"
    live.get_by_label("Choose a CSV file").set_input_files(iris)
    live.get_by_role("button", name="Begin it").click()
    live.get_by_text("iris.csv: 150 rows, 4 features, 3 classes").wait_for()
    trained("1")
    before, first = target.input_value(), target.locator("option").nth(1).inner_text()
    target.select_option(first)
    live.get_by_text(f"iris.csv with the target {first} begins a run of its own").wait_for()
    live.get_by_role("button", name="Keep my run").click()
    until_true(lambda: target.input_value() == before)
    assert live.get_by_text("iris.csv: 150 rows, 4 features, 3 classes").is_visible()


def test_a_table_that_was_read_waits_while_the_run_is_changed(live, iris):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.get_by_text("Own table").click()
    live.get_by_label("Choose a CSV file").set_input_files(iris)
    asked = live.get_by_text("iris.csv begins a run of its own")
    asked.wait_for()
    live.get_by_label("rate", exact=True).fill("0.05")
    live.get_by_label("rate", exact=True).press("Enter")
    until(live, "location.hash.includes('0.05')")
    live.get_by_role("button", name="Reset", exact=True).click()
    until_stands(live, "epoch", "0")
    assert asked.is_visible()
    live.get_by_role("button", name="Begin it").click()
    live.get_by_text("iris.csv: 150 rows, 4 features, 3 classes").wait_for()
    assert asked.count() == 0


def test_a_file_that_cannot_be_read_is_said(live, tmp_path):
    live.evaluate("void (Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('', 'NotFoundError')))")
    upload(live, classes(tmp_path, 2))
    live.locator(".notice", has_text="2.csv cannot be read: the page takes a file, not a folder").wait_for()
    assert live.get_by_text("Choose or drop a CSV file").is_visible()


def test_another_target_may_do_where_a_table_was_refused(live, server, tmp_path, monkeypatch):
    def refuse(value):
        raise ValueError("not this one")

    with monkeypatch.context() as patched:
        patched.setattr(server.player, "_set_plan", refuse)
        upload(live, classes(tmp_path, 3))
        live.locator(".notice", has_text="not this one").wait_for()
    until(live, "document.querySelector('.kinds input:checked').getAttribute('aria-label') === 'Moons'")
    target = live.get_by_label("Target column")
    target.select_option(index=2)
    until(live, "document.querySelector('.kinds input:checked').getAttribute('aria-label') === 'Own table'")
    (tmp_path / "none.csv").write_text('a,b\n"1,2')
    live.get_by_label("Choose a CSV file").set_input_files(tmp_path / "none.csv")
    live.locator(".notice", has_text="none.csv").wait_for()
    assert target.is_visible()
    live.errors.clear()


def test_a_refused_file_is_named_beside_its_targets_and_left_for_the_table_that_trains(live, iris, tmp_path):
    upload(live, iris)
    live.get_by_text("iris.csv: 150 rows, 4 features, 3 classes").wait_for()
    target = live.get_by_label("Target column")
    theirs = target.locator("option").all_inner_texts()
    (tmp_path / "mine.csv").write_text("a,b\n" + "".join(f"{k},1\n" for k in range(9)))
    live.get_by_label("Choose a CSV file").set_input_files(tmp_path / "mine.csv")
    live.get_by_text("mine.csv was not taken so: another target may do.").wait_for()
    assert target.locator("option").all_inner_texts() == ["the last column", "a", "b"]
    live.get_by_role("button", name="Leave it").click()
    live.get_by_text("was not taken so").wait_for(state="detached")
    assert target.locator("option").all_inner_texts() == theirs
    live.errors.clear()


def test_the_target_can_be_changed_after_other_data(live, iris):
    upload(live, iris)
    target = live.get_by_label("Target column")
    target.select_option("petal width (cm)")
    until(live, "document.querySelectorAll('.unit.output').length === 1")
    choose(live, "Moons")
    target.wait_for(state="detached")
    choose(live, "Own table")
    assert target.input_value() == "petal width (cm)"
    target.select_option("")
    until(live, "document.querySelectorAll('.unit.output').length === 3")


def test_the_readers_own_table_is_there_after_the_digits(live, server, iris):
    own = live.locator(".said summary", has_text="iris.csv: 150 rows")
    upload(live, iris)
    own.wait_for()
    for reloads in (False, True):
        choose(live, "Digits")
        until(live, "location.hash.includes('digits')")
        if reloads:
            live.reload()
        until(live, "document.querySelectorAll('.unit.output').length === 10")
        choose(live, "Own table")
        own.wait_for()
        until(live, "document.querySelectorAll('.unit.output').length === 3")


def test_after_a_reload_it_says_how_to_choose_another_target(live, server, iris):  # the other player keeps no table
    upload(live, iris)
    until(live, "document.querySelectorAll('.unit.output').length === 3")
    live.reload()
    live.get_by_text("To predict another column, choose the file again.").wait_for()
    assert live.get_by_label("Target column").count() == 0


def test_a_table_that_was_read_is_not_asked_for_when_other_data_come(live, iris):
    upload(live, iris)
    live.get_by_text("iris.csv: 150 rows").wait_for()
    choose(live, "Moons")
    choose(live, "Own table")
    live.get_by_text("iris.csv: 150 rows").wait_for()
    live.evaluate("location.hash = \"#1&data.kind='XOR'\"")
    live.get_by_role("button", name="Begin it").click()
    until(live, "document.querySelector('.kinds input:checked').getAttribute('aria-label') === 'XOR'")
    assert live.get_by_text("Until a table is read").count() == live.locator(".said summary").count() == 0


def test_a_reload_finds_the_table_and_the_run(live, server, iris):
    upload(live, iris)
    until(live, "document.querySelectorAll('.unit.output').length === 3")
    live.get_by_role("button", name="Epoch", exact=True).click()
    until(live, "document.querySelector('[data-standing=epoch]').textContent === '1'")
    live.reload()
    until(live, "document.querySelector('[data-standing=epoch]')?.textContent === '1'")
    until(live, "document.querySelectorAll('.unit.output').length === 3")
    assert notices(live) == ""


def shown(page):
    """What of the data and the run is on the page."""
    parts = (".chips label", ".unit.input .name", ".unit.output .name", ".legend", ".said summary")
    return {each: page.locator(each).all_inner_texts() for each in parts}


def test_a_reload_finds_another_table_than_the_servers_own_and_all_its_columns(page, iris):
    random = np.random.default_rng(0)
    lines = "\n".join(f"{a:.3f},{b:.3f},{a > b}" for a, b in random.normal(size=(40, 2)))
    player = Player(table=uploaded("other.csv", f"a,b,more\n{lines}\n"))
    with serving(player) as server:
        page.goto(server.door.address)
        until(page, "document.querySelectorAll('.unit.input').length === 2")
        upload(page, iris)
        until(page, "document.querySelectorAll('.unit.output').length === 3")
        page.locator(".chips label", has_text="sepal width").click()
        until(page, "document.querySelectorAll('.unit.input').length === 3")
        page.get_by_label("Run to epoch").fill("30")
        page.get_by_label("Run to epoch").press("Enter")
        until_stands(page, "epoch", "30")
        before = shown(page)
        assert all(before.values()), before
        page.reload()
        until(page, "document.querySelector('[data-standing=epoch]')?.textContent === '30'")
        until_true(lambda: shown(page) == before, lambda: f"{before}\n{shown(page)}")
        page.errors[:] = [each for each in page.errors if "WebSocket" not in each]
    player.close()


def test_a_reload_finds_the_rows_that_were_given(page):
    X, y = pointed(60)
    player = Player(
        "widget",
        {"name": "X, y", "columns": ["a", "b"], "classes": ["no", "yes"], "said": []}
        | {"X": laid_out(X), "y": laid_out(y)},
    )
    given_plan(player)
    with serving(player) as server:
        page.goto(server.door.address)
        page.get_by_label("Run to epoch").fill("30")
        page.get_by_label("Run to epoch").press("Enter")
        until_stands(page, "epoch", "30")
        page.get_by_label("Discretize").check()
        before = shown(page)
        assert before[".unit.output .name"] == ["no", "yes"]
        page.reload()
        until(page, "document.querySelector('[data-standing=epoch]')?.textContent === '30'")
        until_true(lambda: shown(page) == before, lambda: f"{before}\n{shown(page)}")
        page.get_by_label("rate", exact=True).fill("0.02")
        page.get_by_label("rate", exact=True).press("Enter")
        until_true(lambda: plan(server)["optimizer"]["rate"] == 0.02)
        np.testing.assert_array_equal(rows(plan(server)["valid"]), X[::3])
        page.errors[:] = [each for each in page.errors if "WebSocket" not in each]
    player.close()


def classes(tmp_path, count):
    """Return a file of two columns and this many classes."""
    lines = "\n".join(f"{k % count + k / 50},{k % 7},{'ABC'[k % count]}" for k in range(24))
    (tmp_path / f"{count}.csv").write_text(f"a,b,kind\n{lines}\n")
    return tmp_path / f"{count}.csv"


def test_another_table_with_the_same_columns_gets_an_output_for_each_of_its_classes(live, tmp_path):
    for count in (2, 3, 2):
        upload(live, classes(tmp_path, count))
        until(live, "count => document.querySelector('.said summary')?.textContent.startsWith(count)", str(count))
        names = list("ABC"[:count])  # the run before has as many outputs, but of other names
        until_true(lambda names=names: live.locator(".unit.output .name").all_inner_texts() == names)
        assert notices(live) == ""


def test_a_table_that_the_player_refuses_is_undone_with_its_settings(live, server, tmp_path, monkeypatch):
    upload(live, classes(tmp_path, 2))
    until(live, "document.querySelector('.said summary')?.textContent.startsWith('2.csv')")
    until(live, "document.querySelectorAll('.unit.output .name')[0]?.textContent === 'A'")
    before = shown(live)

    def refuse(value):
        raise ValueError("not this one")

    with monkeypatch.context() as patched:
        patched.setattr(server.player, "_set_plan", refuse)
        live.get_by_label("Choose a CSV file").set_input_files(classes(tmp_path, 3))
        live.locator(".notice", has_text="not this one").wait_for()
    until_true(lambda: shown(live) == before, lambda: f"{before}\n{shown(live)}")
    live.get_by_role("slider", name="Held out").fill("0.5")
    until_true(lambda: len(rows(plan(server)["valid"])) == 12)
    assert shown(live)[".said summary"] == before[".said summary"]
    live.errors.clear()


@pytest.fixture
def late(page):
    """Frames of the page without a server come half a second late, all other replies at once."""
    page.add_init_script("""
        window.Worker = class extends Worker {
            set onmessage(hear) {
                super.onmessage = (event) => setTimeout(() => hear(event), event.data.value?.theta ? 500 : 0);
            }
        };
    """)


@pytest.mark.parametrize("tab", ["Network", "Computation graph", "Health", "Compare"])
def test_frames_of_earlier_data_may_come_late(late, still, tab):
    still.get_by_role("tab", name=tab).click()
    for kind in ("Circles", "Digits", "Wave", "Spirals"):
        choose(still, kind)
        until(still, "kind => location.hash.toLowerCase().includes(kind)", kind.lower())
        still.wait_for_timeout(1200)  # the page has the new data before their first frame


@pytest.mark.parametrize(
    ("name", "text"),
    [("empty.csv", ""), ("one.csv", "a\n1\n2\n"), ("picture.csv", "\x00\x01\x02"), ("words.csv", "a,b\n1,\n2,\n")],
)
def test_a_table_that_cannot_be_learned_from_is_refused_in_words(live, server, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    until_true(lambda: plan(server))
    before = given(server)
    upload(live, tmp_path / name)
    live.locator(".notice").first.wait_for()
    np.testing.assert_array_equal(given(server), before)
    live.errors.clear()


def test_a_table_of_ones_own_leaves_the_lesson_and_its_recipe(page, server, tmp_path):
    page.goto(server.door.address)
    page.locator(".lesson summary").first.click()
    page.get_by_role("button", name="The tutorial: three hidden units").click()
    until(page, "location.hash.includes('tutorial') && location.hash.includes('scoresLayer')")
    file = tmp_path / "heights.csv"
    file.write_text("a,b,height\n" + "".join(f"{k},{k % 7},{1.5 * k + 10}\n" for k in range(60)))
    page.get_by_text("Own table").click()
    page.locator("input[type=file]").first.set_input_files(file)
    until(page, "location.hash.includes('own') && !location.hash.includes('tutorial')")
    until(page, "!/scoresLayer|optimizer|split/.test(location.hash)")
    assert page.get_by_label("Optimizer", exact=True).input_value() == "Adam"
    assert page.locator(".lesson-open").count() == 0
