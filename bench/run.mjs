// make bench: measures the bridge against named references, one load at a time, and writes
// docs/bench/. Usage: node bench/run.mjs [measurement...]; QUICK=1 measures less of each.
import { builds } from './measure/builds.mjs';
import { decide } from './measure/decide.mjs';
import { disk } from './measure/disk.mjs';
import { flood } from './measure/flood.mjs';
import { flow } from './measure/flow.mjs';
import { rivals } from './measure/rivals.mjs';
import { crowd, outage, rest } from './measure/size.mjs';
import { faraway, power, speed } from './measure/speed.mjs';
import { line, report } from './support/report.mjs';

const others = { builds }; // only when they are named
const measurements = { decide, speed, power, faraway, flow, rest, outage, crowd, flood, disk, rivals };

/**
 * @typedef {object} Row
 * @property {string} group
 * @property {string} figure
 * @property {number} value
 * @property {string} unit
 * @property {string} [reference] what was measured beside it, in the same run
 * @property {number} [beside] its value
 * @property {number} [goal] of the value
 * @property {number} [ratioGoal] of value / beside
 * @property {boolean} [more] the goal is a least, not a most
 */

export class Bench {
  quick = Boolean(process.env.QUICK) && process.env.QUICK !== '0';
  startedMs = Date.now();
  /** @type {Row[]} */
  rows = [];
  /** @type {string[]} */
  skipped = [];
  /** @type {Record<string, number>} what a later measurement needs of an earlier one */
  kept = {};

  /** @param {string} what */
  progress(what) {
    const seconds = Math.round((Date.now() - this.startedMs) / 1000);
    console.log(`[${String(seconds).padStart(3)} s] ${what}`);
  }

  /** @param {Row} row */
  add(row) {
    this.rows.push(row);
    console.log(`        ${line(row)}`);
  }

  /** @param {string} group @param {string} why */
  skip(group, why) {
    this.skipped.push(`${group}: ${why}`);
    console.log(`        ${group}: not measured: ${why}`);
  }
}

const bench = new Bench();
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(measurements);
for (const name of wanted) {
  const known = { ...measurements, ...others };
  const measure = known[/** @type {keyof typeof known} */ (name)];
  // One that fails leaves the others their place in the table.
  await measure(bench).catch((/** @type {Error} */ error) => bench.skip(name, error.message));
}
report(bench, wanted.length === Object.keys(measurements).length);
process.exit(0);
