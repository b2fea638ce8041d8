/** A lesson beside the picture: its text, things to try, and a question whose answer the page sees for itself. */

import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { LESSONS, lessonOf } from "../lessons/all";
import type { Lesson as Course, Now } from "../lessons/lesson";
import { mark, progress } from "../lessons/progress";
import { type Activation, activations, dead } from "../page/health";
import { same } from "../page/same";
import type { Frame, Plan } from "../protocol";
import { START, type Settings } from "../settings";
import type { Store } from "../store";
import { Maths } from "./graph/formula";
import { lookingOf, stops } from "./graph/walk";
import "./lesson.css";
import { useWatch } from "./watching";

export function Lesson({ store }: { store: Store }) {
  const lesson = lessonOf(store.settings.value.view.lesson);
  return lesson ? <Open store={store} lesson={lesson} key={lesson.name} /> : <List store={store} />;
}

/** Begin a lesson, or leave it; what a teacher took away stays away. */
function begin(store: Store, lesson: Course | null): void {
  lookingOf(store).stop.value = null;
  if (lesson === null) return store.change(({ view }) => (view.lesson = null));
  const settings = structuredClone(lesson.settings);
  settings.view.hide = store.settings.value.view.hide;
  store.open(settings);
}

const finished = (name: string) => progress.value[name]?.[lessonOf(name)!.tries.length] === true;

/** Whether the reader has a run of their own, which has trained or was set up as neither the page nor a lesson does. */
function hasRun({ settings, frame }: Store): boolean {
  const plain = (each: Settings) => ({ ...each, view: null });
  const begun = [START, ...LESSONS.map((each) => each.settings)];
  return (frame.value?.step ?? 0) > 0 || begun.every((each) => !same(plain(each), plain(settings.value)));
}

function List({ store }: { store: Store }) {
  const asking = useSignal<Course | null>(null);
  const choose = (lesson: Course) => (hasRun(store) ? (asking.value = lesson) : begin(store, lesson));
  const count = LESSONS.filter(({ name }) => finished(name)).length;
  return (
    <details class="lessons">
      <summary>
        Lessons{" "}
        <span class="quiet">
          {count} of {LESSONS.length} done
        </span>
      </summary>
      <ol>
        {LESSONS.map((each) => (
          <li key={each.name}>
            <button type="button" class="link" onClick={() => choose(each)}>
              {each.title}
            </button>
            {finished(each.name) && (
              <span class="tick" role="img" aria-label="done">
                ✓
              </span>
            )}
          </li>
        ))}
      </ol>
      {asking.value && (
        <div class="row instead" role="alert">
          <span>
            {`“${asking.value.title}” begins a run of its own, in place of yours, which stands at epoch ${Math.floor(store.frame.value?.number ?? 0).toLocaleString("en")}.`}
          </span>
          <button type="button" onClick={() => begin(store, asking.value)}>Begin the lesson</button>
          <button type="button" onClick={() => (asking.value = null)}>Keep my run</button>
        </div>
      )}
    </details>
  );
}

function Open({ store, lesson }: { store: Store; lesson: Course }) {
  const done = useChecks(store, lesson);
  const place = LESSONS.indexOf(lesson),
    last = lesson.tries.length;
  const beside = (step: number, words: string) => {
    const other = LESSONS[place + step];
    return (
      <button type="button" disabled={!other} title={other?.title} onClick={() => begin(store, other)}>
        {words}
      </button>
    );
  };
  return (
    <article class="lesson-open" aria-label={`Lesson: ${lesson.title}`}>
      <header>
        <h2>{lesson.title}</h2>
        <div class="turn" role="group" aria-label="Lessons">
          {beside(-1, "‹ Previous")}
          <span class="quiet">
            {place + 1} of {LESSONS.length}
          </span>
          {beside(1, "Next ›")}
          <button type="button" title="Begin this lesson again" onClick={() => begin(store, lesson)}>
            Start again
          </button>
          <button type="button" aria-label="Close the lesson" onClick={() => begin(store, null)}>
            ×
          </button>
        </div>
      </header>
      {lesson.text.map((each) => (
        <Text key={each} text={each} />
      ))}
      <h3>Try this</h3>
      <ul class="tries">
        {lesson.tries.map(({ says }, k) => (
          <Item key={says} says={says} done={done[k]} />
        ))}
      </ul>
      <h3>Question</h3>
      <ul class="tries question" aria-live="polite">
        <Item says={lesson.question.says} done={done[last]} />
      </ul>
      {done[last] && (
        <p class="answer" role="status">
          <Words text={lesson.answer} />
        </p>
      )}
    </article>
  );
}

function Item({ says, done }: { says: string; done: boolean }) {
  return (
    <li class={done ? "done" : ""}>
      <span class="tick" role="img" aria-label={done ? "done" : "to do"}>
        {done ? "✓" : "○"}
      </span>{" "}
      <span>
        <Words text={says} />
      </span>
    </li>
  );
}

const Text = ({ text }: { text: string }) => (
  <p>
    <Words text={text} />
  </p>
);

/** Words, with formulas between dollar signs. */
const Words = ({ text }: { text: string }) => (
  <>{text.split("$").map((part, k) => (k % 2 ? <Maths key={k} tex={part} /> : part))}</>
);

/** Which tries and whether the question are done: what was seen once stays so. Frames are looked at without drawing anew. */
function useChecks(store: Store, lesson: Course): boolean[] {
  const settled = useSignal<Settings | null>(null);
  const before = useRef<{ plan: Plan | null; frame: Frame | null }>({ plan: store.plan.peek(), frame: null });
  const asked = `lesson ${lesson.name}`; // its own name: the lesson before may still be leaving
  const watched = useComputed(() =>
    hidden(store.plan.value, store.settings.value)
      .map(({ gate }) => gate + 1)
      .join(),
  ).value;
  const wanted = () => (watched === "" ? null : { rows: "train" as const, gates: watched.split(",").map(Number) });
  useWatch(store, asked, wanted, [watched]);
  useSignalEffect(() => {
    const settings = store.settings.value;
    void store.settled().then(() => settings === store.settings.peek() && (settled.value = settings));
  });
  useSignalEffect(() => {
    const plan = store.plan.value;
    if (before.current.plan !== plan) before.current = { plan, frame: store.frame.peek() };
  });
  useSignalEffect(() => {
    const settings = store.settings.value,
      frame = store.frame.value,
      plan = store.plan.value;
    const [history, pinned, at] = [store.history.value, pinnedIn(lesson, store), lookingOf(store).stop.value];
    // A frame counts when the player has these settings, and when it is not left from the plan before.
    if (!frame || !plan || settled.value !== settings || frame === before.current.frame) return;
    const done = marks(lesson);
    const walkedBack = at !== null && (stops(plan.network.gates.length + 3)[at]?.back ?? false);
    const now: Now = {
      settings,
      frame,
      history,
      pinned,
      done,
      walkedBack,
      dead: silent(hidden(plan, settings), frame.values[asked]),
    };
    const next = [...lesson.tries, lesson.question].map((each, k) => done[k] || each.seen(now));
    if (next.some((each, k) => each !== done[k])) mark(lesson.name, next);
  });
  return marks(lesson);
}

/** Runs that were pinned in this lesson. */
const pinnedIn = ({ name }: Course, { pinned }: Store) => pinned.value.filter(({ settings }) => settings.view.lesson === name).length;

function marks({ name, tries }: Course): boolean[] {
  const kept = progress.value[name] ?? [];
  return Array.from({ length: tries.length + 1 }, (_, k) => kept[k] ?? false);
}

/** The activations of the hidden layers. */
const hidden = (plan: Plan | null, settings: Settings) =>
  plan ? activations(plan.network).slice(0, settings.network.layers.length) : [];

/** How many units put out 0 for every row; NaN while their outputs are not here. */
function silent(layers: Activation[], outputs: ArrayLike<number>[] | undefined): number {
  const here =
    outputs?.length === layers.length && layers.every(({ units }, k) => outputs[k].length > 0 && outputs[k].length % units === 0);
  return here ? layers.reduce((sum, each, k) => sum + dead(each, outputs[k]).zero.length, 0) : NaN;
}
