/** What others wrote of the bundle: which packages are in it, under which licences, and their bill of materials. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Return name, version, licence, its text and the hash of each package from which a file went in, by name. */
export function packagesOf(inputs, web) {
  const locked = JSON.parse(readFileSync(join(web, "package-lock.json"), "utf8")).packages;
  const names = inputs.map((input) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]);
  return [...new Set(names.filter(Boolean))].sort().map((name) => {
    const { version, license, integrity } = locked[`node_modules/${name}`];
    const folder = join(web, "node_modules", name);
    const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    const text = readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
    return { name, version, license, integrity, text };
  });
}

/** Return the licences, each with its package's name. */
export function texts(packages) {
  const rule = "-".repeat(80);
  return packages.map(({ name, version, text }) => `${name} ${version}\n${rule}\n${text}\n`).join(`\n${"=".repeat(80)}\n\n`);
}

/** Return a comment with every copyright and, once, the terms, which must be the same for all. */
export function notice(packages) {
  const parts = packages.map(({ text }) => /^(.*?)(Copyright[^\n]*)\s+(Permission is.*)$/s.exec(text));
  const terms = new Set(parts.map(([, , , terms]) => terms.replace(/\s+/g, " ")));
  if (terms.size > 1) throw new Error(`licences differ: ${[...terms].join("\n")}`);
  const lines = packages.map(({ name, version }, k) => `${name} ${version}: ${parts[k][2]}`);
  return `/*! Contains, under the MIT license:\n${lines.join("\n")}\n\n${[...terms][0]} */\n`;
}

/** Return the bill of materials, in CycloneDX 1.6. */
export function bill(packages) {
  const components = packages.map(({ name, version, license, integrity }) => {
    const [algorithm, hash] = integrity.split("-", 2);
    if (algorithm !== "sha512") throw new Error(`${name} has a hash of another kind: ${algorithm}`);
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    return {
      type: "library",
      "bom-ref": purl,
      name,
      version,
      hashes: [{ alg: "SHA-512", content: Buffer.from(hash, "base64").toString("hex") }],
      licenses: [{ license: { id: license } }],
      purl,
    };
  });
  const whole = { type: "application", "bom-ref": "mlnn-live-page", name: "mlnn's live page (mlnn/play/bundle)" };
  const bom = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: whole },
    components,
    dependencies: [{ ref: whole["bom-ref"], dependsOn: components.map((component) => component["bom-ref"]) }],
    compositions: [{ aggregate: "complete", assemblies: [whole["bom-ref"]] }],
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}
