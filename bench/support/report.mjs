// The table and the plot of a run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { ROOT } from './programs.mjs';

const WIDTH = 860;
const BAR = 14;
const LEFT = 400;

/** @typedef {import('../run.mjs').Row} Row */

/** @param {number} value */
function brief(value) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US').replaceAll(',', ' ');
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 4)));
}

/** @param {number} value @param {string} unit */
const quantity = (value, unit) =>
  unit === '/s' ? `${brief(value)}/s` : [brief(value), unit].filter(Boolean).join(' ');

/** @param {Row} row */
const ratio = ({ value, beside }) => (beside ? value / beside : NaN);

/** @param {Row} row */
function goal({ goal, ratioGoal, more, unit }) {
  const words = [];
  if (goal !== undefined) words.push(`${more ? '≥' : '≤'} ${quantity(goal, unit)}`);
  if (ratioGoal !== undefined) words.push(`ratio ${more ? '≥' : '≤'} ${brief(ratioGoal)}`);
  return words.join(', ');
}

/** @param {Row} row */
function verdict(row) {
  const pairs = [
    [row.value, row.goal],
    [ratio(row), row.ratioGoal],
  ].filter(([, wish]) => wish !== undefined);
  if (pairs.length === 0) return '';
  return pairs.every(([is, wish]) => (row.more ? is >= Number(wish) : is <= Number(wish)))
    ? 'met'
    : '**not met**';
}

/** @param {Row} row */
export function line(row) {
  const beside = row.reference
    ? `; ${row.reference}: ${quantity(row.beside ?? NaN, row.unit)}; ratio ${brief(ratio(row))}`
    : '';
  const judged = goal(row) ? `; goal ${goal(row)}: ${verdict(row)}` : '';
  return `${row.group}: ${row.figure}: ${quantity(row.value, row.unit)}${beside}${judged}`;
}

function machine() {
  const version = readFileSync('/etc/os-release', 'utf8').match(/PRETTY_NAME="(.*)"/)?.[1];
  return `${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${version}`;
}

function commit() {
  return execFileSync('git', ['log', '-1', '--format=%h of %cs'], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim();
}

/** @param {import('../run.mjs').Bench} bench */
function table(bench) {
  const head = ['what', 'figure', 'nudge', 'reference', 'its figure', 'ratio', 'goal', ''];
  const rows = bench.rows.map((row) => [
    row.group,
    row.figure,
    quantity(row.value, row.unit),
    row.reference ?? '',
    row.reference ? quantity(row.beside ?? NaN, row.unit) : '',
    row.reference ? brief(ratio(row)) : '',
    goal(row),
    verdict(row),
  ]);
  const lines = [head, ['---', '---', '--:', '---', '--:', '--:', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param {string} text */
const escape = (text) =>
  text.replace(/[&<>`]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? '');

/**
 * One bar for us and one for the reference, in pairs; the longer of the two fills the width.
 *
 * @param {Row[]} rows
 */
function plot(rows) {
  const height = rows.length * (2 * BAR + 14) + 34;
  const parts = rows.map((row, i) => {
    const top = 30 + i * (2 * BAR + 14);
    const most = Math.max(row.value, row.beside ?? 0);
    const scale = (WIDTH - LEFT - 110) / most;
    const bar = (
      /** @type {number} */ value,
      /** @type {number} */ y,
      /** @type {string} */ fill,
    ) => {
      const width = Math.max(1, value * scale);
      return (
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}" fill="${fill}"/>` +
        `<text x="${(LEFT + width + 6).toFixed(1)}" y="${y + BAR - 4}">${quantity(value, row.unit)}</text>`
      );
    };
    const label = (/** @type {string} */ text, /** @type {number} */ y) =>
      `<text x="${LEFT - 8}" y="${y + BAR - 4}" text-anchor="end">${escape(text)}</text>`;
    return (
      label(`${row.group}: ${row.figure}`, top) +
      label(row.reference ?? '', top + BAR) +
      bar(row.value, top, '#0969da') +
      bar(row.beside ?? 0, top + BAR, '#8c959f')
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${LEFT}" y="18" fill="#0969da">nudge</text><text x="${LEFT + 50}" y="18" fill="#8c959f">reference of the same run</text>
${parts.join('\n')}
</svg>
`;
}

/**
 * @param {import('../run.mjs').Bench} bench
 * @param {boolean} isWhole a part is only printed
 */
export function report(bench, isWhole) {
  const seconds = Math.round((Date.now() - bench.startedMs) / 1000);
  const skipped = bench.skipped.map((what) => `* Not measured: ${what.split('\n')[0]}\n`).join('');
  const text = `# What it costs

Written by \`make bench\`${bench.quick ? ' with \`QUICK=1\`' : ''} in ${seconds} s, at ${commit()}; ${machine()}.

Each figure stands beside a named reference from the same run; on a shared machine trust the ratio, not the
figure. Medians of interleaved rounds; broker, push service and publisher share the machine with the bridge, all
over the loopback, TLS and HTTP/2 as with the real service. A burst waits at the broker while its receiver is
stopped; the time runs from the signal to go until the last accepted push. How each is measured is in \`bench/\`.

${table(bench)}

${skipped}![figures beside their references](figures.svg)
`;
  console.log(`\n${table(bench)}\n${skipped}`);
  if (!isWhole) return;
  mkdirSync(`${ROOT}docs/bench`, { recursive: true });
  writeFileSync(`${ROOT}docs/bench/README.md`, text);
  writeFileSync(
    `${ROOT}docs/bench/figures.svg`,
    plot(bench.rows.filter(({ reference, beside }) => reference && beside)),
  );
  console.log(`docs/bench/ is written, after ${seconds} s`);
}
