// Runs the page's unit tests in node's own test runner: each is bundled with
// the sources it is about, because node reads no TypeScript.
//
//   run_unit.mjs OUT_DIRECTORY
//
// Exit status 77 = the page's modules are not installed.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const web = path.join(here, "../../../client/web");
const out = process.argv[2];
const modules = path.join(web, "node_modules");
if (
  !existsSync(path.join(modules, "esbuild")) ||
  !existsSync(path.join(web, "src/generated"))
) {
  console.log(
    "skipped: the explorer page was not built: cmake --build ... --target web",
  );
  process.exit(77);
}
const { buildSync } = createRequire(path.join(web, "package.json"))("esbuild");

const tests = readdirSync(path.join(here, "unit")).filter((name) =>
  name.endsWith("_test.ts"),
);
rmSync(out, { recursive: true, force: true });
buildSync({
  entryPoints: tests.map((name) => path.join(here, "unit", name)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  jsx: "automatic",
  jsxImportSource: "preact",
  nodePaths: [modules],
  logLevel: "error",
});
const { status } = spawnSync(
  process.execPath,
  [
    "--test",
    ...tests.map((name) => path.join(out, name.replace(/\.ts$/, ".mjs"))),
  ],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
