// This browser is unpaired; as long as the page is open, that can be taken back.

import { createContext } from 'preact';
import type { Device } from 'nudge-client';
import { unsubscribe } from '../push';
import { forgetAll, saveIdentity, type Identity } from '../store';
import { tryOut } from '../trial';
import type { Session } from '../session';
import { act } from './toast';

/** Who this browser was, and as what it was registered. */
export interface Former {
  identity: Identity;
  device: Device | undefined;
}

/** What to do once it is unpaired. */
export const LeaveContext = createContext<(former: Former) => void>(() => {});

export async function unpair(session: Session): Promise<Former> {
  const { nudge, identity } = session;
  const device = nudge.view.devices.get(nudge.device);
  // The bridge may be told later; what is kept here goes now.
  if (device && nudge.link === 'online') await nudge.unregister();
  else await unsubscribe().catch(() => {}); // nothing more comes here, whatever the bridge sends
  session.close();
  await forgetAll();
  return { identity, device };
}

export function Unpaired({ identity, device }: Former) {
  const undo = async () => {
    const trial = await tryOut(identity);
    if (device) await trial.nudge.register(device);
    trial.close();
    await saveIdentity(identity);
    location.reload();
  };
  const again = () => void unsubscribe().finally(() => location.assign(location.pathname));
  return (
    <main class="pair" id="content">
      <h1>This browser is unpaired</h1>
      <p>It forgot its broker, its password, its key and all that it had heard.</p>
      <div class="buttons">
        <button onClick={() => act(undo, 'As it was before.')}>Undo</button>
        <button class="primary" onClick={again}>
          Pair anew
        </button>
      </div>
    </main>
  );
}
