/** Values and parts as Python writes them. */

import type { Catalogue, Kind, Part } from "../protocol";

/** Where in mlnn the parts of each list of the catalogue live. */
const ROOMS: { [list in keyof Catalogue]: string } = {
  gates: "mlnn.gate",
  layers: "mlnn.layer",
  outputs: "mlnn.output",
  optimizers: "mlnn.optimizer",
  wrappers: "mlnn.optimizer",
  schedules: "mlnn.schedule",
  penalties: "mlnn.penalty",
  initializers: "mlnn.initializer",
  points: "mlnn.play",
};

/** Writes parts, and remembers what has to be imported for them. */
export class Code {
  private readonly imported = new Map<string, Set<string>>();

  constructor(private readonly catalogue: Catalogue) {}

  /** Have a name imported, and return it. */
  name(room: string, name: string): string {
    this.imported.set(room, (this.imported.get(room) ?? new Set()).add(name));
    return name;
  }

  /** A part: its class, with the settings that are given. */
  part({ is, ...fields }: Part): string {
    const lists = Object.keys(ROOMS) as (keyof Catalogue)[];
    const list = lists.find((each) => this.catalogue[each].some((kind: Kind) => kind.is === is)) ?? "gates";
    const settings = Object.entries(fields).map(([field, value]) => `${field}=${this.value(value)}`);
    return `${this.name(ROOMS[list], is)}(${settings.join(", ")})`;
  }

  value(value: unknown): string {
    if (value === null || value === undefined) return "None";
    if (typeof value === "boolean") return value ? "True" : "False";
    if (typeof value === "number") return number(value);
    if (Array.isArray(value)) return `(${value.map((each) => this.value(each)).join(", ")}${value.length === 1 ? "," : ""})`;
    return typeof value === "object" && "is" in value ? this.part(value as Part) : JSON.stringify(value);
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

/** Numbers as a NumPy array, row by row; class numbers stay whole. */
export function array(data: ArrayLike<number>, columns: number, whole = false): string {
  const written = Array.from(data, number);
  const rows =
    columns === 1
      ? written
      : Array.from({ length: written.length / columns }, (_, i) => `[${written.slice(i * columns, (i + 1) * columns).join(", ")}]`);
  const lines: string[] = [];
  for (const row of rows) {
    const last = lines.length - 1;
    if (last >= 0 && lines[last].length + row.length < 106) lines[last] += ` ${row},`;
    else lines.push(`    ${row},`);
  }
  return `np.array([\n${lines.join("\n")}\n]${whole ? "" : ", dtype=np.float64"})`;
}
