/** A name that is cut in its middle where there is no room: columns of a table often differ at their ends alone. */

/** Shorter names have room, or are cut at the end. */
const LONG = 12;
const TAIL = 6;

export function Cut({ name }: { name: string }) {
  if (name.length <= LONG) return <>{name}</>;
  return (
    <span class="cut">
      <span>{name.slice(0, -TAIL)}</span>
      <span>{name.slice(-TAIL)}</span>
    </span>
  );
}
