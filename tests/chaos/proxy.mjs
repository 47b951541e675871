// A line between two programs that can be cut, or go silent.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** @typedef {import('node:net').Socket} Socket */

export class Line {
  /** @type {Set<[Socket, Socket]>} */
  #pairs = new Set();
  /** @type {'open' | 'cut' | 'silent'} */
  #mode = 'open';
  #target = 0;
  #server = createServer((near) => this.#accept(near));

  get port() {
    return /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
  }

  /** @param {number} target the port behind the line */
  async listen(target) {
    this.#target = target;
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Both ends are reset; nobody comes through until it is open again. */
  cut() {
    this.#mode = 'cut';
    for (const pair of this.#pairs) reset(pair);
  }

  /** The connections stay, and nothing passes. */
  silence() {
    this.#mode = 'silent';
    for (const [near, far] of this.#pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  }

  /** What the near end says does not arrive until it is open again; it hears on. */
  mute() {
    for (const [near, far] of this.#pairs) near.unpipe(far).pause();
  }

  open() {
    this.#mode = 'open';
    for (const pair of this.#pairs) join(pair);
  }

  stop() {
    this.#server.close();
    this.cut();
  }

  /** @param {Socket} near */
  #accept(near) {
    near.on('error', () => {}); // resets are what this line is for
    if (this.#mode === 'cut') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target, '127.0.0.1').setNoDelay();
    /** @type {[Socket, Socket]} */
    const pair = [near.setNoDelay(), far];
    this.#pairs.add(pair);
    far.on('error', () => {});
    for (const socket of pair)
      socket.on('close', () => {
        this.#pairs.delete(pair);
        reset(pair);
      });
    if (this.#mode === 'open') join(pair);
  }
}

/** @param {[Socket, Socket]} pair */
function join([near, far]) {
  near.unpipe(far).pipe(far);
  far.unpipe(near).pipe(near);
}

/** @param {[Socket, Socket]} pair */
function reset(pair) {
  for (const socket of pair) if (!socket.destroyed) socket.resetAndDestroy();
}
