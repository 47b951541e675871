// How we stand with the broker and the bridge, in one chip.

import { useSession, useView } from './hooks';

export function Link() {
  const { nudge } = useSession();
  const { bridges } = useView();
  const { className, words } = told(nudge.link, [...bridges.values()], nudge.trouble);
  return (
    <span class={`link ${className}`} role="status">
      {words}
    </span>
  );
}

function told(link: string, bridges: boolean[], trouble: string | null) {
  if (trouble) return { className: 'bad', words: trouble };
  if (link === 'connecting') return { className: 'wait', words: 'Connecting…' };
  if (link !== 'online') return { className: 'bad', words: 'Offline: what you see may be old' };
  if (!bridges.includes(true)) return { className: 'bad', words: 'No bridge runs' };
  return { className: 'good', words: 'Connected' };
}
