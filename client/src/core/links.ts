// Where a tap leads: docs/push-payloads.md, "href". Pure.

import { base64url } from './bytes';

/** Inside an OpenCode app: by the server it knows, else by the project's directory. */
export function sessionPath(to: { server?: string; directory?: string; session: string }) {
  if (to.server) return `/server/${base64url(trimmed(to.server))}/session/${to.session}`;
  return to.directory ? `/${base64url(to.directory)}/session/${to.session}` : null;
}

/**
 * The session's page in the browser, at the address under which this device knows the host.
 *
 * @returns null if the server's address is none of the web: whoever registers a device writes it
 */
export function sessionAddress(to: {
  server: string;
  directory?: string | null;
  session?: string | null;
}): string | null {
  const base = webAddress(to.server);
  if (base === null) return null;
  if (!to.directory || !to.session) return `${trimmed(base)}/`;
  return `${trimmed(base)}/${base64url(to.directory)}/session/${encodeURIComponent(to.session)}`;
}

/** As the browser reads it; null if it is not http:// or https://, or holds a login. */
export function webAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, username, password, href } = new URL(text);
  const isWeb = protocol === 'http:' || protocol === 'https:';
  return isWeb && !username && !password ? href : null;
}

const trimmed = (server: string) => server.replace(/\/+$/, '');
