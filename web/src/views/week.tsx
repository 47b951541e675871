// The quiet hours as a picture of the week, on the clock of whoever looks.

import { weekOf, type Quiet } from 'nudge-client';
import { wallTime } from '../sentences';

const NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const HOURS = [0, 6, 12, 18, 24];
const DAY = 1440; // minutes
const LEFT = 34;
const ROW = 20;
const WIDTH = 288; // five minutes are one unit

/** Midnight of this week's Monday, and of the days after it; clocks may change in between. */
function midnightOf(nowMs: number): (days: number) => number {
  const now = new Date(nowMs);
  const sinceMonday = (now.getDay() + 6) % 7;
  return (days) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - sinceMonday + days).getTime();
}

const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

const spoken = (minute: number) => wallTime(clock(minute));

export function Week({ rules, now }: { rules: readonly Quiet[]; now: number }) {
  const midnight = midnightOf(now);
  const week = weekOf(rules, midnight);
  const today = week.findIndex((_, day) => now < midnight(day + 1));
  const x = (minute: number) => LEFT + (minute / DAY) * WIDTH;
  const words = week.map((stretches, day) => {
    const spans = stretches.map(({ from, to }) => `${spoken(from)} to ${spoken(to)}`);
    return `${NAMES[day]}: ${spans.join(', ') || 'none'}`;
  });
  return (
    <figure class="week">
      <svg
        viewBox={`0 0 ${LEFT + WIDTH + 12} ${7 * ROW + 18}`}
        role="img"
        aria-label={`Quiet hours. ${words.join('; ')}`}
      >
        {week.map((stretches, day) => (
          <g key={day} transform={`translate(0 ${day * ROW})`}>
            <text x="0" y="13" class={day === today ? 'today' : ''}>
              {NAMES[day]}
            </text>
            <rect class="day" x={LEFT} y="2" width={WIDTH} height={ROW - 5} rx="3" />
            {stretches.map(({ from, to }) => (
              <rect
                key={from}
                class="silent"
                data-day={NAMES[day]}
                data-from={clock(from)}
                data-to={clock(to)}
                x={x(from)}
                y="2"
                width={x(to) - x(from)}
                height={ROW - 5}
                rx="3"
              />
            ))}
          </g>
        ))}
        <line
          class="now"
          x1={x((now - midnight(today)) / 60_000)}
          x2={x((now - midnight(today)) / 60_000)}
          y1={today * ROW}
          y2={today * ROW + ROW - 1}
        />
        {HOURS.map((hour) => (
          <text key={hour} class="hour" x={x(hour * 60)} y={7 * ROW + 12}>
            {hour}
          </text>
        ))}
      </svg>
      <figcaption class="quiet-text">
        On your clock, {Intl.DateTimeFormat().resolvedOptions().timeZone}
      </figcaption>
    </figure>
  );
}
