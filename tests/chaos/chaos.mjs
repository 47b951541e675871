// make chaos: the long storm. KILLS=500 SEED=… DURABILITY=process|power
import { randomInt } from 'node:crypto';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { storm, summary } from './storm.mjs';

const kills = Number(process.env.KILLS ?? 500);
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
const durability = process.env.DURABILITY === 'power' ? 'power' : 'process';
/** @type {(() => Promise<void>)[]} */
const endings = [];

console.log(`chaos: SEED=${seed} KILLS=${kills} DURABILITY=${durability}`);
const outcome = await storm({
  dir: await scratchDirectory({ after: (end) => endings.unshift(end) }),
  ...{ seed, kills, durability },
  onRound({ kills: done, events, pushes, seconds }) {
    const line = `  ${done}/${kills} kills, ${events} events, ${pushes} pushes, ${seconds} s`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
  },
});
if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
console.log(summary(outcome));
for (const end of endings) await end();
process.exit(outcome.lost.length + outcome.complaints.length > 0 ? 1 : 0);
