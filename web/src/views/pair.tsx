// The first visit: enter or scan what `nudge pair` shows. A link is only ever an offer: it says where it
// leads, and nothing is connected or sent before a yes.

import { useEffect, useRef, useState } from 'preact/hooks';
import { canSign, importKey, readPairing, type Pairing, type Place } from 'nudge-client';
import type { Session } from '../session';
import { forgetKnown, forgetUnsent, loginOf, saveIdentity, type Identity } from '../store';
import { tryOut } from '../trial';
import { complain } from './toast';

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
declare global {
  interface Window {
    BarcodeDetector?: new (options: { formats: string[] }) => Detector;
  }
}

interface Props {
  /** Who this browser is already; null: nobody. */
  identity: Identity | null;
  link: string | null;
  onPaired: (session: Session) => void;
  /** Leave all as it is. */
  onStay: () => void;
}

export function Pair({ identity, link, onPaired, onStay }: Props) {
  const [text, setText] = useState(link ?? '');
  const [fault, setFault] = useState('');
  const [isBusy, setBusy] = useState(false);
  const { pairing, objection } = read(text);
  const isLink = text !== '' && text === link;

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    if (!pairing) return setFault(objection);
    setBusy(true);
    setFault('');
    try {
      onPaired(await connect(await identityOf(pairing, form, identity)));
    } catch (error) {
      setFault((error as Error).message);
      setBusy(false);
    }
  };

  return (
    <main class="pair" id="content">
      <h1>{identity ? 'Pair this browser anew?' : 'Welcome to nudge'}</h1>
      {identity && <Change from={identity.pairing} to={pairing} />}
      {!isLink && <Instructions />}
      <form onSubmit={submit}>
        {!isLink && <Entry text={text} onText={setText} />}
        {pairing && !identity && <Question to={pairing} />}
        {pairing && <Account pairing={pairing} />}
        <p class="outcome fault" role="alert">
          {fault || (text && !pairing ? objection : '')}
        </p>
        <div class="buttons">
          {identity && (
            <button type="button" class="primary" disabled={isBusy} onClick={onStay}>
              Stay with {hostOf(identity.pairing)}
            </button>
          )}
          {(pairing || !isLink) && (
            <button class={identity ? 'danger' : 'primary'} disabled={isBusy || !text}>
              {buttonWords(isBusy, identity && pairing)}
            </button>
          )}
          {isLink && !identity && (
            <button type="button" disabled={isBusy} onClick={() => setText('')}>
              Enter another text
            </button>
          )}
        </div>
      </form>
    </main>
  );
}

function buttonWords(isBusy: boolean, instead: Pairing | null): string {
  if (isBusy) return 'Connecting…';
  return instead ? `Connect to ${hostOf(instead)} instead` : 'Connect';
}

/** As the browser reads it: what only looks like a host does not stand here. */
const hostOf = ({ ws }: Place) => new URL(ws).host;

function Where({ place }: { place: Place }) {
  const { ws, user, username } = place;
  return (
    <>
      <code>{new URL(ws).href.replace(/\/$/, '')}</code> as <b>{user}</b>
      {username !== null && username !== user && (
        <>
          {' '}
          (login <b>{username}</b>)
        </>
      )}
    </>
  );
}

function Question({ to }: { to: Pairing }) {
  return (
    <p>
      Connect to <Where place={to} />?
    </p>
  );
}

function Change({ from, to }: { from: Place; to: Pairing | null }) {
  return (
    <>
      <p>
        A link was opened that wants this browser to leave its broker for another one. Whoever made
        it then sees what your agents do. Go on only if you made it yourself, with{' '}
        <code>nudge pair</code>.
      </p>
      <dl class="change">
        <dt>Now</dt>
        <dd>
          <Where place={from} />
        </dd>
        <dt>The link</dt>
        <dd>{to ? <Where place={to} /> : 'is damaged'}</dd>
      </dl>
    </>
  );
}

function Instructions() {
  return (
    <p>
      On the machine that runs the bridge, type <code>nudge pair YOU</code>. It shows a code: scan
      it, or paste its text here.
    </p>
  );
}

function Entry({ text, onText }: { text: string; onText: (text: string) => void }) {
  return (
    <>
      <label>
        Pairing text
        <textarea
          name="text"
          rows={3}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          value={text}
          placeholder="nudge:pair?…"
          onInput={({ currentTarget }) => onText(currentTarget.value)}
        />
      </label>
      <Scanner onText={onText} />
    </>
  );
}

function Account({ pairing }: { pairing: Pairing }) {
  return (
    <>
      <label>
        This device's name
        <input name="name" required maxLength={40} defaultValue={deviceName()} />
      </label>
      {pairing.username && pairing.password === null && (
        <label>
          Password of {pairing.username}
          {/* What the browser itself saved may be another broker's. */}
          <input name="password" type="password" autocomplete="new-password" required />
        </label>
      )}
      <p class="quiet-text">{answerWords(pairing)}</p>
    </>
  );
}

function answerWords({ key }: Pairing): string {
  if (key === null) return 'It brings no key: you can look on, but not answer.';
  return canSign()
    ? 'You can answer what is asked.'
    : 'You can look on, but not answer: browsers sign only on pages over https:// or on this machine itself.';
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

/** @param before who this browser was: at the same place it keeps its name on the topics */
async function identityOf(pairing: Pairing, form: FormData, before: Identity | null) {
  const { key, password, ...place } = pairing;
  const name = fitting(String(form.get('name') ?? '').trim()) || deviceName();
  const typed = form.get('password');
  const secret = password ?? (typed === null ? null : String(typed));
  const isSame =
    before?.pairing.ws === place.ws &&
    before.pairing.user === place.user &&
    before.pairing.root === place.root;
  const identity: Identity = {
    pairing: place,
    login: secret === null ? null : loginOf(place, secret),
    key: key !== null && canSign() ? await importKey(key) : null,
    device: isSame ? before.device : newDevice(name),
    name,
  };
  return identity;
}

const NAME_MAX = 64; // bytes; the bridge takes no more

function fitting(name: string): string {
  const { length } = new TextEncoder().encode(name);
  return length > NAME_MAX ? fitting([...name].slice(0, -1).join('')) : name;
}

function newDevice(name: string): string {
  const random = crypto.getRandomValues(new Uint8Array(6));
  const suffix = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const word = name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '');
  return `${word.slice(0, 40).toLowerCase() || 'browser'}-${suffix}`;
}

/** Kept only once the broker let us in. */
async function connect(identity: Identity): Promise<Session> {
  const session = await tryOut(identity);
  // What another user of this browser knew, and still had to say.
  await Promise.all([forgetKnown(), forgetUnsent()])
    .then(() => saveIdentity(identity))
    .catch(() => complain('This browser keeps nothing: pair it again at the next visit.'));
  session.keep();
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
