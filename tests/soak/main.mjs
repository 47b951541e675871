// make soak: TURNS=200 SEED=…
import { randomInt } from 'node:crypto';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { soak, summary } from './soak.mjs';

const turns = Number(process.env.TURNS ?? 200);
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
/** @type {(() => Promise<void>)[]} */
const endings = [];

console.log(`soak: SEED=${seed} TURNS=${turns}`);
const outcome = await soak({
  dir: await scratchDirectory({ after: (end) => endings.unshift(end) }),
  ...{ seed, turns },
  onTurn({ turns: kinds, wanted }) {
    const done = Object.values(kinds).reduce((sum, count) => sum + count, 0);
    const line = `  ${done}/${turns} turns, ${wanted} notifications wanted`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
  },
});
if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
console.log(summary(outcome));
for (const end of endings) await end();
const { missing, surplus, complaints } = outcome;
process.exit(missing.length + surplus.length + complaints.length === 0 ? 0 : 1);
