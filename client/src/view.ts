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
  /** Until when somebody looks at a device, in milliseconds since 1970; 0: nobody does. */
  presence: ReadonlyMap<string, number>;
  agents: ReadonlyMap<string, Agent>;
  summary: Summary | null;
  /** Of those that serve this person, by the bridge's name: whether it runs. */
  bridges: ReadonlyMap<string, boolean>;
  info: Info | null;
  /** All of this broker's. */
  known: { bridges: ReadonlyMap<string, boolean>; infos: ReadonlyMap<string, Info> };
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
  known: { bridges: new Map(), infos: new Map() },
  feed: [],
  fates: new Map(),
  unnamed: 0,
};

const NAMES_MAX = 500; // of one sort; a person has not so many
const FATES_MAX = 200;

/** What a topic tells of, among all that the broker keeps. */
export const keyOf = (topic: Topic) => `${topic.of} ${'name' in topic ? topic.name : ''}`;

/**
 * Of what the broker keeps, whatever it did not tell again is gone; but a bridge that is away has yet to tell
 * a broker that forgot.
 *
 * @param heard the keys of what it told
 */
export function sweep(view: View, heard: ReadonlySet<string>): View {
  const left = <T>(of: Topic['of'], all: ReadonlyMap<string, T>) =>
    new Map([...all].filter(([name]) => heard.has(`${of} ${name}`)));
  const known = { ...view.known, bridges: left('bridge', view.known.bridges) };
  const swept = chooseBridge({ ...view, known });
  if (![...swept.bridges.values()].includes(true)) return swept;
  return {
    ...swept,
    devices: left('device', view.devices),
    presence: left('presence', view.presence),
    agents: left('agent', view.agents),
    summary: heard.has('state ') ? view.summary : null,
  };
}

/** What breaks a rule changes nothing. */
export function take(view: View, topic: Topic, payload: string, nowMs: number): View {
  switch (topic.of) {
    case 'event':
      return takeEvent(view, payload, nowMs);
    case 'receipt':
      return takeReceipt(view, payload, nowMs);
    case 'prefs':
      return { ...view, preferences: preferencesOf(view, payload) };
    case 'state':
      return chooseBridge({ ...view, summary: replaced(payload, readState, view.summary) });
    case 'device':
      return { ...view, devices: put(view.devices, topic.name, payload, readDevice) };
    case 'presence':
      return { ...view, presence: put(view.presence, topic.name, payload, untilOf(nowMs)) };
    case 'agent':
      return { ...view, agents: put(view.agents, topic.name, payload, readAgent) };
    case 'explained':
      return takeExplanation(view, payload, topic.user);
    case 'bridge':
      return takeBridge(view, topic, payload);
  }
}

/** What holds is what the bridge published, with its `rev`: what others wrote it may refuse. */
function preferencesOf({ preferences: known }: View, payload: string): Preferences {
  const given = readPreferences(payload);
  const isProposed = given.rev === undefined && known.rev !== undefined && payload.trim() !== '';
  return isProposed ? known : given;
}

const untilOf = (nowMs: number) => (payload: string) => {
  const seconds = readPresence(payload);
  return seconds && nowMs + seconds * 1000;
};

/** Nothing in it: it is gone. What breaks a rule changes nothing. */
const replaced = <T>(payload: string, read: (payload: string) => T | null, known?: T | null) =>
  payload.trim() === '' ? null : (read(payload) ?? known ?? null);

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

/** An event that the person puts away: it needs no answer any more, though the bridge names it still. */
export function putAway(view: View, id: string, nowMs: number): View {
  const told = view.summary?.asks.find((ask) => ask.id === id);
  const known = told ? addEvent(view.feed, told, id, nowMs) : view.feed;
  const feed = known.map((entry) =>
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

function takeBridge(view: View, { name, leaf }: Topic & { of: 'bridge' }, payload: string) {
  const { bridges, infos } = view.known;
  const isOnline = (word: string) => word.trim() === 'online';
  if (leaf === 'state')
    return chooseBridge({
      ...view,
      known: { infos, bridges: put(bridges, name, payload, isOnline) },
    });
  if (leaf !== 'info') return view;
  return chooseBridge({ ...view, known: { bridges, infos: put(infos, name, payload, readInfo) } });
}

/** Several may divide the people of a broker: a person's own summary says which one theirs is. */
function chooseBridge(view: View): View {
  const { known, summary } = view;
  const isOurs = ([name]: [string, unknown]) => (summary?.bridge ?? name) === name;
  const bridges = new Map([...known.bridges].filter(isOurs));
  return { ...view, bridges, info: [...known.infos].filter(isOurs).at(-1)?.[1] ?? null };
}

function put<T>(
  all: ReadonlyMap<string, T>,
  name: string,
  payload: string,
  read: (payload: string) => T | null,
) {
  if (!isName(name)) return all;
  const changed = new Map(all);
  const value = replaced(payload, read, all.get(name));
  if (value === null) changed.delete(name);
  else if (changed.has(name) || changed.size < NAMES_MAX) changed.set(name, value);
  return changed;
}
