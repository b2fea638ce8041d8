/** What a run was trained by from its first step to its last: settings that changed on the way count too. */

import type { Catalogue, Change, Commands } from "../protocol";
import type { Settings } from "../settings";
import type { Store } from "../store";
import { settingsOf } from "./chain";

/** Settings, and the step from which a run went by them. */
export interface Stretch {
  settings: Settings;
  from: number;
}

/** The course of a run that goes by other settings from a step on. */
export function turned(course: Stretch[], settings: Settings, step: number): Stretch[] {
  return [...course.filter(({ from }) => from < step), { settings, from: step }];
}

/** Give the player weights that were typed: from here on the run is another course, as under another plan. */
export async function typedIn<C extends "theta" | "weight">({ transport, course, settings, frame }: Store, command: C, its: Commands[C]): Promise<void> {
  await transport.send(command, its);
  course.value = turned(course.value, settings.value, frame.value?.step ?? 0);
}

/** The settings that a run has been trained by, in their order; before its first step, those that it goes by now. */
export function trainedBy(course: Stretch[], step: number, now: Settings): Settings[] {
  const stretches = course.filter(({ from }) => from < step);
  const before = stretches.slice(0, -1).map(({ settings }) => settings);
  if (!stretches.length) return [now];
  const last = stretches.length === course.length ? now : stretches[stretches.length - 1].settings; // what changes no step has none of its own
  return [...before, last];
}

/** The weights that were frozen on the way to a step. */
export const frozenAt = (course: Stretch[], step: number): string[] =>
  (course.findLast(({ from }) => from < step) ?? course[0])?.settings.network.frozen ?? [];

/** The course of a run that the page did not see, by the plans that the player remembers. */
export function courseOf(changes: Change[], now: Settings, catalogue: Catalogue | null): Stretch[] {
  const trained = changes.filter(({ step }, k) => step !== changes[k + 1]?.step); // others were changed again at once
  return trained.map(({ step, plan }) => {
    const { optimizer, schedule, penalty, batch, epochs, sum, precision, seed } = plan;
    const layers = settingsOf(plan.network, catalogue);
    const network = layers ? { ...now.network, layers: layers.layers, output: layers.output, scoresLayer: layers.scoresLayer, inputDropout: layers.inputDropout } : now.network;
    return { from: step, settings: { ...now, network, training: { optimizer, schedule, penalty, batch, epochs, sum, precision, seed } } };
  });
}
