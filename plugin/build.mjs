// Makes dist/nudge.js, the one file OpenCode loads, and dist/cli.js, the program
// that installs it. There must be no package.json beside the first: OpenCode
// would load that package's main instead.
import { build } from 'esbuild';

await build({
  entryPoints: { nudge: 'src/index.ts', cli: 'src/cli.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node18',
  mainFields: ['module', 'main'],
  charset: 'utf8',
  legalComments: 'inline',
  logLevel: 'warning',
});
