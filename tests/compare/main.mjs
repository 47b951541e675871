// make compare: writes docs/opencode-comparison.md
import { writeFile } from 'node:fs/promises';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { compare, document } from './compare.mjs';

const PAGE = new URL('../../docs/opencode-comparison.md', import.meta.url);
/** @type {(() => Promise<void>)[]} */
const endings = [];

const rows = await compare(await scratchDirectory({ after: (end) => endings.unshift(end) }));
await writeFile(PAGE, document(rows));
for (const end of endings) await end();
process.exit(0); // the other plugin leaves timers behind
