// What went wrong between us and the broker, in words that say what to do.

import type { Settings } from './login';

// MQTT 5 section 2.4.
const NO_MATCHING_SUBSCRIBERS = 0x10;
const OTHER_VERSION = [0x01, 0x84];
const BAD_LOGIN = 0x86;
const NOT_AUTHORIZED = 0x87;

// Node's and Bun's names for a certificate nobody vouches for, and for one of
// another host. Of a WebSocket Bun says no more than that TLS failed.
const UNTRUSTED = /CERT|SIGNED|ISSUER|VERIFY|TLS handshake/;
const OTHER_HOST = /ALTNAME/;

export function connectTrouble(settings: Settings, error: unknown): string {
  const { url } = settings;
  const code = codeOf(error);
  if (code === BAD_LOGIN || code === NOT_AUTHORIZED)
    return (
      `the broker at ${url} refused the login` +
      (settings.username ? ` of "${settings.username}"` : ' without a name') +
      ': check username and password_file'
    );
  if (OTHER_VERSION.some((one) => one === code))
    return `the broker at ${url} speaks no MQTT 5: it takes a newer one`;
  if (OTHER_HOST.test(String(code)))
    return `the certificate of the broker at ${url} is for another name: use that name in url`;
  if (UNTRUSTED.test(String(code)))
    return `the broker at ${url} is not trusted (${code}): set ca_file`;
  return (
    `cannot reach the broker at ${url} (${describe(error)}): ` + 'is it running, and is url right?'
  );
}

export function publishTrouble(settings: Settings, topic: string, error: unknown): string {
  const name = settings.username ?? 'anonymous clients';
  if (codeOf(error) === NOT_AUTHORIZED)
    return `the broker refused ${topic}: check its ACL for ${name}`;
  return `the broker refused ${topic}: ${describe(error)}`;
}

export function subscribeTrouble(settings: Settings, topics: string[], error: unknown): string {
  const name = settings.username ?? 'anonymous clients';
  const what = topics.join(' and ');
  return `the broker lets ${name} not read ${what} (${describe(error)}): check its ACL`;
}

/** The broker took the subscription, and delivers nothing. */
export function deafTrouble(settings: Settings): string {
  return subscribeTrouble(settings, [`${settings.base}/reply`], new Error('nothing comes through'));
}

/** where: a URL of the broker; null: nobody could look. */
export function accountTrouble({ url }: Settings, where: string | null): string {
  const stay = 'unsigned replies stay off';
  if (where === null) return `${stay}: whether the broker at ${url} lets anybody in cannot be told`;
  return (
    `${stay}: the broker lets anybody in at ${where}, so anybody could answer. ` +
    'Close that, or use signed ones: replies true'
  );
}

export function replyKeyTrouble(path: string, user: string, why: string): string {
  return (
    `replies stay off: reply_key_file ${path} ${why}. "nudge pair ${user}" beside the bridge ` +
    'shows a text; "opencode-nudge install --pair TEXT" here puts its key there'
  );
}

/** What answers rest on when they are taken without a signature. */
export function accountTrust({ url, base }: Settings): string {
  return `whoever may write ${base}/reply at ${url} may answer, signed or not (replies is "account")`;
}

/** The broker said no; anything else is a connection that ended. */
export function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return typeof code === 'number' && code >= 0x80;
}

export function isUnheard(reasonCode: unknown): boolean {
  return reasonCode === NO_MATCHING_SUBSCRIBERS;
}

export function unheardTrouble(settings: Settings): string {
  return `no bridge is listening on ${settings.base}/event: start "nudge run"`;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

function describe(error: unknown): string {
  const code = codeOf(error);
  if (typeof code === 'string') return code;
  return error instanceof Error ? error.message : String(error);
}
