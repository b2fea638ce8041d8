/** The names of a table's columns, by Python's rule: `mlnn.frame.layout.named`. */

/**
 * Columns without a name get one; null is what takes none where nothing is lost by it: cells after the last separator, of
 * which there are none, and the rows' numbers. `cells`: those of one column.
 */
export function named(titles: string[], rows: number, cells: (k: number) => string[], name: string, said: string[]): (string | null)[] {
  const found: (string | null)[] = titles.map((each) => each.trim().normalize("NFC")), last = titles.length - 1;
  for (const k of titles.keys()) {
    if (found[k]) continue;
    const held = new Set(cells(k).map((each) => each.trim())), words = [...held];
    found[k] = null;
    if (k === last && k && words.every((each) => !each)) {
      said.push(`the lines of ${name} end with a separator, after which there is nothing`);
    } else if (k === 0 && last && held.size === rows && words.every((each) => /^\d+$/.test(each))) {
      said.push(`the first column of ${name} has no name and numbers the rows: set aside (name it to use it)`);
    } else {
      const choices = [...(k ? [] : ["index"]), `column ${k + 1}`, `column ${k + 1} of ${name}`];
      found[k] = choices.find((each) => !found.includes(each))!;
      said.push(`column ${k + 1} of ${name} has no name in the header line: it is called '${found[k]}'`);
    }
  }
  return found;
}
