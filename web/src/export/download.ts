/** Files for the reader: made on the page, saved by the browser. */

/** What a table's file is called, without its ending, in letters that any system's names may have. */
export const stem = (name: string): string =>
  name.replace(/(?<=.)\.[^.]*$/, "").toLowerCase().replace(/[^\p{L}\p{N}_]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 40) || "own";

export function download(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
