// What the plugin costs `opencode run`: the same turn with it, with a plugin that does nothing, and with none,
// in turns, and the median of the differences. `node bench/plugin.mjs [PAIRS]` after `make plugin`; a machine that does nothing else says more.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { says } from "../tests/e2e/support/model.mjs";
import { startScene } from "../tests/e2e/support/opencode-scene.mjs";
import { startRun } from "../tests/e2e/support/opencode.mjs";

const PAIRS = Number(process.argv[2] ?? 10);
const LOOK_MS = 20; // how often the peak of its memory is read

const TICK_MS = 10; // proc(5): USER_HZ

/** @typedef {{ ms: number, cpuMs: number, mb: number }} Cost */

/**
 * @param {import('../tests/e2e/support/opencode.mjs').Home} home
 * @param {import('../tests/e2e/support/model.mjs').Model} model
 * @returns {Promise<Cost>}
 */
async function turn(home, model) {
  model.answers(says("Done."));
  const beganMs = performance.now();
  const child = startRun(home, "go");
  let [peakKb, cpuMs] = [0, 0];
  let isOver = false;
  const look = async () => {
    while (!isOver) {
      peakKb = peakOf(child.pid) ?? peakKb;
      cpuMs = cpuOf(child.pid) ?? cpuMs;
      await pause(LOOK_MS);
    }
  };
  const looked = look();
  const { code } = await child.exited;
  const ms = performance.now() - beganMs;
  isOver = true;
  await looked;
  if (code !== 0) throw new Error(child.lines.join("\n"));
  return { ms, cpuMs, mb: peakKb / 1024 };
}

/**
 * @param {number} pid
 * @returns {number | undefined} KiB; proc(5)
 */
function peakOf(pid) {
  try {
    const [, kb] =
      /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ??
      [];
    return kb === undefined ? undefined : Number(kb);
  } catch {
    return undefined; // it has ended
  }
}

/**
 * @param {number} pid
 * @returns {number | undefined} of all its threads; proc(5)
 */
function cpuOf(pid) {
  try {
    const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
    const [user = 0, system = 0] = rest.split(" ").slice(11, 13).map(Number);
    return user + system === 0 ? undefined : (user + system) * TICK_MS;
  } catch {
    return undefined;
  }
}

/** A bridge: it is there, and confirms each event.
 * @param {import('../tests/e2e/support/opencode-scene.mjs').Scene} scene */
async function startBridge({ client }) {
  await client.publish("nudge/bridge/nudge/state", "online", { retain: true });
  client.client.on("message", (topic, payload) => {
    if (!topic.endsWith("/event")) return;
    const { id } = JSON.parse(payload.toString("utf8"));
    const receipt = JSON.stringify({ event: id, state: "accepted" });
    client.client.publish(topic.replace(/event$/, "receipt"), receipt, {
      qos: 1,
    });
  });
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[at] : (sorted[at - 1] + sorted[at]) / 2;
}

/**
 * @param {string} name
 * @param {unknown[]} plugin OpenCode's setting of that name
 */
function homeWith(name, plugin) {
  const home = scene.home(name);
  const file = join(home.project, "opencode.json");
  const settings = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...settings, plugin }));
  return home;
}

/** @param {Cost} cost */
const words = ({ ms, cpuMs, mb }) =>
  `${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of processor, ${mb.toFixed(1)} MB`;

const scene = await startScene();
if (process.env.BRIDGE !== "no") await startBridge(scene);
try {
  const nothing = join(scene.dir, "nothing.js");
  writeFileSync(
    nothing,
    "export default { id: 'nothing', server: async () => ({}) };\n",
  );
  const homes = {
    nudge: scene.home("with"),
    // What OpenCode itself spends once it has any plugin.
    nothing: homeWith("nothing", [pathToFileURL(nothing).href]),
    none: homeWith("without", []),
  };
  const names = /** @type {(keyof typeof homes)[]} */ (Object.keys(homes));
  for (const name of names) await turn(homes[name], scene.model); // makes what is made once
  /** @type {Record<string, Cost[]>} */
  const costs = { nudge: [], nothing: [], none: [] };
  for (let round = 0; round < PAIRS; round++) {
    // Whoever comes later finds a warmer machine.
    for (const name of round % 2 ? names : [...names].reverse())
      costs[name]?.push(await turn(homes[name], scene.model));
    const now = names.map(
      (name) => `${name}: ${words(/** @type {Cost} */ (costs[name]?.at(-1)))}`,
    );
    console.log(`${round + 1}: ${now.join("; ")}`);
  }
  for (const other of ["none", "nothing"]) {
    const pairs = (costs["nudge"] ?? []).map((one, at) => ({
      one,
      two: costs[other]?.[at] ?? one,
    }));
    const of = (/** @type {keyof Cost} */ what) =>
      median(pairs.map(({ one, two }) => one[what] - two[what]));
    const more = { ms: of("ms"), cpuMs: of("cpuMs"), mb: of("mb") };
    console.log(
      `more than ${other} (median of ${PAIRS} pairs): ${words(more)}`,
    );
  }
} finally {
  await scene.stop();
}
