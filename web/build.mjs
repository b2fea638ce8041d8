/**
 * Builds src/mlnn/play/bundle: play.js, which sets globalThis.mlnnPlay, and play.css; and says in third-party/ which
 * packages are in them. The same sources give the same bytes.
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bill, notice, packagesOf, texts } from "./parties.mjs";

const web = dirname(fileURLToPath(import.meta.url));
const root = dirname(web);
const bundle = join(root, "src", "mlnn", "play", "bundle");
const LIMIT = 250 * 1024;

/** Print what the page knows of Python's formulas, from the classes themselves. */
function print(module, file) {
  if (!existsSync(join(root, "src", ...module.split(".")) + ".py")) return;
  const env = { ...process.env, PYTHONPATH: join(root, "src"), PYTHONHASHSEED: "0" };
  writeFileSync(file, execFileSync(process.env.PYTHON ?? "python3", ["-m", module], { env, maxBuffer: 2 ** 26 }));
}

const shared = {
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  absWorkingDir: web,
  logLevel: "warning",
  metafile: true,
};

/** The files that went in, of the page and of its worker. */
const inputs = [];

/** The worker travels as text within the page, so that it also starts where there is no server: file://. */
const worker = {
  name: "worker",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^worker:/ }, ({ path }) => ({ path: join(web, "src", path.slice(7)), namespace: "worker" }));
    onLoad({ filter: /.*/, namespace: "worker" }, async ({ path }) => {
      const built = await build({ ...shared, entryPoints: [path], write: false });
      inputs.push(...Object.keys(built.metafile.inputs));
      return { contents: built.outputFiles[0].text, loader: "text", watchDirs: [dirname(path)] };
    });
  },
};

mkdirSync(bundle, { recursive: true });
print("mlnn.play.formulas", join(web, "src", "engine", "formulas.ts"));
print("mlnn.play.catalogue", join(web, "src", "player", "catalogue.json"));
const page = await build({
  ...shared,
  entryPoints: [{ in: "src/main.tsx", out: "play" }],
  outdir: bundle,
  plugins: [worker],
  sourcemap: process.argv.includes("--map") ? "linked" : false,
});

/** What others wrote: its bill of materials, its licences, and a notice of them that goes wherever the program goes. */
const packages = packagesOf([...inputs, ...Object.keys(page.metafile.inputs)], web);
writeFileSync(join(root, "third-party", "page.cdx.json"), bill(packages));
writeFileSync(join(root, "third-party", "page.txt"), texts(packages));
const script = join(bundle, "play.js");
writeFileSync(script, notice(packages) + readFileSync(script, "utf8"));

/** The page carries its own program and style, so that it can write copies of itself: replays. */
const [program, style] = ["play.js", "play.css"].map((name) => readFileSync(join(bundle, name), "utf8"));
writeFileSync(script, `globalThis.mlnnPlay={source(){${program}},style:${JSON.stringify(style)}};mlnnPlay.source();\n`);

let total = 0;
for (const name of ["play.js", "play.css"]) {
  const file = join(bundle, name);
  const size = gzipSync(readFileSync(file), { level: 9 }).length;
  total += size;
  console.log(`${relative(root, file)}: ${statSync(file).size} bytes, ${size} gzipped`);
}
console.log(`together ${(total / 1024).toFixed(1)} KiB gzipped, of ${LIMIT / 1024} allowed`);
if (total > LIMIT) process.exit(1);
