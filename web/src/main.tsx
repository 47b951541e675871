// Where the page begins: who are we, then everything else.

import { render } from 'preact';
import { App } from './app';
import { markEverything } from './marks';
import { loadIdentity } from './store';
import { complain } from './views/toast';

/** A pairing link holds secrets: it does not stay in the address bar, nor in the history. */
function takeLink(): string | null {
  const { hash, pathname, search } = location;
  if (!hash.startsWith('#pair?')) return null;
  history.replaceState(null, '', pathname + search);
  return hash;
}

const link = takeLink();
// A link that comes later begins anew: nothing that runs has a say in it.
addEventListener('hashchange', () => location.hash.startsWith('#pair?') && location.reload());
markEverything();
if ('serviceWorker' in navigator) void navigator.serviceWorker.register('service-worker.js');

let lost = '';
const identity = await loadIdentity().catch((error: Error) => {
  lost = `This browser does not say who it was: ${error.message}`;
  return null;
});
render(<App identity={identity} link={link} />, document.body);
if (lost) complain(lost);
