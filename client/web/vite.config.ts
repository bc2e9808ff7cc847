// How the page is made: one document, one script, one style, all of them files
// of the service's own origin, because its Content-Security-Policy allows no
// others and nothing inline.

import { promises as fs } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

// `foo.js.gz` beside `foo.js`, which the service sends to whoever takes it.
function compressed(): Plugin {
  let folder = "";
  return {
    name: "collate-compressed",
    apply: "build",
    configResolved(config) {
      folder = path.resolve(config.root, config.build.outDir);
    },
    async closeBundle() {
      for (const name of await fs.readdir(folder, { recursive: true })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const file = path.join(folder, name);
        await fs.writeFile(
          `${file}.gz`,
          gzipSync(await fs.readFile(file), { level: 9 }),
        );
      }
    },
  };
}

export default defineConfig({
  plugins: [compressed()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    outDir: process.env.COLLATE_WEB_OUT || "dist",
    emptyOutDir: true,
    // Inlined files would be data: URLs, which are no scripts or styles of
    // this origin.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
