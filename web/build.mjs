// Makes dist/: the page, its service worker, and the files beside them. Any static server can serve it.
import { build } from 'esbuild';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const LIMIT = 60_000; // bytes, gzipped: what a phone waits for at the first visit

/** A compressed copy beside a file, for servers that send it. @param {string} file */
async function compress(file) {
  const bytes = gzipSync(await readFile(`dist/${file}`), { level: 9 });
  await writeFile(`dist/${file}.gz`, bytes);
  return bytes.length;
}

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
const sizes = await Promise.all(files.map(compress));
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`  WEB     web/dist, ${(total / 1000).toFixed(1)} KB gzipped`);
if (total > LIMIT) {
  console.error(`web/dist is larger than ${LIMIT} bytes gzipped`);
  process.exit(1);
}
