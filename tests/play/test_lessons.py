"""Every lesson's claim is so: its settings are opened and trained, and its question answers itself."""

import json

import pytest
from waiting import until, until_stands


class Lesson:
    """A lesson on the page: what a reader does to it, and what the page has seen so far."""

    def __init__(self, page):
        self.page = page

    def train(self, epochs):
        """Train to the end of an epoch."""
        self.page.wait_for_timeout(400)  # what was changed before is on its way to the player
        field = self.page.get_by_label("Run to epoch")
        field.fill(str(epochs))
        field.press("Enter")
        stands = "+document.querySelector('[data-standing=epoch]').textContent.replace(/\\D/g, '')"
        until(self.page, f"epochs => {stands} >= epochs", epochs)

    def choose(self, label, option):
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def enter(self, label, value):
        field = self.page.get_by_label(label, exact=True)
        field.fill(str(value))
        field.press("Enter")

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def begin(self, name="Reset"):
        """Press what begins again, and wait until it has: a run to an epoch that is passed is refused."""
        self.press(name)
        self.page.locator(".instead").wait_for(state="detached")
        until_stands(self.page, "epoch", "0")

    def open(self, summary):
        self.page.locator("summary", has_text=summary).click()

    def more(self, layer):
        """Open what else a layer has."""
        summary = self.page.get_by_label(f"More of Layer {layer}")
        summary.click()
        return self.page.locator("details", has=summary)

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()

    def walk_back(self):
        self.tab("Computation graph")
        self.page.locator(".scroller").focus()
        self.page.keyboard.press("End")
        self.tab("Network")

    def see(self, number):
        """Wait until the page has ticked a try, counted from 0."""
        self.page.locator(".lesson-open .tries li").nth(number).and_(self.page.locator(".done")).wait_for()

    def see_answer(self):
        assert self.page.locator(".lesson-open .tries li").last.get_attribute("class") in ("", "done")
        self.page.locator(".lesson-open .answer").wait_for()


def tutorial(lesson):
    lesson.train(100)
    lesson.see(0)
    lesson.walk_back()
    lesson.see(1)
    lesson.press("One unit fewer in layer 1")
    lesson.begin()
    lesson.train(300)
    lesson.see(2)
    lesson.press("One unit more in layer 1")
    lesson.begin()
    lesson.train(100)


def extra_tanh(lesson):
    lesson.train(500)
    lesson.see(0)
    lesson.walk_back()
    lesson.see(1)
    lesson.choose("Layer on the scores", "none")
    lesson.train(1000)


def xor(lesson):
    lesson.train(200)
    lesson.see(0)
    lesson.press("One hidden layer more")
    lesson.enter("Units of layer 1", 4)
    lesson.begin()
    lesson.train(500)


def depth(lesson):
    lesson.train(1000)
    lesson.see(0)
    lesson.press("One hidden layer more")
    lesson.begin()
    lesson.train(300)


def rate(lesson):
    lesson.press("Play")
    lesson.see(0)
    lesson.enter("rate", 1)
    lesson.begin()
    lesson.train(200)


def initialization(lesson):
    lesson.train(100)
    lesson.see(0)
    lesson.walk_back()
    lesson.see(1)
    lesson.open("First weights")
    lesson.choose("First weights", "Normal")
    lesson.begin("Begin it")
    lesson.enter("scale", 10)
    lesson.begin()
    lesson.train(100)
    lesson.see(2)
    lesson.choose("First weights", "Glorot")
    lesson.begin("Begin it")
    lesson.begin()
    lesson.train(500)


def dying_relu(lesson):
    lesson.train(200)
    lesson.see(0)
    lesson.enter("rate", 1)
    lesson.train(300)
    lesson.see(1)
    lesson.begin()
    lesson.train(300)


def adam(lesson):
    lesson.train(500)
    lesson.see(0)
    lesson.tab("Compare")
    lesson.page.get_by_role("button", name="Pin").first.click()
    lesson.see(1)
    lesson.choose("Optimizer", "Adam")
    lesson.enter("rate", 0.01)
    lesson.begin()
    lesson.train(500)


def batch_norm(lesson):
    lesson.train(200)
    lesson.see(0)
    lesson.tab("Health")
    lesson.see(1)
    lesson.tab("Network")
    for layer in range(4):
        lesson.more(layer + 1).get_by_role("checkbox", name="Batch norm").check()
    lesson.begin()
    lesson.train(200)


def overfitting(lesson):
    lesson.train(400)
    lesson.see(0)
    line = lesson.page.get_by_role("slider", name="Time line")
    line.fill("12")
    lesson.press("Go back here")
    lesson.see(1)
    for layer in range(2):
        field = lesson.more(layer + 1).get_by_label("Dropout", exact=True)
        field.fill("0.5")
        field.press("Enter")
    lesson.begin()
    lesson.train(400)


TITLES = {
    tutorial: "The tutorial",
    extra_tanh: "The extra tanh",
    xor: "XOR without",
    depth: "Why depth",
    rate: "A rate too high",
    initialization: "How weights begin",
    dying_relu: "Dying ReLUs",
    adam: "Adam against",
    batch_norm: "Batch norm",
    overfitting: "Overfitting",
}


@pytest.mark.parametrize("follow", TITLES, ids=lambda follow: follow.__name__)
def test_a_lesson_ends_with_its_answer(live, follow):
    live.locator(".lessons summary").click()
    live.get_by_role("button", name=TITLES[follow]).click()
    live.locator(".lesson-open").wait_for()
    live.wait_for_timeout(300)
    assert live.locator(".lesson-open .done").count() == 0
    lesson = Lesson(live)
    follow(lesson)
    lesson.see_answer()
    assert live.locator(".lesson-open .tries li:not(.done)").count() == 0
    kept = json.loads(live.evaluate("localStorage.getItem('mlnn lessons')"))
    assert all(kept[follow.__name__.replace("_", "-")])


def test_progress_is_kept_and_lessons_follow_each_other(live):
    live.locator(".lessons summary").click()
    live.get_by_role("button", name="XOR without").click()
    lesson = Lesson(live)
    lesson.train(200)
    lesson.see(0)
    live.reload()
    lesson.see(0)  # the address opens the lesson again, and what was seen is kept
    live.get_by_role("button", name="Next").click()
    live.get_by_role("heading", name="Why depth").wait_for()
    live.get_by_role("button", name="Previous").click()
    lesson.see(0)
    lesson.press("Close the lesson")
    assert "0 of 10 done" in live.locator(".lessons summary").inner_text()


def test_frames_of_the_run_before_a_lesson_answer_nothing(live):
    lesson = Lesson(live)
    lesson.train(800)  # the page's usual moons: a loss that would answer the lesson on rates
    live.locator(".lessons summary").click()
    live.get_by_role("button", name="A rate too high").click()
    lesson.begin("Begin it")
    lesson.enter("rate", 1)
    live.wait_for_timeout(1500)
    assert live.locator(".lesson-open .done").count() == 0


def test_a_lesson_takes_no_run_without_asking(live):
    lesson = Lesson(live)
    lesson.train(50)
    live.locator(".lessons summary").click()
    live.get_by_role("button", name="XOR without").click()
    live.get_by_text("in place of yours, which stands at epoch 50").wait_for()
    lesson.press("Keep my run")
    assert live.locator(".instead").count() == 0
    assert live.locator(".lesson-open").count() == 0
    assert live.locator("[data-standing=epoch]").text_content() == "50"
    live.get_by_role("button", name="XOR without").click()
    lesson.begin("Begin it")
    live.locator(".lesson-open").wait_for()


def test_what_was_only_set_up_is_asked_about_too(still):
    still.get_by_label("One unit more in layer 1").click()
    still.get_by_role("button", name="Layer 1, unit 4").wait_for()
    still.locator(".lessons summary").click()
    still.get_by_role("button", name="XOR without").click()
    still.get_by_role("button", name="Begin it").wait_for()
