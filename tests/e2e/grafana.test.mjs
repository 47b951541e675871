// The dashboard asks for series that there are, by labels that they have, and for all of them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { freePort } from './support/ports.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { ask } from './support/web.mjs';

const FILE = fileURLToPath(new URL('../../packaging/grafana/nudge.json', import.meta.url));
/** What Prometheus adds to each series. */
const ADDED = ['instance', 'job'];
/** There is one once something went wrong. */
const LATER = { last_error_timestamp_seconds: ['service', 'reason'] };

/** @param {import('node:test').TestContext} t @returns {Promise<Map<string, string[]>>} name to labels */
async function seriesOf(t) {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker') });
  t.after(() => broker.stop());
  const port = await freePort();
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    http: { listen: `127.0.0.1:${port}` },
  });
  const bridge = await startBridge({ settings });
  t.after(() => bridge.stop());
  const text = (await ask(`http://127.0.0.1:${port}/metrics`)).body.toString();
  const names = [...text.matchAll(/^# TYPE nudge_(\w+) /gm)].map(([, name]) => name ?? '');
  const labelOf = (/** @type {string} */ name) => {
    if (name.startsWith('waiting_')) return ['stage'];
    if (name.startsWith('service_')) return ['service'];
    if (name === 'info') return ['version'];
    return name === 'suppressed_total' ? ['reason'] : [];
  };
  /** @type {Map<string, string[]>} */
  const series = new Map(Object.entries(LATER));
  for (const name of names) series.set(name, labelOf(name));
  return series;
}

test('the dashboard asks for what the bridge tells, for all of it, and for nothing else', async (t) => {
  const series = await seriesOf(t);
  const dashboard = JSON.parse(await readFile(FILE, 'utf8'));
  const variables = dashboard.templating.list.map(
    (/** @type {any} */ { query }) => query?.query ?? '',
  );
  const panels = dashboard.panels.flatMap((/** @type {any} */ { targets }) => targets);
  const asked = new Set();
  for (const { expr, legendFormat } of [
    ...panels,
    ...variables.map((/** @type {string} */ expr) => ({ expr })),
  ]) {
    const names = [...expr.matchAll(/\bnudge_(\w+)/g)].map(([, name]) => name);
    assert.ok(names.length > 0 || expr === 'prometheus' || expr === '', expr);
    for (const name of names) {
      asked.add(name);
      const labels = series.get(name);
      assert.ok(labels, `there is no nudge_${name}: ${expr}`);
      const used = [
        ...[...expr.matchAll(/[{,](\w+)=/g)].map(([, label]) => label),
        ...[...expr.matchAll(/by \((\w+)\)/g)].map(([, label]) => label),
        ...[...(legendFormat ?? '').matchAll(/{{(\w+)}}/g)].map(([, label]) => label),
      ];
      for (const label of used)
        assert.ok([...labels, ...ADDED].includes(label), `nudge_${name} has no ${label}: ${expr}`);
    }
  }
  assert.deepEqual(
    [...series.keys()].filter((name) => !asked.has(name)),
    [],
  );
});

test('each panel has a place of its own, and says what it shows', async () => {
  const { panels } = JSON.parse(await readFile(FILE, 'utf8'));
  const taken = new Set();
  for (const { title, description, gridPos } of panels) {
    assert.ok(title && description);
    const { x, y, w, h } = gridPos;
    assert.ok(x >= 0 && x + w <= 24);
    for (let column = x; column < x + w; column++)
      for (let row = y; row < y + h; row++) {
        assert.ok(!taken.has(`${column} ${row}`), title);
        taken.add(`${column} ${row}`);
      }
  }
});
