// Makes dist/nudge.js, the one file OpenCode loads. There must be no
// package.json beside it: OpenCode would load that package's main instead.
import { build } from 'esbuild';

// mqtt is CommonJS: inside an ESM file it needs a require of its own.
const banner =
  "import { createRequire as nudgeRequire } from 'node:module';\n" +
  'const require = nudgeRequire(import.meta.url);';

await build({
  entryPoints: ['src/index.ts'],
  outfile: 'dist/nudge.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node18',
  charset: 'utf8',
  legalComments: 'inline',
  banner: { js: banner },
  logLevel: 'warning',
});
