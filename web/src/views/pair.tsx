// The first visit: enter or scan what `nudge pair` shows.

import { useEffect, useRef, useState } from 'preact/hooks';
import { readPairing, type Pairing } from 'nudge-client';
import { Session } from '../session';
import { forgetKnown, saveIdentity, type Identity } from '../store';

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
declare global {
  interface Window {
    BarcodeDetector?: new (options: { formats: string[] }) => Detector;
  }
}

export function Pair({ onPaired }: { onPaired: (session: Session) => void }) {
  const [text, setText] = useState(location.hash.startsWith('#pair?') ? location.href : '');
  const [fault, setFault] = useState('');
  const [isBusy, setBusy] = useState(false);
  const { pairing, objection } = read(text);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    if (!pairing) return setFault(objection);
    setBusy(true);
    setFault('');
    const identity = identityOf(pairing, form);
    try {
      onPaired(await connect(identity));
    } catch (error) {
      setFault((error as Error).message);
      setBusy(false);
    }
  };

  return (
    <main class="pair" id="content">
      <h1>Welcome to nudge</h1>
      <p>
        On the machine that runs the bridge, type <code>nudge pair YOU</code>. It shows a code: scan
        it, or paste its text here.
      </p>
      <form onSubmit={submit}>
        <label>
          Pairing text
          <textarea
            name="text"
            rows={3}
            spellcheck={false}
            autocapitalize="off"
            value={text}
            placeholder="nudge:pair?…"
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <Scanner onText={setText} />
        {pairing && <Account pairing={pairing} />}
        <p class="outcome fault" role="alert">
          {fault || (text && !pairing ? objection : '')}
        </p>
        <button class="primary" disabled={isBusy || !text}>
          {isBusy ? 'Connecting…' : 'Connect'}
        </button>
      </form>
    </main>
  );
}

function Account({ pairing }: { pairing: Pairing }) {
  return (
    <>
      <p class="quiet-text">
        {pairing.user} at <code>{pairing.ws}</code>
      </p>
      <label>
        This device's name
        <input name="name" required maxLength={40} defaultValue={deviceName()} />
      </label>
      {pairing.username && (
        <label>
          Password of {pairing.username}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
      )}
    </>
  );
}

function read(text: string): { pairing: Pairing | null; objection: string } {
  try {
    const pairing = readPairing(text);
    return { pairing, objection: 'This is no pairing text: it begins with nudge:pair?' };
  } catch (error) {
    return { pairing: null, objection: (error as Error).message };
  }
}

/** Only browsers with a reader of their own scan; others paste. */
function Scanner({ onText }: { onText: (text: string) => void }) {
  const [isOn, setOn] = useState(false);
  const [fault, setFault] = useState('');
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!isOn || !video.current) return;
    const found = (text: string) => {
      setOn(false);
      onText(text);
    };
    return scan(video.current, found, (error) => {
      setOn(false);
      setFault(`The camera does not start: ${error.message}`);
    });
  }, [isOn]);
  if (!window.BarcodeDetector || !navigator.mediaDevices) return null;
  return (
    <div>
      <button type="button" onClick={() => setOn(!isOn)}>
        {isOn ? 'Stop the camera' : 'Scan the code'}
      </button>
      {isOn && <video ref={video} muted playsInline />}
      <p class="outcome fault" role="status">
        {fault}
      </p>
    </div>
  );
}

/** @returns how to end it */
function scan(
  video: HTMLVideoElement,
  found: (text: string) => void,
  failed: (error: Error) => void,
): () => void {
  let stream: MediaStream | undefined;
  let isOver = false;
  const detector = new window.BarcodeDetector!({ formats: ['qr_code'] });
  const look = async () => {
    if (isOver) return;
    const codes = await detector.detect(video).catch(() => []);
    const text = codes
      .map(({ rawValue }) => rawValue)
      .find((value) => /nudge:pair|#pair/.test(value));
    if (text) return found(text);
    requestAnimationFrame(() => void look());
  };
  navigator.mediaDevices
    .getUserMedia({ video: { facingMode: 'environment' } })
    .then(async (opened) => {
      stream = opened;
      if (isOver) return stream.getTracks().forEach((track) => track.stop());
      video.srcObject = stream;
      await video.play();
      await look();
    })
    .catch(failed);
  return () => {
    isOver = true;
    stream?.getTracks().forEach((track) => track.stop());
  };
}

function identityOf(pairing: Pairing, form: FormData): Identity {
  const random = crypto.getRandomValues(new Uint8Array(6));
  const suffix = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const name = String(form.get('name') ?? '').trim() || deviceName();
  const word = name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '');
  return {
    pairing,
    password: form.get('password') === null ? null : String(form.get('password')),
    device: `${word.slice(0, 40).toLowerCase() || 'browser'}-${suffix}`,
    name,
  };
}

/** Kept only once the broker let us in. */
async function connect(identity: Identity): Promise<Session> {
  let told = (_: string | null) => {};
  const first = new Promise<string | null>((resolve) => (told = resolve));
  await forgetKnown(); // what another user of this browser knew
  const session = await Session.open(identity, (state) => {
    if (state === 'online') told(null);
    if (state === 'refused') told('The broker refuses the name or the password.');
    if (state === 'offline')
      told(`Nobody answers at ${identity.pairing.ws}. Is this device in the same network?`);
  });
  const fault = await first;
  if (fault !== null) {
    session.close();
    throw new Error(fault);
  }
  await saveIdentity(identity);
  history.replaceState(null, '', location.pathname);
  return session;
}

function deviceName(): string {
  const { userAgent } = navigator;
  const [, system = 'Browser'] =
    /(iPhone|iPad|Android|Windows|Mac OS X|CrOS|Linux)/.exec(userAgent) ?? [];
  const browsers = ['Edg', 'Firefox', 'Chrome', 'Safari'];
  const browser = browsers.find((one) => userAgent.includes(one)) ?? '';
  return `${browser.replace('Edg', 'Edge')} on ${system.replace('Mac OS X', 'Mac')}`.trim();
}
