"""The page and its server, in a real browser: opening, a second tab, a lost connection, a killed server, tables."""

import re

import pytest
from commands import houses
from plans import until
from serving import serving
from waiting import until_true

from mlnn.play.player import Player
from mlnn.play.tables import uploaded

DRAWN = "#play svg, #play canvas"


def played(page):
    page.get_by_role("button", name="Play", exact=True).or_(page.get_by_role("button", name="▶ Play")).first.click()


def test_the_page_opens_and_its_address_keeps_no_token(page, server):
    page.goto(server.door.address)
    page.wait_for_selector(DRAWN)
    assert "token" not in page.url
    assert page.context.cookies()[0]["httpOnly"]


def test_play_trains_and_the_page_shows_it(live, server):
    played(live)
    frame = until(server.player, lambda frame: frame["step"] > 200)
    assert frame["playing"]
    live.wait_for_function(
        "[...document.querySelectorAll('dd, output, strong, b')].some((e) => /^[1-9]/.test(e.textContent))"
    )


def test_a_second_tab_is_told_and_may_take_over(live, server, context):
    played(live)
    until(server.player, lambda frame: frame["step"] > 50)
    second = context.new_page()
    second.goto(f"http://127.0.0.1:{server.port}/")
    second.get_by_text("This run is open in another tab or window.").wait_for()
    step = server.player.get("frame")["step"]
    second.get_by_role("link", name="Use it here").click()
    second.wait_for_selector(DRAWN)
    live.get_by_text("Another tab or window has this run now.").wait_for()
    assert until(server.player, lambda frame: frame["step"] > step)["playing"]


def test_of_two_tabs_that_both_take_the_run_one_has_it_and_the_other_may(page, server, context):
    page.goto(server.door.address)
    page.wait_for_selector(DRAWN)
    second = context.new_page()
    second.goto(f"http://127.0.0.1:{server.port}/?take")
    second.wait_for_selector(DRAWN)
    assert "take" not in second.url
    # another tab takes the run while this one asks its first questions
    there = "new WebSocket(`ws://${location.host}/socket?take`)"
    second.add_init_script(
        f"const send = WebSocket.prototype.send; WebSocket.prototype.send = function (data) {{"
        f" if (!window.other) {{ window.other = {there}; return; }} send.call(this, data); }}"
    )
    second.reload()
    second.get_by_text("Another tab or window has this run now.").wait_for()
    assert second.get_by_role("link", name="Use it here").is_visible()
    assert second.evaluate("document.querySelector('#play').offsetHeight >= innerHeight")


def test_a_lost_connection_is_told_and_found_again_with_the_run_as_it_is(page, server):
    lines = []

    def through(line):
        there = line.connect_to_server()
        line.on_message(there.send)
        there.on_message(line.send)
        lines.append((line, there))

    page.route_web_socket(re.compile("/socket"), through)
    page.goto(server.door.address)
    page.wait_for_selector(DRAWN)
    played(page)
    until(server.player, lambda frame: frame["step"] > 50)
    line, there = lines[0]
    there.close()
    line.close(code=1001)
    page.get_by_text("connection to the player is lost").wait_for()
    page.get_by_text("connection to the player is lost").wait_for(state="hidden")
    assert len(lines) == 2
    step = server.player.get("frame")["step"]
    assert step > 50
    assert until(server.player, lambda frame: frame["step"] > step)["playing"]
    # what stands for the socket in this test may say that it is open when the one behind it is closing already
    page.errors[:] = [each for each in page.errors if "CLOSING" not in each]


@pytest.mark.parametrize("comes_back", ["reload", "found"])
def test_a_change_whose_reply_is_lost_is_shown_as_the_player_has_it(page, server, comes_back):
    lines, deaf = [], False

    def through(line):
        there = line.connect_to_server()
        line.on_message(there.send)
        there.on_message(lambda message: None if deaf else line.send(message))
        lines.append((line, there))

    page.route_web_socket(re.compile("/socket"), through)
    page.goto(server.door.address)
    page.wait_for_selector(DRAWN)
    page.get_by_role("button", name="One unit more in Layer 1").wait_for()  # the first plan has come
    deaf = True
    page.get_by_label("Optimizer", exact=True).select_option("SGD")
    page.get_by_role("button", name="One unit more in Layer 1").click()
    until_true(lambda: server.player.get("state")["plan"]["optimizer"]["is"] == "SGD")
    deaf = False
    if comes_back == "reload":
        page.reload()
    else:
        line, there = lines[0]
        there.close()
        line.close(code=1001)
        page.get_by_text("connection to the player is lost").wait_for()
    page.wait_for_selector(DRAWN)
    until_true(lambda: page.get_by_label("Optimizer", exact=True).input_value() == "SGD")
    page.get_by_role("textbox", name="Batch").fill("20")
    page.get_by_role("textbox", name="Batch").press("Enter")
    until_true(lambda: server.player.get("state")["plan"]["batch"] == 20)
    assert server.player.get("state")["plan"]["optimizer"]["is"] == "SGD"
    page.errors[:] = [each for each in page.errors if "CLOSING" not in each]


def test_a_player_that_does_not_answer_is_told_and_found_again(page, server):
    held = []

    def through(line):
        there = line.connect_to_server()
        line.on_message(lambda message: held.append(message) if holding else there.send(message))
        there.on_message(line.send)
        lines.append(there)

    lines, holding = [], False
    page.route_web_socket(re.compile("/socket"), through)
    page.clock.install()
    page.goto(server.door.address)
    page.wait_for_selector(DRAWN)
    holding = True
    page.clock.run_for(10_000)
    page.get_by_text("The player does not answer.").wait_for()
    holding = False
    for message in held:
        lines[0].send(message)
    page.get_by_text("The player does not answer.").wait_for(state="hidden")
    played(page)
    until(server.player, lambda frame: frame["step"] > 50)
    assert b"" in held


def test_a_killed_server_is_told(page):
    with serving() as server:
        page.goto(server.door.address)
        page.wait_for_selector(DRAWN)
        played(page)
        page.get_by_role("button", name="Pause").wait_for()
    page.get_by_text("connection to the player is lost").wait_for()
    assert page.get_by_role("button", name="Play", exact=True).is_disabled()
    assert page.locator("[data-standing=speed]").text_content() == "\N{EN DASH}"
    page.keyboard.press("Space")
    page.get_by_label("Noise").press("ArrowRight")
    page.wait_for_timeout(300)
    assert page.locator(".notice").count() == 1  # what cannot be done meanwhile has this one cause
    page.errors.clear()  # that it looks for it, in vain


def test_a_player_that_ended_is_told_apart_from_a_lost_one(page):
    """Another server at its port knows nothing of the run: nobody should wait for it."""
    with serving() as server:
        page.goto(server.door.address)
        page.wait_for_selector(DRAWN)
        port = server.port
    page.get_by_text("connection to the player is lost").wait_for()
    with serving(port=port):
        page.get_by_text("The player has ended, and its run with it").wait_for()
    page.errors.clear()  # that it looked for it, in vain


def test_a_reload_finds_the_run_as_it_is(live, server):
    played(live)
    until(server.player, lambda frame: frame["number"] > 20)
    plan = server.player.get("state")["plan"]
    live.reload()
    live.wait_for_selector(DRAWN)
    frame = server.player.get("frame")
    assert frame["number"] > 20
    assert frame["playing"]
    assert server.player.get("state")["plan"]["network"] == plan["network"]


def test_the_table_of_the_command_line_is_the_pages(page):
    table = uploaded("houses.csv", houses(80).to_csv(index=False))
    player = Player(table=table)
    with serving(player) as server:
        page.goto(server.door.address)
        page.wait_for_selector(DRAWN)
        until_plan(player)
        plan = player.get("state")["plan"]
        assert plan["network"]["inputs"] == len(table["columns"])
        played(page)
        until(player, lambda frame: frame["step"] > 20)
    player.close()
    page.errors[:] = [each for each in page.errors if "WebSocket" not in each]


def until_plan(player):
    until_true(lambda: player.get("state")["plan"] is not None, patience=30)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "%PDF-1.7"], ids=["empty", "constant", "PDF"])
def test_a_table_that_cannot_be_read_gets_a_sentence_and_the_run_stays(live, server, tmp_path, text):
    file = tmp_path / "mine.csv"
    file.write_text(text)
    before = server.player.get("state")["plan"]["network"]
    live.get_by_text("Own table").click()
    live.locator("input[type=file]").first.set_input_files(file)
    live.get_by_text(re.compile("mine.csv|target")).first.wait_for()
    assert server.player.get("state")["plan"]["network"] == before


def test_a_table_is_uploaded(live, server, tmp_path):
    file = tmp_path / "houses.csv"
    houses(80).to_csv(file, index=False)
    live.get_by_text("Own table").click()
    live.locator("input[type=file]").first.set_input_files(file)
    until_true(lambda: server.player.get("state")["plan"]["network"]["inputs"] >= 3, patience=30)
    played(live)
    until(server.player, lambda frame: frame["step"] > 20)
