// make chaos: two long storms, one over everything, one that spares the broker and in which nobody sends
// anything twice. KILLS=500 SEED=… DURABILITY=process|power
import { randomInt } from 'node:crypto';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { storm, summary } from './storm.mjs';

const KILLS = Number(process.env.KILLS ?? 500);
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
const durability = process.env.DURABILITY === 'power' ? 'power' : 'process';
/** @type {(() => Promise<void>)[]} */
const endings = [];
const spared = Math.floor(KILLS / 5);
let isFine = true;

console.log(`chaos: SEED=${seed} KILLS=${KILLS} DURABILITY=${durability}`);
for (const [name, kills, sparesBroker] of /** @type {const} */ ([
  ['everything is killed', KILLS - spared, false],
  ['the broker is spared, and nothing sent twice', spared, true],
])) {
  console.log(name);
  const outcome = await storm({
    dir: await scratchDirectory({ after: (end) => endings.unshift(end) }),
    ...{ seed, kills, durability, sparesBroker },
    onRound({ kills: done, events, pushes, seconds }) {
      const line = `  ${done}/${kills} kills, ${events} events, ${pushes} pushes, ${seconds} s`;
      if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
    },
  });
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
  console.log(summary(outcome));
  isFine &&= outcome.lost.length + outcome.complaints.length === 0;
}
for (const end of endings) await end();
process.exit(isFine ? 0 : 1);
