/** A lesson beside the picture: its text, things to try, and a question whose answer the page sees for itself. */

import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { LESSONS, lessonOf } from "../lessons/all";
import type { Lesson as Course, Now } from "../lessons/lesson";
import { mark, progress } from "../lessons/progress";
import { type Activation, activationsIn, dead, slopesOf } from "../page/health";
import { propose } from "../page/instead";
import type { Frame, Plan } from "../protocol";
import type { Settings } from "../settings";
import type { Store } from "../store";
import { Maths } from "./graph/formula";
import { lookingOf, stops } from "./graph/walk";
import "./lesson.css";
import { useWatch } from "./watching";

export function Lesson({ store }: { store: Store }) {
  const lesson = lessonOf(store.settings.value.view.lesson);
  return lesson ? <Open store={store} lesson={lesson} key={lesson.name} /> : <List store={store} />;
}

/** A lesson's settings; what a teacher took away stays away. */
function begun(store: Store, { settings }: Course): Settings {
  return { ...settings, view: { ...settings.view, hide: store.settings.value.view.hide } };
}

/** Begin a lesson anew, or one beside it. */
function begin(store: Store, lesson: Course): void {
  lookingOf(store).stop.value = null;
  store.open(begun(store, lesson));
}

/** Leave a lesson; its run goes on. */
function leave(store: Store, { settings }: Course): void {
  const { data } = store.settings.value;
  if (data.split === 0 && settings.data.split === 0) store.say("As in the lesson, no row is held out; the slider Held out, under Data, changes that.");
  store.change(({ view }) => (view.lesson = null));
}

const finished = (name: string) => progress.value[name]?.[lessonOf(name)!.tries.length] === true;

function List({ store }: { store: Store }) {
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
            <button type="button" class="link" onClick={() => propose(store, { what: `“${each.title}”`, begin: () => store.open(begun(store, each)) })}>
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
    </details>
  );
}

function Open({ store, lesson }: { store: Store; lesson: Course }) {
  useEffect(() => void (lookingOf(store).stop.value = null), []);
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
          <button type="button" aria-label="Close the lesson" onClick={() => leave(store, lesson)}>
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
  const watched = useComputed(() => JSON.stringify(hidden(store.plan.value, store.settings.value))).value;
  const layers: Activation[] = JSON.parse(watched);
  useWatch(store, asked, () => (layers.length ? { rows: "train", ...slopesOf(layers) } : null), [watched]);
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
  plan ? activationsIn(plan.network).slice(0, settings.network.layers.length) : [];

/** How many units learn from no row; NaN while their slopes are not here. */
function silent(layers: Activation[], slopes: ArrayLike<number>[] | undefined): number {
  const here =
    slopes?.length === layers.length && layers.every(({ units }, k) => slopes[k].length > 0 && slopes[k].length % units === 0);
  return here ? layers.reduce((sum, each, k) => sum + dead(each, slopes[k]).zero.length, 0) : NaN;
}
