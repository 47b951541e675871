// nudge-client: what an app needs to live on nudge. `nudge-client/tcp` adds TCP where there is Node.

export * from './messages';
export { base64url } from './core/bytes';
export { needsAnswer, questionsIn, waiting, type Entry, type Question } from './core/feed';
export { foresee, type Forecast } from './core/foresee';
export { sessionAddress, sessionPath } from './core/links';
export { readPairing, type Pairing } from './core/pairing';
export { DEFAULTS, KINDS, wishesOf, type Wishes } from './core/preferences';
export { quietUntil, weekOf, type Stretch } from './core/quiet';
export { type LinkState } from './io/connection';
export { webSocket, type OpenWire, type Wire, type WireEvents } from './io/wire';
export { Nudge, type Answer, type NudgeOptions, type Asked } from './nudge';
export { EMPTY, type View } from './view';
