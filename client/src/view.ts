// All that an app knows, as one value that changes with each message. Pure.

import type { Fate } from './core/answer';
import {
  isName,
  readDevice,
  readInfo,
  readPreferences,
  readState,
  type Summary,
} from './core/documents';
import { addEvent, addReceipt, explained, isUnnamed, unnamed, type Entry } from './core/feed';
import {
  readAgent,
  readEvent,
  readExplanation,
  readPresence,
  readReceipt,
  readReplyReceipt,
  type Agent,
  type ReplyReceipt,
} from './core/reading';
import type { Topic } from './core/topics';
import type { Device, Info, Preferences } from './messages';

/** Names come from outside: a map knows none by birth. */
export interface View {
  /** What the person said, and nothing else. */
  preferences: Preferences;
  devices: ReadonlyMap<string, Device>;
  presence: ReadonlyMap<string, 'foreground' | 'background'>;
  agents: ReadonlyMap<string, Agent>;
  summary: Summary | null;
  /** By the bridge's name: whether it runs. */
  bridges: ReadonlyMap<string, boolean>;
  info: Info | null;
  feed: readonly Entry[];
  /** By request: what became of the answer that was given here. */
  fates: ReadonlyMap<string, Fate>;
  /** Counts events without an id of their own. */
  unnamed: number;
}

export const EMPTY: View = {
  preferences: {},
  devices: new Map(),
  presence: new Map(),
  agents: new Map(),
  summary: null,
  bridges: new Map(),
  info: null,
  feed: [],
  fates: new Map(),
  unnamed: 0,
};

const NAMES_MAX = 500; // of one sort; a person has not so many
const FATES_MAX = 200;

/** The broker will tell all of this again. */
export const forgetRetained = ({ feed, fates, unnamed, preferences, info }: View): View => ({
  ...EMPTY,
  ...{ feed, fates, unnamed, preferences, info },
});

/** What breaks a rule changes nothing. */
export function take(view: View, topic: Topic, payload: string, nowMs: number): View {
  switch (topic.of) {
    case 'event':
      return takeEvent(view, payload, nowMs);
    case 'receipt':
      return takeReceipt(view, payload, nowMs);
    case 'prefs':
      return { ...view, preferences: readPreferences(payload) };
    case 'state':
      return { ...view, summary: readState(payload) };
    case 'device':
      return { ...view, devices: put(view.devices, topic.name, readDevice(payload)) };
    case 'presence':
      return { ...view, presence: put(view.presence, topic.name, readPresence(payload)) };
    case 'agent':
      return { ...view, agents: put(view.agents, topic.name, readAgent(payload)) };
    case 'explained':
      return takeExplanation(view, payload, topic.user);
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

function takeReceipt(view: View, payload: string, nowMs: number): View {
  const receipt = readReceipt(payload);
  if (receipt) return { ...view, feed: addReceipt(view.feed, receipt, nowMs) };
  const reply = readReplyReceipt(payload);
  return reply ? takeReplyReceipt(view, reply) : view;
}

/** Several agents may speak of one request; the one that answered is right. */
function takeReplyReceipt(view: View, { request, state, host, reason, detail }: ReplyReceipt) {
  const known = view.fates.get(request);
  if (!known || known.state === 'answered') return view;
  if (state === 'answered') return setFate(view, request, { state, host });
  const isLessThanKnown = known.state === 'refused' && reason === 'unknown';
  if (isLessThanKnown) return view;
  return setFate(view, request, { state, host, reason: reason ?? '', detail });
}

/** @param fate null: nothing was answered here */
export function setFate(view: View, request: string, fate: Fate | null): View {
  const others = [...view.fates].filter(([name]) => name !== request).slice(-FATES_MAX);
  return { ...view, fates: new Map(fate ? [...others, [request, fate]] : others) };
}

/** The person has seen these events. */
export function markSeen(view: View, ids: ReadonlySet<string>): View {
  const feed = view.feed.map((entry) => (ids.has(entry.id) ? { ...entry, isSeen: true } : entry));
  return { ...view, feed };
}

/** Events that the person puts away: they need no answer any more. */
export function putAway(view: View, id: string): View {
  const feed = view.feed.map((entry) =>
    entry.id === id ? { ...entry, resolution: entry.resolution ?? 'put away' } : entry,
  );
  return { ...view, feed };
}

/** @param user whose events these are */
export function takeExplanation(view: View, payload: string, user: string): View {
  const told = readExplanation(payload, user);
  return told ? { ...view, feed: explained(view.feed, told.event, told.receipts) } : view;
}

/** This login may not ask what became of these. */
export function forbid(view: View, ids: ReadonlySet<string>): View {
  const feed = view.feed.map((entry): Entry =>
    ids.has(entry.id) && entry.receipts.length === 0 ? { ...entry, asking: 'forbidden' } : entry,
  );
  return { ...view, feed };
}

/**
 * What can be acknowledged: not a test, which is to show that a push arrives, and not what has no name yet.
 */
export const unseen = (view: View, ids: ReadonlySet<string>): Entry[] =>
  view.feed.filter(
    ({ id, isSeen, event }) => ids.has(id) && !isSeen && !isUnnamed(id) && event.kind !== 'test',
  );

function takeBridge(view: View, { name, leaf }: { name: string; leaf: string }, payload: string) {
  if (leaf === 'state')
    return { ...view, bridges: put(view.bridges, name, payload.trim() === 'online') };
  return leaf === 'info' ? { ...view, info: readInfo(payload) } : view;
}

function put<T>(all: ReadonlyMap<string, T>, name: string, value: T | null) {
  if (!isName(name)) return all;
  const changed = new Map(all);
  if (value === null) changed.delete(name);
  else if (changed.has(name) || changed.size < NAMES_MAX) changed.set(name, value);
  return changed;
}
