// One connection per process and broker: OpenCode opens the plugin once per
// project directory, and sometimes twice for the same one.

import type { AgentSession } from '../core/agent';
import { Broker } from './broker';
import { Gate } from './gate';
import type { Settings } from './login';
import type { Hear } from './replies';
import { stateHome } from './self';
import { Spool } from './spool';
import type { Warn } from './warnings';

interface Shared {
  broker: Broker;
  users: number;
}

const open = new Map<string, Shared>();

export interface Lease {
  broker: Broker;
  /** What the leaseholder's sessions do, for the agent document. */
  show(sessions: readonly AgentSession[]): void;
  /** Which answers the leaseholder's settings let through. */
  readonly gate: Gate;
  onReply(hear: Hear): void;
  /** Sends what waits, and hangs up after the last one; bounded. */
  release(timeoutMs: number): Promise<void>;
}

export function lease(settings: Settings, warn: Warn, note: Warn): Lease {
  const key = JSON.stringify([settings.url, settings.base, settings.username, settings.host]);
  const shared = open.get(key) ?? {
    broker: makeBroker(settings, warn),
    users: 0,
  };
  open.set(key, shared);
  shared.users += 1;
  const { broker } = shared;
  // Another directory's settings must not open this one.
  const gate = new Gate(settings, warn, note);
  const forget = [broker.onConnected(() => gate.connected())];
  if (gate.isOn) broker.wantReplies();
  const holder = {};
  return {
    broker,
    show: (sessions) => broker.agent.set(holder, sessions),
    gate,
    onReply: (hear) => void forget.push(broker.replies.onReply(hear)),
    release: (timeoutMs) => {
      for (const stop of forget) stop();
      broker.agent.set(holder, []);
      return release(key, shared, timeoutMs);
    },
  };
}

function makeBroker(settings: Settings, warn: Warn): Broker {
  const home = stateHome(process.env);
  return new Broker(settings, home, new Spool(settings, home, warn), warn);
}

async function release(key: string, shared: Shared, timeoutMs: number): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  shared.users -= 1;
  await shared.broker.drain(timeoutMs);
  // `opencode run` may open the directory again while it waits for us.
  if (shared.users > 0 || !open.delete(key)) return;
  await shared.broker.close(Math.max(50, deadlineMs - Date.now()));
}
