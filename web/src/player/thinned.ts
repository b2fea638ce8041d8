/**
 * A list that stays short: when it is full every second entry goes, and from then on fewer are taken. The first and the
 * latest are always there. An entry of the latest one's number takes its place.
 */
export class Thinned<T extends { number: number }> {
  private entries: T[] = [];
  private latest: T | null = null;
  private stride = 1;
  private seen = 0;

  constructor(private readonly most: number) {}

  add(entry: T): void {
    const before = this.latest;
    this.latest = entry;
    if (before?.number === entry.number) {
      this.entries = this.entries.map((each) => (each === before ? entry : each));
      return;
    }
    if (this.seen++ % this.stride) return;
    this.entries.push(entry);
    if (this.entries.length <= this.most) return;
    this.entries = this.entries.filter((_, i) => i % 2 === 0);
    this.stride *= 2;
  }

  /** Forget what came after so many epochs. */
  forget(after: number): void {
    if (this.latest === null || this.latest.number <= after) return;
    this.entries = this.entries.filter(({ number }) => number <= after);
    this.latest = this.entries[this.entries.length - 1] ?? null;
    this.seen = this.entries.length * this.stride;
  }

  get all(): T[] {
    const { entries, latest } = this;
    return latest === null || latest === entries[entries.length - 1] ? entries : [...entries, latest];
  }
}
