/** Values and parts as Python writes them. */

import type { Catalogue, Kind, Matrix, Part } from "../protocol";

type List = keyof Catalogue;

/** Initializers and schedules share a name, Constant: they are called by their rooms. */
const BY_ROOM: List[] = ["schedules", "initializers"];

/** The lists that a part within a part of a list may be of: wrappers hold optimizers, and each other. */
const families = (list: List): List[] => (list === "wrappers" || list === "optimizers" ? ["optimizers", "wrappers"] : [list]);

/** Writes parts, and remembers what has to be imported for them. */
export class Code {
  private readonly imported = new Map<string, Set<string>>();

  constructor(private readonly catalogue: Catalogue) {}

  /** Have a name imported, and return it. */
  name(room: string, name: string): string {
    this.imported.set(room, (this.imported.get(room) ?? new Set()).add(name));
    return name;
  }

  /** A part of one of some lists: its class, with the settings that are no defaults. */
  part({ is, ...fields }: Part, ...lists: List[]): string {
    const list = lists.find((each) => this.kind(each, is)) ?? lists[0];
    const settings = Object.entries(fields)
      .filter(([field, value]) => !this.isDefault(list, is, field, value))
      .map(([field, value]) => `${field}=${this.value(value, field === "initializer" ? "initializers" : list)}`);
    const { room } = this.kind(list, is)!;
    const name = BY_ROOM.includes(list) ? `${room}.${is}` : this.name(room, is);
    return `${name}(${settings.join(", ")})`;
  }

  private value(value: unknown, list: List): string {
    if (value === null || value === undefined) return "None";
    if (typeof value === "boolean") return value ? "True" : "False";
    if (typeof value === "number") return number(value);
    if (value === "inf") return "np.inf";
    if (Array.isArray(value)) return `(${value.map((each) => this.value(each, list)).join(", ")}${value.length === 1 ? "," : ""})`;
    if (typeof value === "object" && "is" in value) return this.part(value as Part, ...families(list));
    return JSON.stringify(value);
  }

  private kind(list: List, is: string): Kind | undefined {
    return this.catalogue[list].find((kind: Kind) => kind.is === is);
  }

  private isDefault(list: List, is: string, field: string, value: unknown): boolean {
    const known = this.kind(list, is)?.fields.find(({ name }) => name === field);
    if (!known) return false;
    const whole = (each: any): any => {
      const family = field === "initializer" ? "initializers" : list;
      const fields = each?.is ? (families(family).map((one) => this.kind(one, each.is)).find(Boolean)?.fields ?? []) : [];
      return each?.is ? [each.is, fields.map(({ name, default: usual }) => each[name] ?? usual)] : each;
    };
    return JSON.stringify(whole(value)) === JSON.stringify(whole(known.default));
  }

  get imports(): string {
    const rooms = [...this.imported].sort(([a], [b]) => (a < b ? -1 : 1));
    return rooms.map(([room, names]) => `from ${room} import ${[...names].sort().join(", ")}`).join("\n");
  }
}

/** A number in all its digits. */
export function number(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0.0" : String(value);
  return Number.isNaN(value) ? "np.nan" : value > 0 ? "np.inf" : "-np.inf";
}

/** A matrix as a NumPy array: one column is a column there too. */
export const matrix = ({ data, columns }: Matrix): string => laidOut(inRows(data, columns), false);

/** Numbers as a NumPy array, row by row, flat where there is one column; class numbers stay whole. */
export const array = (data: ArrayLike<number>, columns: number, whole = false): string =>
  laidOut(columns === 1 ? Array.from(data, number) : inRows(data, columns), whole);

function inRows(data: ArrayLike<number>, columns: number): string[] {
  const written = Array.from(data, number);
  return Array.from({ length: written.length / columns }, (_, i) => `[${written.slice(i * columns, (i + 1) * columns).join(", ")}]`);
}

function laidOut(rows: string[], whole: boolean): string {
  const lines: string[] = [];
  for (const row of rows) {
    const last = lines.length - 1;
    if (last >= 0 && lines[last].length + row.length < 106) lines[last] += ` ${row},`;
    else lines.push(`    ${row},`);
  }
  return `np.array([\n${lines.join("\n")}\n]${whole ? "" : ", dtype=np.float64"})`;
}
