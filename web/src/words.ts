// Everything in words a person understands. Pure.

import {
  own,
  type Entry,
  type EventReceipt,
  type Fate,
  type Forecast,
  type Heard,
  type Warning,
  type WishKind,
} from 'nudge-client';

const KIND: Record<string, string> = {
  'permission.asked': 'Permission needed',
  'question.asked': 'Question',
  'session.error': 'Failed',
  'session.idle': 'Finished',
  note: 'Note',
  test: 'Test',
};

const WISH: Record<WishKind, [string, string]> = {
  'permission.asked': ['Permissions', 'An agent wants to run or change something.'],
  'question.asked': ['Questions', 'An agent wants to know something.'],
  'session.error': ['Errors', 'A turn failed.'],
  'session.idle': ['Finished turns', 'An agent is done and waits for you.'],
  note: ['Notes', 'Anything else: a doorbell, a backup.'],
};

const PLATFORM: Record<string, string> = {
  apns: 'iPhone or iPad',
  fcm: 'Android',
  webpush: 'Browser',
  ntfy: 'ntfy',
  webhook: 'Webhook',
  log: "The bridge's log",
};

const REASON: Record<string, string> = {
  disabled: 'notifications are switched off',
  kind: 'you do not want this kind',
  subagent: 'it is a sub-agent',
  short: 'the turn was short',
  muted: 'it is muted',
  snoozed: 'you snoozed',
  quiet: 'quiet hours',
  rate: 'too many at once',
  foreground: 'you were looking',
  presence: 'you are looking',
  delay: 'it may be answered meanwhile',
  resolved: 'it was answered',
  seen: 'you saw it',
  expired: 'it was too old',
  duplicate: 'it came twice',
  invalid: 'it broke a rule',
  'no-device': 'you have no device',
  digest: 'in a digest',
  reminder: 'nobody answered',
  escalate: 'other devices hear of it first',
  gather: 'others may finish, too',
  limit: 'too much of yours waits already',
};

/** Why an agent refused an answer. */
const REFUSAL: Record<string, string> = {
  off: 'it takes no answers: set "replies" in the options of its plugin',
  signature: 'it was signed with another key: pair this page again with `nudge pair`',
  nonce: 'it was asked anew meanwhile',
  unknown: 'nobody asks this any more',
  used: 'it was answered before',
  answers: 'the answers do not fit the questions',
  expired: 'it came too late',
};

/** What has no word of ours is shown as it came. */
const wordOf = (words: Record<string, string>, name: string) => own(words, name) ?? name;

export const kindWord = (kind: string) => wordOf(KIND, kind);
export const wishWords = (kind: WishKind) => WISH[kind];
export const platformWord = (platform: string) => wordOf(PLATFORM, platform);
export const reasonWords = (reason: string) => wordOf(REASON, reason);

export function titleOf({ title, session, kind, body }: Heard): string {
  const first = body?.split('\n')[0] ?? '';
  return title ?? session.title ?? (kind === 'note' ? first : '');
}

export function placeOf({ project, host }: Heard): string {
  return [project.name ?? project.directory, host && `on ${host}`].filter(Boolean).join(' ');
}

/** What became of an answer. */
export function fateWords(fate: Fate): string {
  switch (fate.state) {
    case 'waiting':
      return 'Waits for the connection…';
    case 'sent':
      return 'Sent. Waiting for the agent…';
    case 'untaken':
      return 'No agent took it. Does OpenCode still run there?';
    case 'unsent':
      return `Not sent: ${fate.detail}`;
    case 'answered':
      return `Answered by ${fate.host}.`;
    case 'refused': {
      const why = [wordOf(REFUSAL, fate.reason), fate.detail].filter(Boolean).join(': ');
      return `${fate.host} refused it: ${why}`;
    }
  }
}

const DATE = { day: 'numeric', month: 'short' } as const;
const format = (parts: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(undefined, parts);
// The one form in which the locale says a time; with a day of its own it might have another.
const clock = /* @__PURE__ */ format({ timeStyle: 'short' });
const inWeek = /* @__PURE__ */ format({ weekday: 'short' });
const inYear = /* @__PURE__ */ format(DATE);
const dated = /* @__PURE__ */ format({ year: 'numeric', ...DATE });

const DATE_MAX_MS = 8.64e15; // beyond it there is no date
const WEEK_MS = 6 * 86_400_000; // in which no weekday comes twice

/** "14:05", with its day if it is another one; "a time to come" where no calendar goes. */
export function timeOf(atMs: number, nowMs = Date.now()): string {
  if (!(Math.abs(atMs) <= DATE_MAX_MS)) return 'a time to come';
  const [at, now] = [new Date(atMs), new Date(nowMs)];
  const time = clock.format(at);
  if (at.toDateString() === now.toDateString()) return time;
  const isNear = Math.abs(atMs - nowMs) < WEEK_MS;
  const isThisYear = at.getFullYear() === now.getFullYear();
  return `${(isNear ? inWeek : isThisYear ? inYear : dated).format(at)} ${time}`;
}

/** "Today", "Yesterday", "Mon 3 Nov". */
export function dayWord(atMs: number, nowMs: number): string {
  if (!(Math.abs(atMs) <= DATE_MAX_MS)) return 'Some time';
  const [at, now] = [new Date(atMs), new Date(nowMs)];
  const before = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (at.toDateString() === now.toDateString()) return 'Today';
  if (at.toDateString() === before.toDateString()) return 'Yesterday';
  const date = (at.getFullYear() === now.getFullYear() ? inYear : dated).format(at);
  return `${inWeek.format(at)}, ${date}`;
}

/** "until 14:05". */
export const untilWords = (untilMs: number, nowMs?: number) =>
  untilMs > DATE_MAX_MS ? 'until you end it' : `until ${timeOf(untilMs, nowMs)}`;

export function ageOf(sinceMs: number, nowMs: number): string {
  const minutes = Math.max(0, Math.round((nowMs - sinceMs) / 60_000));
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440)} days`;
}

const LAYER = { default: 'as by default', user: 'your wish', device: "this device's own wish" };

/** By which preference, and whose. */
export function causeWords({ preference, layer }: EventReceipt): string {
  if (!preference) return '';
  return layer ? `${preference}, ${LAYER[layer]}` : preference;
}

const PUSHED: Record<string, string> = {
  digest: 'Pushed in a digest',
  reminder: 'Pushed again',
  escalate: 'Pushed here, too: it still waited',
};

/** What became of an event on one device. */
export function receiptWords(receipt: EventReceipt): string {
  const { state, reason, detail, service, status, until } = receipt;
  const why = reason ? reasonWords(reason) : '';
  switch (state) {
    case 'accepted':
      return 'The bridge has it';
    case 'pushed':
      return own(PUSHED, reason ?? '') ?? 'Pushed';
    case 'held':
      return `Held back${until ? ` ${untilWords(until)}` : ''}: ${why}`;
    case 'suppressed':
      return `Not pushed: ${[why, detail].filter(Boolean).join(': ')}`;
    case 'deferred':
      return `Waits${until ? ` ${untilWords(until)}` : ''}: ${why}`;
    case 'withdrawn':
      return `Taken back: ${why || 'it is over'}`;
    case 'failed':
      return `${service ?? 'The service'} refused it: ${[why, detail, status].filter(Boolean).join(', ')}`;
  }
}

const UNTOLD = {
  nothing: 'The bridge knows nothing of it any more',
  forbidden: 'Nobody listened then, and this login may not ask the bridge',
};

/** One line for all devices. */
export function fateOf({ receipts, asking }: Entry, nameOf: (device: string) => string): string {
  const last = new Map<string, EventReceipt>();
  for (const receipt of receipts) if (receipt.device) last.set(receipt.device, receipt);
  if (last.size === 0) {
    const general = receipts.findLast(({ state }) => state !== 'accepted') ?? receipts.at(-1);
    if (general) return receiptWords(general);
    return asking ? UNTOLD[asking] : 'No bridge has told what became of it';
  }
  return [...last]
    .map(([device, receipt]) => `${nameOf(device)}: ${receiptWords(receipt)}`)
    .join(' · ');
}

/** Of each device the last word. */
function lastWords({ receipts }: Entry): EventReceipt[] {
  const last = new Map<string, EventReceipt>();
  for (const receipt of receipts)
    if (receipt.state !== 'accepted') last.set(receipt.device ?? '', receipt);
  return [...last.values()];
}

/** What became of an event in one word; the best of its devices. What was taken back later was pushed. */
export function markOf(entry: Entry) {
  if (entry.receipts.some(({ state }) => state === 'pushed')) return 'pushed';
  const states = lastWords(entry).map(({ state }) => state);
  const isAny = (...those: EventReceipt['state'][]) =>
    states.some((state) => those.includes(state));
  if (isAny('failed')) return 'failed';
  if (isAny('held', 'deferred')) return 'waits';
  return states.length > 0 ? 'silent' : 'untold';
}

/** One sentence, of the device that says most about it, and the place on this page where that is set. */
export function whyOf(entry: Entry, nameOf: (device: string) => string) {
  const last = lastWords(entry);
  const told = last.find(({ preference }) => preference !== null) ?? last.at(-1);
  if (!told) return { words: `${fateOf(entry, nameOf)}.`, place: null };
  const { device, preference, layer, reason } = told;
  const cause = causeWords(told);
  const where = device ? `${nameOf(device)}: ` : '';
  const words = `${where}${receiptWords(told)}${cause ? `, because of ${cause}` : ''}.`;
  const isDevices = layer === 'device' || reason === 'no-device';
  return { words, place: isDevices ? '#devices' : preference && `#preferences/${preference}` };
}

const HELD: Record<string, string> = {
  presence: 'unless you see it here',
  escalate: 'if it still waits',
  gather: 'with others that finish by then',
};

export function forecastWords({ fate, reason, untilMs, waitS }: Forecast): string {
  const why = reason ? reasonWords(reason) : '';
  const until = untilMs === null ? '' : ` ${untilWords(untilMs)}`;
  switch (fate) {
    case 'pushed':
      return 'Pushed at once';
    case 'held':
      return `Pushed after ${waitS} s, ${HELD[reason ?? ''] ?? 'unless it is answered'}`;
    case 'deferred':
      return `Waits for the end of ${reason === 'snoozed' ? 'your snooze' : why}${until}`;
    case 'suppressed':
      return `Not pushed: ${why}${until}`;
  }
}

/** What the bridge warns of. */
export function warningWords({ ts, service, device, reason, advice, gone }: Warning): string {
  const about = [service && platformWord(service), device && `(${device})`]
    .filter(Boolean)
    .join(' ');
  const what = gone ? `removed, ${reason ?? 'it is gone'}` : (reason ?? 'trouble');
  return `${timeOf(ts)} ${about}: ${what}${advice ? `; ${advice}` : ''}`;
}
