// What deciding costs by itself, and how that grows with the number of people.
import { ours, run } from '../support/programs.mjs';

const EVENTS = 200_000;
const PEOPLE = [1, 100, 10_000];

/** @param {import('../run.mjs').Bench} bench */
export async function decide(bench) {
  bench.progress('deciding, for more and more people');
  for (const users of PEOPLE) {
    const said = await run(ours('decide'), [users, users * 2, EVENTS].map(String));
    bench.add({
      group: 'deciding',
      figure: `CPU for an event and two devices, ${users} users`,
      value: Number(said.split(' ')[0]) / 1e3,
      unit: 'µs',
      goal: 50,
    });
  }
}
