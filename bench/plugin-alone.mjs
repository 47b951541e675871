// Where the plugin's own time and memory go: a new process loads it, is given a recorded turn, and ends, with
// a broker and what confirms as a bridge does. What OpenCode spends on having any plugin is not in it: that is
// in plugin.mjs. `node bench/plugin-alone.mjs [TIMES]` after `make plugin`.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startBroker } from "../tests/e2e/support/broker.mjs";
import { connect } from "../tests/e2e/support/mqtt.mjs";

const PLUGIN = new URL("../plugin/dist/nudge.js", import.meta.url);
const TURN = new URL(
  "../plugin/test/recordings/a-normal.jsonl",
  import.meta.url,
);
const STEPS = ["load", "start", "turn", "end"];

/** @param {string} url of the broker */
async function measure(url) {
  const text = await readFile(TURN, "utf8");
  const events = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ hook }) => hook === "event");
  const client = {
    session: {
      get: async (/** @type {any} */ { path }) => ({
        data: { id: path.id, title: "A turn" },
      }),
    },
    app: { log: async () => ({}) },
    tui: { showToast: async () => ({}) },
  };
  const beganRss = process.memoryUsage().rss;
  const beganCpu = process.cpuUsage();
  const marks = [performance.now()];
  const { default: plugin } = await import(PLUGIN.href);
  marks.push(performance.now());
  const input = { client, directory: "/tmp", worktree: "/", project: {} };
  const hooks = await plugin.server(input, { url, user: "me", host: "bench" });
  marks.push(performance.now());
  for (const { event } of events) await hooks.event({ event });
  marks.push(performance.now());
  await hooks.dispose();
  marks.push(performance.now());
  const { user, system } = process.cpuUsage(beganCpu);
  const mb = (process.memoryUsage().rss - beganRss) / 2 ** 20;
  const steps = STEPS.map((_, at) => (marks[at + 1] ?? 0) - (marks[at] ?? 0));
  process.stdout.write(
    JSON.stringify({ steps, cpuMs: (user + system) / 1000, mb }),
  );
  process.exit();
}

/** @param {number[]} values */
const median = (values) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** @param {number} times */
async function repeat(times) {
  const dir = await mkdtemp(join(tmpdir(), "nudge-bench-"));
  const broker = await startBroker({ dir: join(dir, "broker") });
  const bridge = await connect(broker.url);
  await bridge.publish("nudge/bridge/nudge/state", "online", { retain: true });
  const events = await bridge.collect("nudge/me/event");
  bridge.client.on("message", (topic, payload) => {
    if (!topic.endsWith("/event")) return;
    const { id } = JSON.parse(payload.toString());
    void bridge.publish("nudge/me/receipt", { event: id, state: "accepted" });
  });
  try {
    const costs = [];
    for (let at = 0; at < times; at++) {
      const env = { ...process.env, XDG_STATE_HOME: join(dir, "state") };
      const args = [fileURLToPath(import.meta.url), "--measure", broker.url];
      const { stdout } = await promisify(execFile)("node", args, { env });
      costs.push(JSON.parse(stdout));
    }
    if (events.messages.length < times) throw new Error("nothing was told");
    const of = (/** @type {(cost: any) => number} */ what) =>
      median(costs.map(what)).toFixed(1);
    const steps = STEPS.map(
      (step, at) => `${step} ${of((cost) => cost.steps[at])} ms`,
    );
    const processor = of(({ cpuMs }) => cpuMs);
    console.log(
      `${steps.join(", ")}; ${processor} ms of processor, ${of(({ mb }) => mb)} MB (medians of ${times})`,
    );
  } finally {
    await bridge.end();
    await broker.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

if (process.argv[2] === "--measure") await measure(process.argv[3] ?? "");
else await repeat(Number(process.argv[2] ?? 20));
