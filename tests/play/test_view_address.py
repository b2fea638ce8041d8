"""The page's address: it holds all settings, and one that cannot be understood begins anew, in words."""

from urllib.parse import unquote

import numpy as np
import pytest
from waiting import until, until_stands, until_true


def opened(page, server, settings):
    page.goto(f"{server.door.address}{settings}")
    page.wait_for_selector(".play")
    return page


def test_what_is_chosen_is_in_the_address_and_the_address_brings_it_back(live, server, context):
    live.locator(".kinds label", has_text="Spirals").click()
    live.get_by_label("Optimizer", exact=True).select_option("SGD")
    live.get_by_label("Penalty", exact=True).select_option("L1")
    live.get_by_label("One hidden layer more").click()
    live.get_by_role("tab", name="Health").click()
    until(live, "['Spirals', 'SGD', 'L1', 'health'].every(part => location.hash.includes(part))")
    address = live.evaluate("location.hash")
    assert unquote(address) == (
        "#1&data.kind='Spirals'&network.layers=[{'units':3,'layer':{'is':'Tanh'},'norm':false,'dropout':0},"
        "{'units':3,'layer':{'is':'Tanh'},'norm':false,'dropout':0}]&training.optimizer={'is':'SGD','rate':0.01}"
        "&training.penalty={'is':'L1'}&view.tab='health'"
    )
    live.goto("about:blank")
    live.goto(f"http://127.0.0.1:{server.port}/#1&data.kind='XOR'")
    live.get_by_role("button", name="Begin it").click()
    until(live, "location.hash === \"#1&data.kind='XOR'\"")
    live.evaluate("hash => location.hash = hash", address)
    live.get_by_role("button", name="Begin it").click()
    until(live, "document.querySelector('[role=tab][aria-selected=true]')?.textContent === 'Health'")
    assert live.get_by_label("Optimizer", exact=True).input_value() == "SGD"
    assert live.evaluate("location.hash") == address


def test_a_reload_finds_the_run_as_it_is(live, server):
    live.get_by_role("button", name="Play").click()
    live.get_by_role("button", name="Pause").wait_for()
    live.reload()
    live.get_by_role("button", name="Pause").wait_for()
    assert server.player.get("frame")["playing"]
    assert live.evaluate("location.hash") == "#1"


@pytest.mark.parametrize(
    "part",
    [
        "nonsense",
        "data.rows='many'",
        "data.rows=%",
        "data.points=[[1,2]]",
        "training.batch=-3",
        "network.layers=[{'units':0}]",
        "view.axes=[0]",
        "__proto__.polluted=true",
        "data.rows=1e999",
        "training.optimizer=null",
        "view.tab='nothing'",
        "view=[]",
        "data=null",
        "data.points=" + "[" * 5000 + "]" * 5000,
        "training.penalty=" + "{'is':'L2','strength':" * 3000 + "1" + "}" * 3000,
        "training.optimizer=" + "{'is':'Averaged','optimizer':" * 60 + "{'is':'SGD'}" + "}" * 60,
        "training.optimizer={'is':'SGD','rate':1e400}",
        "network.frozen=[1000000000000000000000000000000]",
    ],
    ids=lambda part: part[:40],
)
def test_a_part_that_is_no_setting_is_left_out_in_words(page, server, part):
    opened(page, server, f"#1&{part}&data.noise=0.3")
    page.get_by_text("in the address is no setting").wait_for()
    until(page, "location.hash === '#1&data.noise=0.3'")


@pytest.mark.parametrize("settings", ["#2&data.noise=0.3", "#hello", "#%%%"])
def test_another_version_begins_anew_in_words(page, server, settings):
    opened(page, server, settings)
    page.get_by_text("holds no settings that this page knows").wait_for()
    until(page, "location.hash === '#1'")


def test_an_address_of_no_settings_is_told_of_once_and_takes_no_run(live, server):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.get_by_label("Noise").fill("0.3")
    until(live, "location.hash === '#1&data.noise=0.3'")
    live.evaluate("location.hash = '#2&x'")
    live.get_by_text("holds no settings that this page knows").wait_for()
    until(live, "location.hash === '#1&data.noise=0.3'")
    assert live.locator(".notice").count() == 1
    assert live.locator(".instead").count() == 0
    live.goto("about:blank")
    live.goto(f"http://127.0.0.1:{server.port}/#2&x")
    live.get_by_text("holds no settings that this page knows").wait_for()
    until(live, "location.hash === '#1&data.noise=0.3'")
    assert live.locator(".instead").count() == 0


def test_numbers_beyond_their_bounds_are_brought_within(page, server):
    opened(
        page,
        server,
        "#1&data.rows=1000000&network.layers=[{'units':9999,'layer':{'is':'Tanh'},'norm':false,'dropout':0}]",
    )
    until(page, "location.hash.includes('rows=5000') && location.hash.includes(\"'units':256\")")


def test_numbers_that_are_brought_within_their_bounds_are_told(page, server):
    opened(
        page, server, "#1&data.noise=99&network.layers=[{'units':9999,'layer':{'is':'Tanh'},'norm':false,'dropout':0}]"
    )
    said = page.get_by_role("status").filter(has_text="beyond what there can be")
    said.wait_for()
    assert "noise 99 is 1" in said.inner_text()
    assert "units of layer 1 9999 is 256" in said.inner_text()


BEYOND = {
    "points of no class": ("data.points=[[0,0,0],[1,1,1],[0,1,-1],[1,0,0.5]]", "points by hand 4 is 2"),
    "one point": ("data.points=[[0,0,0]]", "points by hand 1 is 0"),
    "an output for values": ("network.output={'is':'LeastSquares'}", "output LeastSquares is Softmax"),
    "an output for classes": ("data.kind='Wave'&network.output={'is':'Softmax'}", "output Softmax is LeastSquares"),
    "no feature": ("features=[]", "features 0 is 2"),
}


@pytest.mark.parametrize(("settings", "says"), BEYOND.values(), ids=BEYOND.keys())
@pytest.mark.parametrize("comes", ["first", "later"])
def test_what_the_data_do_not_take_is_told(page, server, settings, says, comes):
    opened(page, server, f"#1&{settings}" if comes == "first" else "")
    if comes == "later":
        page.evaluate("settings => location.hash = '1&' + settings", settings)
    page.get_by_role("status").filter(has_text=f"beyond what there can be: {says}.").wait_for()


@pytest.mark.parametrize("settings", ["data.kind='Wave'", "data.kind='digits'", "data.points=[[0,0,0],[1,1,1]]"])
def test_what_an_address_leaves_open_is_no_complaint(page, server, settings):
    opened(page, server, f"#1&{settings}")
    until(page, "settings => decodeURIComponent(location.hash).includes(settings)", settings)
    page.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(page, "epoch", "1")
    assert page.get_by_text("beyond what there can be").count() == 0


def test_a_part_without_a_name_is_called_by_what_it_should_be(still):
    still.evaluate("location.hash = \"#1&training.optimizer={'is':''}\"")
    still.get_by_text("The browser's engine has no optimizer called ''.").wait_for()


@pytest.mark.parametrize("edit", ["One hidden layer more", "One unit more in Layer 1"])
def test_before_any_step_the_first_weights_are_those_of_the_address(live, server, edit):
    live.get_by_label("Activation of layer 1").select_option("ReLU")
    live.get_by_label(edit).click()
    until(live, "(location.hash.match(/'units':/g) ?? []).length > 1 || location.hash.includes(\"'units':4\")")
    until_true(lambda: server.player.get("state")["plan"]["network"]["gates"][2]["is"] == "ReLU")
    theta = server.player.get("frame")["theta"]
    live.get_by_role("button", name="Reset", exact=True).click()
    live.wait_for_timeout(300)
    np.testing.assert_array_equal(server.player.get("frame")["theta"], theta)
    server.player.send("weight", {"place": 0, "value": 0.75})
    live.get_by_label("One unit more in Layer 1").click()  # what was typed is kept
    until_true(lambda: server.player.get("frame")["theta"].size > theta.size)
    assert server.player.get("frame")["theta"][0] == 0.75


def test_an_address_that_is_refused_while_a_run_is_there_goes_back_to_the_runs_own(live):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.evaluate("location.hash = `#1&training.optimizer={'is':'SGD','rate':'x'}`")
    live.get_by_role("button", name="Begin it").click()
    live.get_by_text("rate must be a number, but got").first.wait_for()
    until(live, "location.hash === '#1'")


def test_what_is_named_again_and_again_is_taken_once(page, server):
    features, frozen = ",".join(["'x1'"] * 3000), ",".join(["'W1[0,0]'"] * 3000)
    opened(page, server, f"#1&features=[{features}]&network.frozen=[{frozen}]")
    until(page, "location.hash === `#1&features=['x1']&network.frozen=['W1[0,0]']`")


def test_an_unknown_part_is_refused_by_the_player_and_the_page_goes_on(page, server):
    opened(page, server, "#1&training.optimizer={'is':'Magic'}")
    page.get_by_text("Magic").first.wait_for()
    until(page, "location.hash === '#1'")
    page.get_by_role("button", name="Epoch", exact=True).click()
    until(page, "document.querySelector('[data-standing=epoch]').textContent === '1'")


@pytest.mark.parametrize(
    ("refused", "kept", "says"),
    [
        (
            "training.optimizer={'is':'SGD','rate':-1}",
            "network.scoresLayer={'is':'Tanh'}",
            "Training cannot be as asked for",
        ),
        (
            "network.layers=[{'units':3,'layer':{'is':'Bend'},'norm':false,'dropout':0}]",
            "training.seed=4",
            "The network",
        ),
    ],
)
def test_a_part_that_the_player_refuses_takes_no_other_with_it(page, server, refused, kept, says):
    opened(page, server, f"#1&data.kind='XOR'&{refused}&{kept}&view.tab='health'")
    page.get_by_role("status").filter(has_text=says).wait_for()
    until(page, f"location.hash === `#1&data.kind='XOR'&{kept}&view.tab='health'`")


def test_a_table_that_is_not_there_is_said(page, server):
    opened(page, server, "#1&data.kind='own'")
    page.get_by_text("a table of your own").wait_for()
    until(page, "document.querySelectorAll('.unit.input').length === 2")


def test_an_address_keeps_its_settings_until_its_table_comes(live, tmp_path):
    asked = (
        "#1&data.kind='own'&data.split=0.5&features=['b']&network.layers=[{'units':16,'layer':{'is':'Tanh'},'norm':false,"
        "'dropout':0},{'units':4,'layer':{'is':'ReLU'},'norm':false,'dropout':0}]&network.output={'is':'Absolute'}"
        "&training.optimizer={'is':'Adam','rate':0.003}&training.batch=8"
    )
    lines = "\n".join(f"{k % 7},{k % 5},{k * 1.37:.2f}" for k in range(40))
    (tmp_path / "mine.csv").write_text(f"a,b,y\n{lines}\n")
    live.evaluate("hash => location.hash = hash", asked)
    live.get_by_text("a table of your own").wait_for()
    live.reload()
    live.get_by_role("button", name="Epoch", exact=True).click()
    until(live, "document.querySelector('[data-standing=epoch]')?.textContent === '1'")
    live.get_by_text("a table of your own").wait_for()
    live.get_by_role("textbox", name="Batch").fill("16")
    live.get_by_role("textbox", name="Batch").press("Enter")
    asked = asked.replace("batch=8", "batch=16")
    until(live, "hash => decodeURIComponent(location.hash) === hash", asked)
    live.locator(".kinds label", has_text="Own table").click()
    live.get_by_label("Choose a CSV file").set_input_files(tmp_path / "mine.csv")
    live.get_by_role("button", name="Begin it").click()
    until(live, "[...document.querySelectorAll('.unit.input .name')].map(each => each.textContent).join() === 'b'")
    until(live, "hash => decodeURIComponent(location.hash) === hash", asked)
    until(live, "!document.querySelector('.notice')")


def test_an_address_that_changes_is_followed(live):
    live.evaluate("location.hash = \"#1&data.kind='XOR'\"")
    until(live, "document.querySelector('.kinds input:checked').getAttribute('aria-label') === 'XOR'")


def test_an_address_that_changes_while_the_page_writes_its_own_is_followed(live):
    live.evaluate("location.hash = \"#1&data.kind='XOR'\"; history.replaceState(null, '', '#1')")
    until(live, "document.querySelector('.kinds input:checked').getAttribute('aria-label') === 'XOR'")
    until(live, "location.hash === \"#1&data.kind='XOR'\"")


def test_an_address_takes_no_run_without_asking(live, server, context):
    """Neither one that is changed nor that of another tab."""
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.evaluate("location.hash = \"#1&data.kind='XOR'\"")
    live.get_by_text("This address begins a run of its own, in place of yours, which stands at epoch 1.").wait_for()
    live.get_by_role("button", name="Keep my run").click()
    until(live, "location.hash === '#1'")
    other = context.new_page()
    other.goto(f"http://127.0.0.1:{server.port}/#1&data.kind='XOR'")
    other.get_by_role("link", name="Use it here").click()
    other.get_by_text("in place of yours, which stands at epoch 1.").wait_for()
    assert server.player.get("frame")["step"] == 1
    other.get_by_role("button", name="Begin it").click()
    until(other, "location.hash === \"#1&data.kind='XOR'\"")
    until_stands(other, "epoch", "0")


def test_the_question_goes_with_the_address_that_asked_it(live):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.evaluate("location.hash = \"#1&data.kind='XOR'\"")
    asked = live.get_by_text("This address begins a run of its own")
    asked.wait_for()
    live.get_by_role("button", name="Reset").click()
    until(live, "location.hash === '#1'")
    asked.wait_for(state="detached")


def test_a_reload_asks_nothing_where_the_pages_own_address_lags_behind(live, server):
    live.get_by_label("Noise").fill("0.4")
    until(live, "location.hash.includes('0.4')")
    live.evaluate("history.replaceState(history.state, '', '#1')")
    live.reload()
    until(live, "location.hash.includes('0.4')")
    assert live.locator(".instead").count() == 0


def test_an_address_that_looks_at_the_run_otherwise_keeps_it(live, server):
    live.get_by_role("button", name="Epoch", exact=True).click()
    until_stands(live, "epoch", "1")
    live.evaluate("location.hash = \"#1&view.tab='health'\"")
    until(live, "document.querySelector('[role=tab][aria-selected=true]').textContent === 'Health'")
    live.goto("about:blank")
    live.goto(f"http://127.0.0.1:{server.port}/#1&view.tab='compare'")
    until(live, "document.querySelector('[role=tab][aria-selected=true]')?.textContent === 'Compare'")
    until_stands(live, "epoch", "1")
    assert server.player.get("frame")["step"] == 1


def test_what_an_address_names_and_is_not_there_is_said_in_one_notice(page, server):
    names = "data.kind='Moon'&features=['x1','x9']&network.frozen=['W9[0,0]']&view.lesson='none'"
    opened(page, server, f"#1&{names}&a=1&b=2")
    page.get_by_text("“a=1”, “b=2” in the address is no setting").wait_for()
    told = "data “Moon”, feature “x9”, weight “W9[0,0]” to freeze, lesson “none”"
    page.get_by_text(f"Asked for, but not there, and so left out: {told}.").wait_for()
    assert page.locator(".notice").count() == 2


def test_a_teacher_hides_controls(page, server):
    opened(page, server, "#1&view.hide=['data','share']")
    page.locator(".unit").first.wait_for()
    assert page.locator(".card.data").count() == page.locator(".card.share").count() == 0
    assert page.locator(".card.training").count() == 1


@pytest.mark.parametrize(
    "settings",
    [
        "data.kind='constructor'",
        "data.kind='Squares'&data.points=[[0,0,0],[1,1,1],[2,2,1]]",
        "data.points=[[0,0,1e9],[1,1,0],[2,2,1],[3,3,0.5],[4,4,-1]]",
        "features=['constructor','toString']",
    ],
)
def test_an_address_asks_for_no_unknown_points_and_no_millions_of_classes(page, server, settings):
    opened(page, server, f"#1&{settings}")
    page.locator("[data-standing=epoch]").wait_for()
    until(page, "!/constructor|Squares|1e9|1000000000/.test(location.hash)")
    network = server.player.get("state")["plan"]["network"]
    assert (network["inputs"], network["gates"][-2]["units"]) == (2, 2)
