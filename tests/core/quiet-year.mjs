// The quiet hours of a whole year, minute by minute, by another implementation than ours: the time
// zones of ICU, as Intl knows them. Prints what tests/core/quiet_year.inc holds.
import { fileURLToPath } from 'node:url';

const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'];
const WEEKDAYS = 0x1f;
const SATURDAY = 0x20;
const EVERY_DAY = 0x7f;
/** Over midnight on working days; within the hour that summer time skips and repeats; a whole day. */
const RULES = [
  { days: WEEKDAYS, from: 22 * 60, to: 7 * 60 },
  { days: EVERY_DAY, from: 2 * 60 + 15, to: 2 * 60 + 45 },
  { days: SATURDAY, from: 0, to: 0 },
];
const DAY = 1440;
const MARGIN = 3 * DAY;
const YEAR = Date.UTC(2026, 0, 1) / 60_000;
const YEAR_LEN = 365 * DAY;

/** @param {string} timeZone */
function offsets(timeZone) {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
  });
  return (/** @type {number} */ minute) => {
    /** @type {Record<string, number>} */
    const parts = {};
    for (const { type, value } of format.formatToParts(minute * 60_000))
      parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute: at = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, at) / 60_000 - minute;
  };
}

/**
 * The latest reading of the zone's clocks so far, for each minute from MARGIN before the year.
 *
 * @param {string} zone
 */
function readings(zone) {
  const offsetAt = offsets(zone);
  const latest = new Array(YEAR_LEN + 2 * MARGIN);
  let offset = 0;
  for (let i = 0; i < latest.length; i++) {
    const minute = YEAR - MARGIN + i;
    if (minute % 15 === 0) offset = offsetAt(minute);
    latest[i] = Math.max(minute + offset, latest[i - 1] ?? 0);
  }
  return latest;
}

/**
 * @param {number[]} latest
 * @param {number} local
 */
function reached(latest, local) {
  let low = 0;
  let high = latest.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((latest[middle] ?? 0) >= local) high = middle;
    else low = middle + 1;
  }
  return low - MARGIN;
}

/**
 * Minutes since the year began: begin, end, begin, end …
 *
 * @param {number[]} latest
 * @param {{ days: number, from: number, to: number }} rule
 */
function spans(latest, { days, from, to }) {
  const list = [];
  for (let day = YEAR / DAY - 2; day <= YEAR / DAY + 366; day++) {
    if (((days >> ((day + 3) % 7)) & 1) === 0) continue;
    const begin = reached(latest, day * DAY + from);
    const end = reached(latest, (to <= from ? day + 1 : day) * DAY + to);
    if (begin < end && end > 0 && begin < YEAR_LEN) list.push(begin, end);
  }
  return list;
}

export function quietYear() {
  let text = '/* Made by quiet-year.mjs: minutes since 2026 began in UTC. */\n';
  for (const zone of ZONES) {
    const latest = readings(zone);
    for (const rule of RULES) {
      const list = spans(latest, rule);
      text += `{ "${zone}", ${rule.days}, ${rule.from}, ${rule.to}, ${list.length}, (const int32_t[]){\n`;
      for (let i = 0; i < list.length; i += 12) text += `${list.slice(i, i + 12).join(',')},\n`;
      text += '} },\n';
    }
  }
  return text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(quietYear());
