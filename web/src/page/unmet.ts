/** What settings ask for that is not there: an address may name anything. */

import type { Network } from "../protocol";
import { START, type Settings } from "../settings";
import { same } from "./same";
import { placeOf } from "./tensors";

/** So much is named. */
const NAMED = 5;

/** A list in words, cut where it is long. */
function listed(names: string[]): string {
  const cut = names.map((each) => (each.length > 40 ? `${each.slice(0, 40)}…` : each));
  return cut.slice(0, NAMED).join(", ") + (cut.length > NAMED ? ` and ${cut.length - NAMED} more` : "");
}

/**
 * What was asked for and is not met, in one sentence; null where all is. `network` is the one that frozen weights are of;
 * `named` are the settings that an address asks for by name, also where they are as at the start.
 */
export function unmet(asked: Settings, met: Settings, network: Network, named: string[]): string | null {
  const kind = asked.data.kind === met.data.kind ? [] : [`data “${asked.data.kind}”`];
  const columns = same(asked.features, START.features) ? [] : asked.features; // those of the start were perhaps not asked for
  const features = columns.filter((name) => !met.features.includes(name)).map((name) => `feature “${name}”`);
  const frozen = asked.network.frozen.filter((name) => placeOf(network, name) < 0).map((name) => `weight “${name}” to freeze`);
  const lesson = asked.view.lesson === met.view.lesson ? [] : [`lesson “${asked.view.lesson}”`];
  const gone = [...kind, ...features, ...frozen, ...lesson];
  const cut = beyond(asked, met, named);
  const said = [
    ...(gone.length ? [`Asked for, but not there, and so left out: ${listed(gone)}.`] : []),
    ...(cut.length ? [`Asked for beyond what there can be: ${listed(cut)}.`] : []),
  ];
  return said.join(" ") || null;
}

/** What was brought within its bounds, or to what the data ask for, each with what it is now. */
function beyond(asked: Settings, met: Settings, named: string[]): string[] {
  const now = (name: string, wanted: number | string, is: number | string) => (wanted === is ? [] : [`${name} ${wanted} is ${is}`]);
  const byHand = ({ data }: Settings) => data.points?.length ?? 0;
  const isNamed = (path: string) => named.includes(path);
  const { layers } = met.network;
  return [
    ...(["noise", "arms", "split", "seed"] as const).flatMap((name) => now(name, asked.data[name], met.data[name])),
    ...now("points by hand", byHand(asked), byHand(met)),
    ...(isNamed("features") && !asked.features.length && met.data.kind !== "digits" ? now("features", 0, met.features.length) : []),
    ...(isNamed("network.output") ? now("output", asked.network.output.is, met.network.output.is) : []),
    ...(asked.data.points ? [] : now("rows", asked.data.rows, met.data.rows)),
    ...now("layers", asked.network.layers.length, layers.length),
    ...layers.flatMap(({ units }, k) => now(`units of layer ${k + 1}`, asked.network.layers[k].units, units)),
  ];
}

/** That weights were frozen which a network lacks after a change; null where all are there. */
export const freed = (gone: string[]): string | null =>
  gone.length ? `Frozen before, but not there any more: ${listed(gone.map((name) => `weight “${name}”`))}.` : null;

/** That a table lacks columns that were asked for; null where it has them. */
export function lacking(asked: string[], columns: string[]): string | null {
  const gone = asked.filter((name) => !columns.includes(name)).map((name) => `“${name}”`);
  return gone.length ? `The table has no column ${listed(gone)}, which the address asks for: all its columns are taken.` : null;
}
