// The way to a session in OpenCode itself, where this device knows an address of its host.

import { own, sessionAddress } from 'nudge-client';
import { useSession, useView } from './hooks';

/** Where something happened. */
export interface Place {
  host: string | null;
  session: { id: string | null };
  project: { name: string | null; directory: string | null };
}

/** @returns null: it is not known, or it is none of the web */
export function useAddressOf({ host, session, project }: Place): string | null {
  const { nudge } = useSession();
  const servers = useView().devices.get(nudge.device)?.servers ?? {};
  const server = host === null ? undefined : own(servers, host);
  if (server === undefined || session.id === null) return null;
  return sessionAddress({ server, session: session.id, directory: project.directory });
}

export function OpenSession({ event, label }: { event: Place; label?: string }) {
  const address = useAddressOf(event);
  if (address === null) return null;
  return (
    <a class="button" href={address} target="_blank" rel="noopener noreferrer">
      {label ?? 'Open in OpenCode'}
    </a>
  );
}
