// A short soak: turns of chance while everything around OpenCode is killed. The long one is `make soak`.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { it } from 'node:test';
import { soak, summary } from '../soak/soak.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const BUDGET_MS = 35_000; // a turn may take ten seconds more, and the end as long

const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));

it('turns of chance bring exactly their notifications, whatever is killed meanwhile', async (t) => {
  console.log(`SEED=${SEED}`);
  const outcome = await soak({
    dir: await scratchDirectory(t),
    ...{ seed: SEED, turns: 10, budgetMs: BUDGET_MS },
  });
  t.diagnostic(`\n${summary(outcome)}`);
  assert.deepEqual(outcome.missing, [], summary(outcome));
  assert.deepEqual(outcome.surplus, [], summary(outcome));
  assert.deepEqual(outcome.complaints, [], summary(outcome));
});
