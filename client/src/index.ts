// nudge-client: what an app needs to live on nudge. `nudge-client/tcp` adds what needs Node.

export type {
  Ack,
  Device,
  Info,
  Level,
  Preferences,
  PreferencesPatch,
  Quiet,
  Warning,
  WishKind,
} from './messages';
export { doFit, type Answer, type Asked, type Fate } from './core/answer';
export { type Argument, type Ask, type Question } from './core/ask';
export { base64url } from './core/bytes';
export { preferencesIn, type Summary } from './core/documents';
export { isOneOf, own } from './core/fields';
export { needsAnswer, waiting, type Entry, type Need } from './core/feed';
export { foresee, type Forecast } from './core/foresee';
export { sessionAddress, sessionPath, webAddress } from './core/links';
export { mark } from './core/marks';
export { readPairing, type Pairing, type Place } from './core/pairing';
export { DEFAULTS, KINDS, patched, replacing, wishesOf, type Wishes } from './core/preferences';
export { quietUntil, weekOf, type Stretch } from './core/quiet';
export { type Agent, type EventReceipt, type Heard } from './core/reading';
export { type LinkState } from './io/connection';
export { canSign, importKey, signer, type Sign } from './io/signing';
export { webSocket, type OpenWire, type Wire, type WireEvents } from './io/wire';
export { ackBriefly, answerBriefly, type BriefOptions } from './brief';
export { Nudge, type NudgeOptions } from './nudge';
export { type Change } from './changes';
export { type Unsent } from './outbox';
export { type BridgeSilence } from './silence';
export { EMPTY, type View } from './view';
