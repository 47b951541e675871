// Where the page begins: who are we, then everything else.

import { render } from 'preact';
import { App } from './app';
import { loadIdentity } from './store';

if ('serviceWorker' in navigator) void navigator.serviceWorker.register('service-worker.js');

const identity = (await loadIdentity().catch(() => undefined)) ?? null;
render(<App identity={identity} />, document.body);
