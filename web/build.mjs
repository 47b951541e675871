// Makes dist/: the page, its service worker, and the files beside them. Any static server can serve it.
import { build } from 'esbuild';
import { copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const LIMIT = 60_000; // bytes, gzipped: what a phone waits for at the first visit

await rm('dist', { recursive: true, force: true });
await mkdir('dist');
for (const file of await readdir('static')) await copyFile(`static/${file}`, `dist/${file}`);

await build({
  entryPoints: {
    page: 'src/main.tsx',
    'service-worker': 'src/worker/main.ts',
    style: 'src/all.css',
  },
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
});

const files = await readdir('dist');
const sizes = await Promise.all(
  files.map(async (file) => gzipSync(await readFile(`dist/${file}`)).length),
);
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`  WEB     web/dist, ${(total / 1000).toFixed(1)} KB gzipped`);
if (total > LIMIT) {
  console.error(`web/dist is larger than ${LIMIT} bytes gzipped`);
  process.exit(1);
}
