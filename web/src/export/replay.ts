/** A run as one HTML file: this very page, with the moments of the run instead of a player. It needs no network. */

import { encode } from "../hosts/codec";
import type { History, Plan, Table } from "../protocol";
import type { Settings } from "../settings";
import type { Moment } from "../page/moments";

export interface Recording {
  plan: Plan;
  page: Settings;
  table: Table | null;
  history: History;
  moments: Moment[];
  seconds: number;
}

/** The page's own program and style, as the build left them for whoever wants a copy. */
interface Source {
  source: () => void;
  style: string;
}

export async function asHTML(recording: Recording): Promise<string> {
  const { source, style } = (globalThis as unknown as { mlnnPlay: Source }).mlnnPlay;
  const program = `globalThis.mlnnPlay={${source},style:${JSON.stringify(style)}};mlnnPlay.source();`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A replay of training – mlnn</title>
<style>html,body{margin:0;min-height:100%}${style}</style>
</head>
<body>
<div id="play"></div>
<script>${program.replaceAll("</script", "<\\/script")}</script>
<script>mlnnPlay.replay(document.getElementById("play"),"${await packed(encode(recording))}")</script>
</body>
</html>
`;
}

/** Bytes, compressed, as text. */
export async function packed(bytes: ArrayBuffer): Promise<string> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  const small = new Uint8Array(await new Response(stream).arrayBuffer());
  let text = "";
  for (let start = 0; start < small.length; start += 0x8000) text += String.fromCharCode(...small.subarray(start, start + 0x8000));
  return btoa(text);
}

export async function unpacked(text: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
