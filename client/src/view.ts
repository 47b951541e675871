// All that an app knows, as one value that changes with each message. Pure.

import { decodePresence } from './core/presence';
import { addEvent, addReceipt, unnamed, type Entry } from './core/feed';
import { readObject } from './core/bytes';
import { readAgent, readEvent, readReceipt } from './core/reading';
import type { Topic } from './core/topics';
import type { Agent, Device, Info, Preferences, Receipt, State } from './messages';

export interface View {
  /** What the person said, and nothing else; null: nothing yet. */
  preferences: Preferences;
  devices: Readonly<Record<string, Device>>;
  presence: Readonly<Record<string, 'foreground' | 'background'>>;
  agents: Readonly<Record<string, Agent>>;
  summary: State | null;
  /** By the bridge's name: whether it runs. */
  bridges: Readonly<Record<string, boolean>>;
  info: Info | null;
  feed: readonly Entry[];
  /** Counts events without an id of their own. */
  unnamed: number;
}

export const EMPTY: View = {
  preferences: {},
  devices: {},
  presence: {},
  agents: {},
  summary: null,
  bridges: {},
  info: null,
  feed: [],
  unnamed: 0,
};

/** The broker will tell all of this again. */
export const forgetRetained = ({ feed, unnamed, preferences, info }: View): View => ({
  ...EMPTY,
  ...{ feed, unnamed, preferences, info },
});

/** What breaks a rule changes nothing. */
export function take(view: View, topic: Topic, payload: string, nowMs: number): View {
  switch (topic.of) {
    case 'event':
      return takeEvent(view, payload, nowMs);
    case 'receipt':
      return takeReceipt(view, readReceipt(payload));
    case 'prefs':
      return { ...view, preferences: readObject<Preferences>(payload) ?? {} };
    case 'state':
      return { ...view, summary: readObject<State>(payload) };
    case 'device':
      return { ...view, devices: put(view.devices, topic.name, readObject<Device>(payload)) };
    case 'presence':
      return { ...view, presence: put(view.presence, topic.name, decodePresence(payload)) };
    case 'agent':
      return { ...view, agents: put(view.agents, topic.name, readAgent(payload)) };
    case 'bridge':
      return takeBridge(view, topic, payload);
  }
}

function takeEvent(view: View, payload: string, nowMs: number): View {
  const event = readEvent(payload);
  if (!event) return view;
  const feed = addEvent(view.feed, event, event.id ?? unnamed(view.unnamed), nowMs);
  return { ...view, feed, unnamed: view.unnamed + (event.id ? 0 : 1) };
}

function takeReceipt(view: View, receipt: Receipt | null): View {
  return receipt ? { ...view, feed: addReceipt(view.feed, receipt) } : view;
}

/** The person has seen these events. */
export function markSeen(view: View, ids: ReadonlySet<string>): View {
  const feed = view.feed.map((entry) => (ids.has(entry.id) ? { ...entry, isSeen: true } : entry));
  return { ...view, feed };
}

function takeBridge(view: View, { name, leaf }: { name: string; leaf: string }, payload: string) {
  if (leaf === 'state')
    return { ...view, bridges: { ...view.bridges, [name]: payload === 'online' } };
  return leaf === 'info' ? { ...view, info: readObject<Info>(payload) } : view;
}

function put<T>(all: Readonly<Record<string, T>>, name: string, value: T | null) {
  const { [name]: _, ...others } = all;
  return value === null ? others : { ...others, [name]: value };
}
