// Where a tap leads (DESIGN.md section 8). Pure.

import { base64url } from './bytes';

/** Inside an OpenCode app: by the server it knows, else by the project's directory. */
export function sessionPath(to: { server?: string; directory?: string; session: string }) {
  if (to.server) return `/server/${base64url(trimmed(to.server))}/session/${to.session}`;
  return to.directory ? `/${base64url(to.directory)}/session/${to.session}` : null;
}

/** The session's page in the browser, at the address under which this device knows the host. */
export function sessionAddress(to: { server: string; directory?: string; session?: string }) {
  const base = trimmed(to.server);
  if (!to.directory || !to.session) return `${base}/`;
  return `${base}/${base64url(to.directory)}/session/${to.session}`;
}

const trimmed = (server: string) => server.replace(/\/+$/, '');
