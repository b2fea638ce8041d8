/** Settings as an address: what differs from the start, `#1&data.kind='Spirals'&training.seed=3`. */

import { START, isPart, type Settings } from "../settings";

const VERSION = "1";
/** Features of the digits, which are written only where some are left out. */
const DIGITS = 64;

/** Parts of an address that are named as no settings, at most. */
const TOLD = 5;

type Tree = { [key: string]: any };
const isWhole = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
const isTriples = (value: any) =>
  Array.isArray(value) && value.every((each) => Array.isArray(each) && each.length === 3 && each.every(Number.isFinite));

/** What may stand where the start has null. */
const NULLABLE: { [path: string]: (value: unknown) => boolean } = {
  "data.points": isTriples,
  "network.scoresLayer": isPart,
  "network.weights": isPart,
  "training.penalty": isPart,
  "training.batch": isWhole,
  "view.lesson": (value) => typeof value === "string",
};

const LISTS: { [path: string]: (value: any) => boolean } = {
  features: (value) => typeof value === "string",
  "network.frozen": (value) => typeof value === "string",
  "network.layers": (value) =>
    isWhole(value?.units) && isPart(value.layer) && typeof value.norm === "boolean" && Number.isFinite(value.dropout),
  "view.axes": (value) => Number.isInteger(value) && value >= 0,
  "view.hide": (value) => typeof value === "string",
};

/** Levels of lists and parts in a setting at most: a wrapper around a wrapper has one each. */
const DEPTH = 12;

/** Whether a value is no deeper than settings are, and its numbers are finite. */
function sound(value: unknown, depth = 0): boolean {
  if (value === null || typeof value !== "object") return typeof value !== "number" || Number.isFinite(value);
  return depth < DEPTH && Object.values(value).every((each) => sound(each, depth + 1));
}

const TABS: unknown[] = ["network", "graph", "health", "compare"] satisfies Settings["view"]["tab"][];

/** Whether something branches into settings, which an address names one by one. */
const branches = (start: unknown) => start !== null && typeof start === "object" && !Array.isArray(start) && !isPart(start);

function fits(path: string, start: any, value: any): boolean {
  if (branches(start)) return false;
  if (path === "view.tab") return TABS.includes(value);
  if (path in NULLABLE) return value === null || NULLABLE[path](value);
  if (path in LISTS) return Array.isArray(value) && value.every(LISTS[path]) && (path !== "view.axes" || value.length === 2);
  if (isPart(start)) return isPart(value);
  return typeof value === typeof start && (typeof value !== "number" || Number.isFinite(value));
}

/** JSON in a form that an address keeps legible: ' and " change places, and only what must be is escaped. */
function written(value: unknown): string {
  const swapped = JSON.stringify(value).replace(/['"]/g, (mark) => (mark === "'" ? '"' : "'"));
  return swapped.replace(/[%&"<>`#\s\\]/g, (mark) => encodeURIComponent(mark));
}

function read(text: string): unknown {
  return JSON.parse(decodeURIComponent(text).replace(/['"]/g, (mark) => (mark === "'" ? '"' : "'")));
}

/** The settings' hash. */
export function toHash(settings: Settings): string {
  const parts: string[] = [VERSION];
  function add(path: string, start: any, value: any): void {
    if (JSON.stringify(start) === JSON.stringify(value)) return;
    if (branches(start)) for (const key of Object.keys(start)) add(path ? `${path}.${key}` : key, start[key], value[key]);
    else parts.push(`${path}=${written(value)}`);
  }
  const { data, features } = settings;
  add("", START, data.kind === "digits" && features.length === DIGITS ? { ...settings, features: [] } : settings);
  return `#${parts.join("&")}`;
}

/** What a hash asks for. */
export interface Asked {
  /** null where it holds none that are known. */
  settings: Settings | null;
  /** What of them it names: the rest is as at the start. */
  named: string[];
  /** In words, what of it could not be understood. */
  trouble: string | null;
}

/** What a hash asks for; null of no hash. */
export function fromHash(hash: string): Asked | null {
  if (hash.length < 2) return null;
  const [version, ...parts] = hash.slice(1).split("&");
  const settings = structuredClone(START);
  if (version !== VERSION) return { settings: null, named: [], trouble: "The address holds no settings that this page knows; it is left out." };
  const [strange, named]: string[][] = [[], []];
  for (const part of parts) {
    const [path, text] = [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)];
    const keys = path.split(".");
    const last = keys.pop()!;
    const place = keys.reduce<Tree | undefined>((tree, key) => (tree && Object.hasOwn(tree, key) ? tree[key] : undefined), settings);
    const known = place && typeof place === "object" && Object.hasOwn(place, last);
    try {
      const value = read(text);
      if (!known || !sound(value) || !fits(path, place[last], value)) throw new Error();
      place[last] = value;
      named.push(path);
    } catch {
      strange.push(`“${part.slice(0, 40)}”`);
    }
  }
  const told = strange.slice(0, TOLD).join(", ") + (strange.length > TOLD ? " …" : "");
  return { settings, named, trouble: strange.length ? `${told} in the address is no setting; it is left out.` : null };
}
