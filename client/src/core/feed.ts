// The events of late, what became of each, and which of them still wait for an answer. Pure.

import { isWhole } from './ask';
import type { Asked } from './answer';
import type { EventReceipt, Heard } from './reading';

export interface Entry {
  id: string;
  event: Heard;
  /** Milliseconds since 1970: when it happened, as far as that is known. */
  ts: number;
  /** When it came here. */
  heardMs: number;
  receipts: EventReceipt[];
  /** The kind of the event that settled this request; null: it may still wait. */
  resolution: string | null;
  /** Somebody looked at the app while it was there. */
  isSeen: boolean;
  /** The bridge was asked what became of it, and knew nothing, or this login may not ask. */
  asking?: 'nothing' | 'forbidden';
}

const ENTRIES_MAX = 500; // of those that wait for nobody
const REQUESTS_MAX = 500;
const RECEIPTS_MAX = 40;
const ADOPTION_MS = 30_000; // for the bridge to name an event
const ANSWERABLE = ['permission.asked', 'question.asked'];
const RESOLUTIONS = [
  'permission.replied',
  'question.replied',
  'question.rejected',
  'session.busy',
  'session.deleted',
];
const TTL_S: Record<string, number> = {
  'permission.asked': 86_400,
  'question.asked': 86_400,
  'session.error': 14_400,
  'session.idle': 3_600,
  note: 86_400,
  test: 300,
};

export const needsAnswer = (kind: string) => ANSWERABLE.includes(kind);
export const isResolution = (kind: string) => RESOLUTIONS.includes(kind);

/** Newest first. A repeat changes nothing; a resolution settles what it is about. */
export function addEvent(feed: readonly Entry[], event: Heard, id: string, nowMs: number) {
  if (isResolution(event.kind)) return settle(feed, event);
  const isRepeat = ({ event: known }: Entry) =>
    isSameRequest(known, event) && known.request.nonce === event.request.nonce;
  if (feed.some((entry) => entry.id === id || isRepeat(entry))) return [...feed];
  // A clock that runs ahead makes nothing younger; before 1970 no calendar is sure to go.
  const ts = Math.max(0, Math.min(event.ts ?? nowMs, nowMs - (event.ageMs ?? 0)));
  const entry = { id, event, ts, heardMs: nowMs, receipts: [], resolution: null, isSeen: false };
  return bounded([entry, ...askedAgain(feed, event)], nowMs);
}

/**
 * One nonce, one request as it was first told: what comes later cannot change what is seen, and then
 * answered. With a new nonce it is asked anew.
 */
const isSameRequest = (one: Heard, other: Heard) =>
  needsAnswer(other.kind) && other.request.id !== null && one.request.id === other.request.id;

const askedAgain = (feed: readonly Entry[], event: Heard): Entry[] =>
  feed.map((entry) =>
    isSameRequest(entry.event, event) && entry.resolution === null
      ? { ...entry, resolution: event.kind }
      : entry,
  );

/** The newest; what waits for an answer is not lost among notes. */
function bounded(feed: readonly Entry[], nowMs: number): Entry[] {
  let others = 0;
  let requests = 0;
  return feed.filter((entry) =>
    isOpen(entry, nowMs) ? ++requests <= REQUESTS_MAX : ++others <= ENTRIES_MAX,
  );
}

const UNNAMED = 'unnamed-';

/** For an event that brings no id: the bridge gives it one, and names it in its receipts. */
export const isUnnamed = (id: string) => id.startsWith(UNNAMED);
export const unnamed = (number: number) => `${UNNAMED}${number}`;

/** An id that the bridge gave says when the event came to it. */
const GIVEN = /^msg_([0-9a-f]{1,13})_[0-9a-f]+$/;

export function addReceipt(feed: readonly Entry[], receipt: EventReceipt, nowMs: number): Entry[] {
  const { event } = receipt;
  if (event === null) return [...feed];
  const adopter = feed.some(({ id }) => id === event) ? undefined : adopterOf(feed, receipt, nowMs);
  return feed.map((entry) => {
    if (entry === adopter) return adopted(entry, event, receipt);
    return entry.id === event ? withReceipt(entry, receipt) : entry;
  });
}

const withReceipt = (entry: Entry, receipt: EventReceipt): Entry => ({
  ...entry,
  ts: hasOwnTime(entry) ? entry.ts : Math.min(entry.ts, receipt.ts),
  receipts: [...entry.receipts, receipt].slice(-RECEIPTS_MAX),
});

/** Without it, an event happened when it came to the bridge. No receipt ends the wait for an answer. */
const hasOwnTime = ({ id, event: { ts, ageMs, kind } }: Entry) =>
  ts !== null || ageMs !== null || needsAnswer(kind) || GIVEN.test(id);

const FINAL: readonly EventReceipt['state'][] = ['pushed', 'suppressed', 'failed', 'withdrawn'];

/** The end of these is not known here. */
export const unexplained = (feed: readonly Entry[]): Entry[] =>
  feed.filter(
    ({ id, receipts }) => !isUnnamed(id) && !receipts.some(({ state }) => FINAL.includes(state)),
  );

/** @param told by the bridge: what it decided, the oldest first; what we have heard stands in it, too */
export function explained(feed: readonly Entry[], event: string, told: readonly EventReceipt[]) {
  const isNew = (entry: Entry, { device, state, ts }: EventReceipt) =>
    !entry.receipts.some((one) => one.device === device && one.state === state && one.ts === ts);
  return feed.map((entry): Entry => {
    if (entry.id !== event) return entry;
    if (entry.receipts.length + told.length === 0) return { ...entry, asking: 'nothing' };
    return told.filter((receipt) => isNew(entry, receipt)).reduce(withReceipt, entry);
  });
}

/**
 * The bridge accepts in the order in which events came. Those that it refuses it names too, but we have
 * refused them as well.
 */
function adopterOf(feed: readonly Entry[], { event, state }: EventReceipt, nowMs: number) {
  if (state !== 'accepted' || !GIVEN.test(event ?? '')) return undefined;
  const isMeant = ({ id, heardMs }: Entry) => isUnnamed(id) && nowMs - heardMs < ADOPTION_MS;
  return [...feed].reverse().find(isMeant);
}

function adopted(entry: Entry, id: string, receipt: EventReceipt): Entry {
  const cameMs = parseInt(GIVEN.exec(id)?.[1] ?? '0', 16);
  const ts = entry.event.ts === null ? Math.min(cameMs, entry.heardMs) : entry.ts;
  return withReceipt({ ...entry, id, ts }, receipt);
}

/** By request if it names one, else all of the session. */
function settle(feed: readonly Entry[], event: Heard): Entry[] {
  const { request, session } = event;
  const isMeant = (other: Heard) =>
    request.id ? other.request.id === request.id : !!session.id && other.session.id === session.id;
  return feed.map((entry) =>
    needsAnswer(entry.event.kind) && entry.resolution === null && isMeant(entry.event)
      ? { ...entry, resolution: event.kind }
      : entry,
  );
}

function isOpen({ event, ts, resolution }: Entry, nowMs: number): boolean {
  if (!needsAnswer(event.kind) || resolution !== null) return false;
  return endOf(event, ts) > nowMs;
}

const endOf = (event: Heard, ts: number) => ts + (event.ttlS ?? TTL_S[event.kind] ?? 0) * 1000;

/** What waits for an answer. */
export interface Need {
  /** Of the event. */
  id: string;
  event: Heard;
  ts: number;
  /** null: whoever told of it waits for no answer. */
  asked: Asked | null;
  /** Nobody waits for an answer after that. */
  untilMs: number;
  /** All of what is asked is here; if not, it can be rejected, but not allowed. */
  isWhole: boolean;
}

/**
 * What waits for an answer now, the oldest first.
 *
 * @param told by the bridge: it also knows what was asked before we were paired
 */
export function waiting(
  feed: readonly Entry[],
  told: readonly (Heard & { id: string; ts: number })[],
  nowMs: number,
): Need[] {
  // What is too old by a clock that runs behind is not too old for the bridge.
  const isKnown = (event: Heard, id: string) =>
    feed.some(
      (entry) =>
        (entry.id === id || isSameRequest(entry.event, event)) &&
        (entry.resolution !== null || isOpen(entry, nowMs)),
    );
  const more = told.filter((event) => needsAnswer(event.kind) && !isKnown(event, event.id));
  return [
    ...feed
      .filter((entry) => isOpen(entry, nowMs))
      .map(({ id, event, ts }) => needOf(id, event, ts)),
    ...more.map((event) => needOf(event.id, event, event.ts)),
  ].sort((one, other) => one.ts - other.ts);
}

function needOf(id: string, event: Heard, ts: number): Need {
  const { kind, request, ask, body } = event;
  const isAnswerable = request.id !== null && request.nonce !== null;
  const questions = kind === 'question.asked' ? (ask?.questions ?? []) : null;
  return {
    ...{ id, event, ts, untilMs: endOf(event, ts), isWhole: isWhole(kind, ask, body) },
    asked: isAnswerable ? { id: request.id ?? '', nonce: request.nonce ?? '', questions } : null,
  };
}
