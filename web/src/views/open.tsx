// The way to a session in OpenCode itself, where this device knows an address of its host.

import { own, sessionAddress, type Heard } from 'nudge-client';
import { useSession, useView } from './hooks';

/** @returns null: it is not known, or it is none of the web */
export function useAddressOf({ host, session, project }: Heard): string | null {
  const { nudge } = useSession();
  const servers = useView().devices.get(nudge.device)?.servers ?? {};
  const server = host === null ? undefined : own(servers, host);
  if (server === undefined || session.id === null) return null;
  return sessionAddress({ server, session: session.id, directory: project.directory });
}

export function OpenSession({ event, label }: { event: Heard; label?: string }) {
  const address = useAddressOf(event);
  if (address === null) return null;
  return (
    <a class="button" href={address} target="_blank" rel="noopener noreferrer">
      {label ?? 'Open the session'}
    </a>
  );
}
