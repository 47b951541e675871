// The events of late, what became of each, and which of them still wait for an answer. Pure.

import type { Event, Receipt } from '../messages';

export interface Entry {
  id: string;
  event: Event;
  /** Milliseconds since 1970. */
  ts: number;
  receipts: Receipt[];
  /** The kind of the event that settled this request; null: it may still wait. */
  resolution: string | null;
  /** Somebody looked at the app while it was there. */
  isSeen: boolean;
}

const ENTRIES_MAX = 200;
const RECEIPTS_MAX = 40;
const ID = /^[A-Za-z0-9_-]{1,64}$/;
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
export function addEvent(feed: readonly Entry[], event: Event, id: string, nowMs: number) {
  if (isResolution(event.kind)) return settle(feed, event);
  if (!ID.test(id) || feed.some((entry) => entry.id === id)) return [...feed];
  const ts = Math.min(event.ts ?? nowMs, nowMs);
  const entry: Entry = { id, event, ts, receipts: [], resolution: null, isSeen: false };
  return [entry, ...feed].slice(0, ENTRIES_MAX);
}

const UNNAMED = 'unnamed-';

/** For an event that brings no id: the bridge gives it one, and names it in its receipts. */
export const isUnnamed = (id: string) => id.startsWith(UNNAMED);
export const unnamed = (number: number) => `${UNNAMED}${number}`;

export function addReceipt(feed: readonly Entry[], receipt: Receipt): Entry[] {
  const isKnown = feed.some((entry) => entry.id === receipt.event);
  // Receipts come in the order of the events.
  const adopter = isKnown ? undefined : [...feed].reverse().find((entry) => isUnnamed(entry.id));
  return feed.map((entry) =>
    receipt.event !== undefined && (entry.id === receipt.event || entry === adopter)
      ? {
          ...entry,
          id: receipt.event,
          receipts: [...entry.receipts, receipt].slice(-RECEIPTS_MAX),
        }
      : entry,
  );
}

/** By request if it names one, else all of the session. */
function settle(feed: readonly Entry[], event: Event): Entry[] {
  const request = event.request?.id;
  const session = event.session?.id;
  const isMeant = (other: Event) =>
    request
      ? other.request?.id === request
      : session !== undefined && other.session?.id === session;
  return feed.map((entry) =>
    needsAnswer(entry.event.kind) && entry.resolution === null && isMeant(entry.event)
      ? { ...entry, resolution: event.kind }
      : entry,
  );
}

/** What waits for an answer now, the oldest first. */
export function waiting(feed: readonly Entry[], nowMs: number): Entry[] {
  const isAlive = ({ event, ts }: Entry) =>
    ts + (event.ttl_s ?? TTL_S[event.kind] ?? 0) * 1000 > nowMs;
  return feed
    .filter((entry) => needsAnswer(entry.event.kind) && !entry.resolution && isAlive(entry))
    .reverse();
}

/** One question of a body as the plugin writes it: its words, then a line `- label` for each option. */
export interface Question {
  words: string;
  options: string[];
}

export function questionsIn(body: string): Question[] {
  const questions: Question[] = [];
  for (const line of body.split('\n')) {
    const last = questions.at(-1);
    const label = /^- (.+)$/.exec(line)?.[1];
    if (label !== undefined && last) last.options.push(label);
    else if (!last || last.options.length > 0) questions.push({ words: line, options: [] });
    else last.words += `\n${line}`;
  }
  return questions;
}
