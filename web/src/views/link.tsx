// How we stand with the broker and the bridge, in one chip.

import { useLasting, useSession, useView } from './hooks';

export function Link() {
  const { nudge } = useSession();
  const { bridges } = useView();
  const isThere = [...bridges.values()].includes(true);
  const isGone = useLasting(nudge.link === 'online' && !isThere);
  const { className, words } = told(nudge.link, isThere, isGone, nudge.trouble);
  return (
    <span class={`link ${className}`} role="status">
      {words}
    </span>
  );
}

function told(link: string, isThere: boolean, isGone: boolean, trouble: string | null) {
  if (trouble) return { className: 'bad', words: trouble };
  if (link === 'online' && isThere) return { className: 'good', words: 'Connected' };
  if (isGone) return { className: 'bad', words: 'No bridge runs' };
  if (link === 'connecting' || link === 'online')
    return { className: 'wait', words: 'Connecting…' };
  return { className: 'bad', words: 'Offline: what you see may be old' };
}
