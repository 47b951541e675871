// Who needs me now, what happened while I was away, and what the agents are doing.

import { isRegistered, pushObstacle, turnOn } from '../push';
import { Agents } from './agents';
import { Away } from './away';
import { Outcome, useAction, useNeeds, useSession, useView } from './hooks';
import { Needs } from './needs';

export function Now() {
  const needs = useNeeds();
  return (
    <>
      <Invitation />
      <div class="columns">
        <Needs needs={needs} />
        <div class="aside">
          <Away />
          <Agents needs={needs} />
        </div>
      </div>
    </>
  );
}

/** Shown until this browser is told of things. */
function Invitation() {
  const { nudge, identity } = useSession();
  useView();
  const { run, ...action } = useAction();
  if (nudge.link !== 'online' || isRegistered(nudge) || pushObstacle(nudge) !== null) return null;
  return (
    <section class="card invitation" aria-label="Notifications">
      <p>This device is not notified yet.</p>
      <button
        class="primary"
        disabled={action.isBusy}
        onClick={() => run(() => turnOn(nudge, identity), '')}
      >
        Turn notifications on
      </button>
      <Outcome {...action} />
    </section>
  );
}
