// The common ground of the push services' stand-ins: a TLS server on the loopback that shows each
// request to the service's rules, lets the scripted faults happen, and keeps what it saw.
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { Arrivals } from './arrivals.mjs';
import { FaultScript, happen, isOnlyLate } from './faults.mjs';
import { readRequest, sendAnswer } from './exchange.mjs';

/**
 * @typedef {import('./exchange.mjs').Request} Request
 * @typedef {import('./exchange.mjs').Answer} Answer
 * @typedef {import('./exchange.mjs').Connection} Connection
 *
 * @typedef {object} Exchange
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {number} status what was answered; 0: nothing was
 * @property {string} reason empty: there is none
 * @property {number} at milliseconds since the epoch
 * @property {number} connection its number
 */

/**
 * @template {object} N
 * @typedef {object} Verdict what the service's rules say to a request
 * @property {Answer} answer
 * @property {string | null} broken the reason of the rule that was broken; null: accepted
 * @property {N} note kept with the request
 */

/**
 * @template {object} N
 * @typedef {object} Service
 * @property {(request: Request) => Verdict<N>} judge
 * @property {(status: number, reason: string) => Answer} refuse the service's form of a no
 * @property {(request: Request, fault: import('./faults.mjs').Fault) => void} [onFault] what a fault
 *   means to the rules' memory
 */

/**
 * @typedef {object} Place
 * @property {string} name of the host, which the certificate must have
 * @property {string} address to listen on
 */

/** @type {Place} */
const LOOPBACK = { name: 'localhost', address: '127.0.0.1' };

/** @template {object} N what the service notes beside each exchange */
export class StandIn {
  /** @type {Arrivals<Exchange & N>} */
  #accepted = new Arrivals((items) => describe(items));
  /** @type {Arrivals<Exchange & N>} */
  #faulted = new Arrivals((items) => describe(items));
  /** @type {Arrivals<Exchange & N>} */
  #refused = new Arrivals((items) => describe(items));
  #script = new FaultScript();
  /** @type {Map<number | undefined, Connection>} those that are open, by the client's port */
  #open = new Map();
  #handshakes = 0;
  #authority;
  #service;
  #server;
  #place;

  port = 0;

  /**
   * @param {import('./certificates.mjs').Authority} authority
   * @param {Service<N>} service
   * @param {{ http1: boolean, maxStreams?: number }} protocol whether HTTP/1.1 is spoken beside HTTP/2;
   *   how many streams each new connection may have
   * @param {Place} [place] where it is found
   */
  constructor(authority, service, { http1, maxStreams }, place = LOOPBACK) {
    this.#authority = authority;
    this.#place = place;
    this.#service = service;
    this.#server = createSecureServer({
      ...authority.loopback,
      minVersion: 'TLSv1.2',
      allowHTTP1: http1,
      ALPNProtocols: http1 ? ['h2', 'http/1.1'] : ['h2'],
      settings: maxStreams === undefined ? {} : { maxConcurrentStreams: maxStreams },
    });
    this.#watchConnections();
    this.#server.on('request', (incoming, outgoing) => this.#answer(incoming, outgoing));
  }

  get url() {
    return `https://${this.#place.name}${this.port === 443 ? '' : `:${this.port}`}`;
  }

  get caFile() {
    return this.#authority.caFile;
  }

  /** Requests that the service took. */
  get accepted() {
    return this.#accepted.items;
  }

  /** Requests that it would have taken, had no fault been in the way. */
  get faulted() {
    return this.#faulted.items;
  }

  /** Requests that broke a rule. */
  get refused() {
    return this.#refused.items;
  }

  /** How many TLS handshakes there were so far. */
  get connections() {
    return this.#handshakes;
  }

  /** So many accepted requests, or the first that the predicate likes.
   * @param {number | ((exchange: Exchange & N) => boolean)} wanted
   * @param {{ timeoutMs?: number, from?: number }} [options]
   */
  waitForAccepted(wanted, options) {
    return awaitIn(this.#accepted, 'accepted', wanted, options);
  }

  /**
   * @param {number | ((exchange: Exchange & N) => boolean)} wanted
   * @param {{ timeoutMs?: number, from?: number }} [options]
   */
  waitForFaulted(wanted, options) {
    return awaitIn(this.#faulted, 'faulted', wanted, options);
  }

  /**
   * @param {number | ((exchange: Exchange & N) => boolean)} wanted
   * @param {{ timeoutMs?: number, from?: number }} [options]
   */
  waitForRefused(wanted, options) {
    return awaitIn(this.#refused, 'refused', wanted, options);
  }

  /** @param {import('./faults.mjs').Fault[]} faults */
  script(faults) {
    this.#script.add(faults);
  }

  clearScript() {
    this.#script.clear();
  }

  /** @param {number} [port] default: a free one, at the first time */
  async openListener(port = this.port) {
    this.#server.listen(port, this.#place.address);
    await once(this.#server, 'listening');
    const address = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    this.port = address.port;
  }

  /** New connections are refused; those that are open live on. */
  closeListener() {
    this.#server.close();
  }

  /** TCP reset of all that are open. */
  dropConnections() {
    for (const { raw } of this.#open.values()) raw.resetAndDestroy();
  }

  /** @param {'loopback' | 'otherHost' | 'untrusted'} which shown to new connections */
  presentCertificate(which) {
    this.#server.setSecureContext(this.#authority[which]);
  }

  async stop() {
    if (this.#server.listening) this.#server.close();
    this.dropConnections();
  }

  #watchConnections() {
    /** @type {Map<number | undefined, import('node:net').Socket>} */
    const sockets = new Map();
    this.#server.on('connection', (raw) => {
      const { remotePort } = raw;
      sockets.set(remotePort, raw);
      raw.on('error', () => {}); // resets are this server's daily bread
      raw.on('close', () => {
        sockets.delete(remotePort);
        this.#open.delete(remotePort);
      });
    });
    this.#server.on('secureConnection', (tls) => {
      const raw = sockets.get(tls.remotePort);
      if (!raw) return;
      const number = ++this.#handshakes;
      this.#open.set(tls.remotePort, { number, raw, silent: false, memory: new Map() });
    });
    this.#server.on('unknownProtocol', (socket) => socket.destroy());
    // A client that breaks TLS or HTTP/2 meets its own error; the stand-in goes on.
    this.#server.on('tlsClientError', () => {});
    this.#server.on('sessionError', () => {});
  }

  /**
   * @param {import('./exchange.mjs').Incoming} incoming
   * @param {import('./exchange.mjs').Outgoing} outgoing
   */
  async #answer(incoming, outgoing) {
    const connection = this.#open.get(incoming.socket.remotePort);
    const request = connection && (await readRequest(incoming, connection));
    if (!request || request.connection.silent) return;

    const { answer, broken, note } = this.#service.judge(request);
    const record = (/** @type {number} */ status, reason = '') => ({
      ...note,
      ...{ path: request.path, headers: request.headers, status, reason },
      ...{ at: Date.now(), connection: request.connection.number },
    });
    if (broken !== null) {
      this.#refused.add(record(answer.status, broken));
      return sendAnswer(outgoing, answer);
    }
    const fault = this.#script.take(request);
    await fault?.until;
    if (fault) this.#service.onFault?.(request, fault);
    if (!fault || isOnlyLate(fault) || fault.goaway === 'after') {
      this.#accepted.add(record(answer.status));
      sendAnswer(outgoing, answer);
    } else {
      this.#faulted.add(record(fault.status ?? 0, fault.reason));
    }
    if (fault) happen(fault, request, outgoing, this.#service.refuse);
  }
}

/**
 * @template {object} N
 * @param {Arrivals<Exchange & N>} arrivals
 * @param {string} what
 * @param {number | ((exchange: Exchange & N) => boolean)} wanted
 * @param {{ timeoutMs?: number, from?: number }} [options]
 * @returns {Promise<(Exchange & N)[]>}
 */
async function awaitIn(arrivals, what, wanted, options) {
  if (typeof wanted === 'number')
    return arrivals.waitForCount(wanted, { ...options, what: `${wanted} requests ${what}` });
  return [await arrivals.waitFor(wanted, { ...options, what: `a request ${what}` })];
}

/** @param {Exchange[]} exchanges */
function describe(exchanges) {
  return exchanges
    .map(({ status, reason, path, connection }) => `${connection}: ${status} ${reason} ${path}`)
    .join('\n');
}
