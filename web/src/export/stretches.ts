/** The stretches of a run, from one change to the next, each as Python: what changed, and training as far as it went. */

import { rowsOf, type Change, type Examples, type Part, type Plan } from "../protocol";
import { sameRows } from "../rows";
import { same } from "../page/same";
import { tensors } from "../page/tensors";
import { sameNumbers } from "../page/transplant";
import { array, type Code, matrix, number } from "./code";
import type { Run } from "./python";

export function stretches(run: Run, code: Code): string[] {
  const { frame, changes } = run;
  const lines: string[] = [];
  const judged = frame.step > 0 && Number.isNaN(frame.objective); // since the last change no epoch came to a loss of its own
  const plain = !judged && changes.every((change, k) => isPlain(change, changes[k + 1] ?? frame) && !countsOn(change, changes[k + 1]));
  changes.forEach((change, k) => {
    const before = changes[k - 1];
    const end = changes[k + 1] ?? frame;
    if (before) lines.push("", `# epoch ${number(change.number)}: ${changed(before, change)}`);
    lines.push(...setting(run, change, before, code));
    lines.push(...(plain ? inEpochs(change, before, end.number, code) : inSteps(change, before, end.step, judged && k === changes.length - 1, code)));
  });
  const loss = plain ? "history[-1].loss" : "standing.point.loss";
  return [...lines, "", `print(repr(float(${loss})))`];
}

/** Whether `mlnn.epochs` takes the stretch: whole epochs, none left within it, nothing frozen, all of them planned for. */
function isPlain({ plan, number, step }: Change, end: { number: number; step: number }): boolean {
  const whole = [number, end.number].every(Number.isInteger) && step + (end.number - number) * stepsOf(plan) === end.step;
  return whole && !plan.frozen.length && (plan.schedule.is === "Constant" || end.number <= plan.epochs);
}

/** Whether others go on after L-BFGS: they count its iterations as steps, where `mlnn.epochs` counts what it evaluated. */
const countsOn = ({ plan }: Change, next?: Change) => plan.optimizer.is === "LBFGS" && next && next.plan.optimizer.is !== "LBFGS";

/** The steps of an epoch; an iteration of L-BFGS is both. */
function stepsOf({ train, batch, optimizer }: Plan): number {
  const rows = rowsOf(train.X);
  return optimizer.is === "LBFGS" ? 1 : Math.ceil(rows / Math.min(batch ?? rows, rows));
}

/** Whether a schedule leaves the rate as it is. */
const isUsual = (schedule: Part) => schedule.is === "Constant" && (schedule.value ?? 1) === 1;

/** The lines that make problem, recipe and θ what they are from here on. */
function setting(run: Run, { plan, theta }: Change, before: Change | undefined, code: Code): string[] {
  const old = before?.plan;
  const lines: string[] = [];
  const fresh = !old || !same(old.network, plan.network);
  if (fresh) {
    const gates = plan.network.gates.map((gate) => `        ${code.part(gate, "gates", "layers")},\n`).join("");
    lines.push(`network = mlnn.Network(\n    ${plan.network.inputs},\n    (\n${gates}    ),\n    ${code.part(plan.network.output, "outputs")},\n)`);
  }
  const moved = old && !(sameRows(old.train, plan.train) && sameRows(old.valid, plan.valid));
  if (fresh || moved || !same([old.penalty, old.precision], [plan.penalty, plan.precision])) {
    const now = sameRows(plan.train, run.plan.train) && sameRows(plan.valid, run.plan.valid);
    lines.push(...problem("problem", plan, plan.train, now && (plan.valid ? "train" : ""), code));
    lines.push(...(plan.valid ? problem("valid", plan, plan.valid, now && "held_out", code) : ["valid = None"]));
  }
  return before ? lines : [...lines, start(plan, theta, run.initial, code)];
}

/** The first θ: drawn from the seed, unless it was edited before training began. */
function start(plan: Plan, theta: Float64Array | null, drawn: Float64Array, code: Code): string {
  const kind = plan.precision === "float32" ? "np.float32" : "";
  if (theta && !sameNumbers(theta, drawn)) {
    return `theta = ${array(theta, 1)}${kind && `.astype(${kind})`}`;
  }
  const stream = `${code.name("mlnn.array", "philox")}(${plan.seed}, ${code.name("mlnn.array", "WEIGHTS")})`;
  return `theta = network.initial(np.random.RandomState(${stream})${kind && `, ${kind}`})`;
}

function problem(name: string, plan: Plan, rows: Examples, of: string | false, code: Code): string[] {
  const whole = rows.y.data.every(Number.isInteger);
  const [X, y] =
    of === false
      ? [matrix(rows.X), array(rows.y.data, rows.y.columns, whole)]
      : of
        ? [`X[${of}]`, `y[${of}]`]
        : ["X", "y"];
  const kind = plan.precision === "float32" ? ".astype(np.float32)" : "";
  const penalty = plan.penalty ? `, penalty=${code.part(plan.penalty, "penalties")}` : "";
  return [`${name} = mlnn.Problem.of(network, ${X}${kind}, ${y}${penalty})`];
}

function recipe(plan: Plan, epochs: number, every: number, code: Code): string {
  const settings = [
    code.part(plan.optimizer, "optimizers", "wrappers"),
    ...(isUsual(plan.schedule) ? [] : [code.part(plan.schedule, "schedules")]),
    `epochs=${epochs}`,
    ...(plan.batch === null ? [] : [`batch_size=${plan.batch}`, `order=${code.name("mlnn.training", "Dealt")}(${plan.seed})`]),
    ...(every > 1 ? [`every=${every}`] : []),
    `seed=${plan.seed}`,
    ...(plan.sum ? [`convention=${code.name("mlnn.training", "sum_of_rows")}`] : []),
  ];
  return `recipe = mlnn.Recipe(${settings.join(", ")})`;
}

/** Training by `mlnn.epochs`, to the end of an epoch; of a change that another followed at once, what it lost. */
function inEpochs({ plan, theta, number: from }: Change, before: Change | undefined, until: number, code: Code): string[] {
  const goal = until > 0 ? until : plan.epochs;
  const epochs = plan.schedule.is === "Constant" ? goal : plan.epochs;
  const lines = [recipe(plan, epochs, goal - 1, code)];
  const stop = epochs > goal ? `, stop=lambda epoch: epoch.number >= ${goal}` : "";
  const valid = plan.valid ? ", valid=valid" : "";
  if (!before) return [...lines, `history = list(mlnn.epochs(problem, theta, recipe${valid}${stop}))`];
  const replaced: string[] = [];
  const cast = before.plan.precision !== plan.precision;
  const its = theta ? "theta" : "history[-1].raw_theta", raw = theta || cast ? `${its}.astype(problem.X.dtype)` : its;
  if (theta) lines.push(`theta = ${array(theta, 1)}`);
  if (raw !== its) replaced.push(`raw_theta=${raw}`);
  if (plan.optimizer.is === "LBFGS") replaced.push("state=()"); // it begins anew at every change
  else if (!sameRule(before.plan.optimizer, plan.optimizer) || size(before.plan) !== size(plan)) {
    replaced.push(`state=recipe.optimizer.taking_over(${raw})`);
  } else if (cast) replaced.push("state=tuple(slot.astype(problem.X.dtype) for slot in history[-1].state)");
  if (replaced.length) lines.push(`history[-1] = ${code.name("dataclasses", "replace")}(history[-1], ${replaced.join(", ")})`);
  if (until === from) return lines;
  return [...lines, `history += mlnn.epochs(problem, theta, recipe${valid}${stop}, after=history)`];
}

/** Training by the page's own trainer, which also stops within an epoch, holds weights that are frozen, and judges weights as they are. */
function inSteps({ plan, theta }: Change, before: Change | undefined, until: number, judged: boolean, code: Code): string[] {
  const made = `${code.name("mlnn.play.plan", "Plan")}(problem, valid, recipe, frozen=np.array(${JSON.stringify(plan.frozen)}, dtype=np.int64), described={})`;
  const edited = theta && before ? `, ${array(theta, 1)}` : "";
  const went = before ? `standing.under(${made}${edited})` : `${code.name("mlnn.play.trainer", "Standing")}(${made}, theta).under(${made})`;
  const from = judged ? `${code.name("mlnn.play.judged", "judged")}(${went})` : went;
  return [
    recipe(plan, plan.epochs, 1, code),
    `standing = ${code.name("mlnn.play.trainer", "trained")}(${from}, steps=${until})`,
  ];
}

/** How many elements θ has. */
const size = ({ network }: Plan) => tensors(network).reduce((_, { stop }) => stop, 0);

/** Whether two optimizers are of the same classes, from the outermost to the innermost: then slots are kept. */
function sameRule(a: Part, b: Part): boolean {
  const inner = (part: Part) => part.optimizer as Part | undefined;
  return a.is === b.is && (inner(a) && inner(b) ? sameRule(inner(a)!, inner(b)!) : !inner(a) === !inner(b));
}

/** What a change changed, in words. */
function changed({ plan: old }: Change, { plan, theta }: Change): string {
  const names = (Object.keys(plan) as (keyof Plan)[]).filter((name) =>
    name === "train" || name === "valid" ? !sameRows(old[name], plan[name]) : !same(old[name], plan[name]),
  );
  return [...names, ...(theta ? ["weights"] : [])].join(", ") || "a change that was taken back";
}
