/**
 * Messages as bytes: a JSON header in which every typed array is replaced by `{"array": k, "type": …}`, and the arrays.
 *
 * JSON has no NaN and no infinity: such a number is `{"number": "NaN" | "Infinity" | "-Infinity"}`.
 */

const TYPES = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array } as const;
type Numbers = InstanceType<(typeof TYPES)[keyof typeof TYPES]>;

function typeOf(value: unknown): keyof typeof TYPES | null {
  for (const [name, kind] of Object.entries(TYPES)) if (value instanceof kind) return name as keyof typeof TYPES;
  return null;
}

/** The header and the arrays that it stands for. */
export function parted(message: unknown): { header: any; buffers: Numbers[] } {
  const buffers: Numbers[] = [];
  function plain(value: unknown): unknown {
    const type = typeOf(value);
    if (type) return { array: buffers.push(value as Numbers) - 1, type };
    if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
    if (Array.isArray(value)) return value.map(plain);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined).map(([key, each]) => [key, plain(each)]));
    return value;
  }
  return { header: plain(message), buffers };
}

/** The message of a header and its buffers; `read` gives the bytes of the k-th. */
export function joined(header: any, read: (k: number) => { buffer: ArrayBuffer; byteOffset: number; byteLength: number }): any {
  function whole(value: any): unknown {
    if (Array.isArray(value)) return value.map(whole);
    if (!value || typeof value !== "object") return value;
    if (typeof value.array === "number" && value.type in TYPES) {
      const kind = TYPES[value.type as keyof typeof TYPES];
      const { buffer, byteOffset, byteLength } = read(value.array);
      const aligned = byteOffset % kind.BYTES_PER_ELEMENT === 0;
      const [bytes, start] = aligned ? [buffer, byteOffset] : [buffer.slice(byteOffset, byteOffset + byteLength), 0];
      return new kind(bytes, start, byteLength / kind.BYTES_PER_ELEMENT);
    }
    if (typeof value.number === "string" && Object.keys(value).length === 1) return Number(value.number);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, whole(each)]));
  }
  return whole(header);
}

const padded = (length: number) => Math.ceil(length / 8) * 8;

/** One binary message: the header's length (uint32, little endian), the header, the buffers, all padded to 8 bytes. */
export function encode(message: object): ArrayBuffer {
  const { header, buffers } = parted(message);
  const text = new TextEncoder().encode(JSON.stringify({ ...header, buffers: buffers.map((each) => each.byteLength) }));
  const start = padded(4 + text.length);
  const bytes = new Uint8Array(start + buffers.reduce((sum, each) => sum + padded(each.byteLength), 0));
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let place = start;
  for (const each of buffers) {
    bytes.set(new Uint8Array(each.buffer, each.byteOffset, each.byteLength), place);
    place += padded(each.byteLength);
  }
  return bytes.buffer;
}

/** What `encode` was given. */
export function decode(bytes: ArrayBuffer): any {
  const length = new DataView(bytes).getUint32(0, true);
  const { buffers, ...header } = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const places: number[] = [];
  let place = padded(4 + length);
  for (const each of buffers as number[]) {
    places.push(place);
    place += padded(each);
  }
  return joined(header, (k) => ({ buffer: bytes, byteOffset: places[k], byteLength: buffers[k] }));
}
