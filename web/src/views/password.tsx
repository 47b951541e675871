// The password again, after it was changed at the broker; it is kept once the broker takes it.

import { loginOf, saveIdentity } from '../store';
import { tryOut } from '../trial';
import { useSession } from './hooks';
import { act } from './toast';

export function Password() {
  const { identity } = useSession();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement).get('password');
    const login = loginOf(identity.pairing, String(given));
    act(async () => {
      const trial = await tryOut({ ...identity, login });
      trial.close();
      await saveIdentity({ ...identity, login });
      location.reload();
    }, 'The broker takes it.');
  };
  return (
    <form class="row" onSubmit={submit}>
      <label>
        Password of {identity.pairing.username}
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <button>Connect</button>
    </form>
  );
}
