// The sources as modules a test can import: bundled on the fly, kept nowhere.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

/**
 * @template T
 * @param {string} path below src/
 * @returns {Promise<T>}
 */
export async function source(path) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../src/${path}`, import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    mainFields: ['module', 'main'],
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}
