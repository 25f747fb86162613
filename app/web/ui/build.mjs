// Bundles the pages' scripts, styles and fonts into ../static/dist, with content hashes in the names and a manifest of them.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(here, "../static/dist");
const outdir = resolve(here, `node_modules/.dist-${process.pid}`); // moved into place when it is whole, so that nobody sees half of it

await mkdir(outdir, { recursive: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.js", "src/app.css", "src/viewer.js", "src/viewer.css"],
  outdir,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["chrome123", "firefox120", "safari17.5"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  legalComments: "none",
  logLevel: "warning",
});

const names = {};
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  if (output.entryPoint) names[basename(output.entryPoint)] = basename(path);
}
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  const source = Object.keys(output.inputs)[0];
  if (path.endsWith(".woff2") && source) names[basename(source)] = basename(path);
}
// The licence texts of all packages that are in the bundles, in one file beside them.
const packages = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[1]);
}
const texts = [];
for (const name of [...packages].sort()) {
  const folder = resolve(here, "node_modules", name);
  const { version, license } = JSON.parse(await readFile(resolve(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => /^licen[cs]e/i.test(file));
  const bodies = await Promise.all(files.map((file) => readFile(resolve(folder, file), "utf8")));
  texts.push(`${name} ${version} (${license})\n\n${bodies.join("\n").trim() || "No licence file in the package."}\n`);
}
await writeFile(resolve(outdir, "LICENSES.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));

await writeFile(resolve(outdir, "manifest.json"), JSON.stringify(names, null, 2) + "\n");
await rm(target, { recursive: true, force: true });
await mkdir(dirname(target), { recursive: true });
await rename(outdir, target);
