// What may go wrong at a push service, in the order a test wants it.
import { sendAnswer } from './exchange.mjs';

/**
 * One fault, for the next request that a service would have accepted. At most one of status, goaway,
 * reset, drop and stall; with none of them the request is answered as usual, only later (`until`).
 *
 * @typedef {object} Fault
 * @property {(request: import('./exchange.mjs').Request) => boolean} [when] default: any request
 * @property {number} [times] how many requests meet it; default 1, Infinity for an outage
 * @property {number} [status] answered with this status
 * @property {string} [reason] beside the status, or in the GOAWAY: the service's word for it
 * @property {string | Buffer} [body] beside the status: in place of the service's own form of the reason
 * @property {import('node:http').OutgoingHttpHeaders} [headers] beside the status, such as retry-after
 * @property {'now' | 'after'} [goaway] HTTP/2 GOAWAY that disowns this request and all later ones, or
 *   only the later ones, after this one was answered
 * @property {keyof typeof RESET_CODES} [reset] HTTP/2 RST_STREAM
 * @property {true} [drop] TCP reset
 * @property {'request' | 'connection'} [stall] never answered, while the connection stays up: this
 *   request, or this and all later ones on its connection
 * @property {Promise<unknown>} [until] only then does any of this happen
 */

const RESET_CODES = /** @type {const} */ ({
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  ENHANCE_YOUR_CALM: 11,
});

export class FaultScript {
  /** @type {{ fault: Fault, left: number }[]} */
  #queue = [];

  /** @param {Fault[]} faults appended to those that still wait */
  add(faults) {
    this.#queue.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
  }

  clear() {
    this.#queue = [];
  }

  /**
   * The first fault that waits for such a request; it is used up once.
   *
   * @param {import('./exchange.mjs').Request} request
   * @returns {Fault | undefined}
   */
  take(request) {
    const entry = this.#queue.find(({ fault }) => fault.when?.(request) ?? true);
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#queue.splice(this.#queue.indexOf(entry), 1);
    return entry.fault;
  }
}

/**
 * Whether the request is answered as if nothing were wrong, once its time has come.
 *
 * @param {Fault} fault
 */
export function isOnlyLate({ status, goaway, reset, drop, stall }) {
  return !(status || goaway || reset || drop || stall);
}

/** Node 18 dies when the socket beneath HTTP/2 is reset: there the session ends in place of it. */
export const DIES_OF_RESET = process.versions.node.startsWith('18.');

/**
 * @param {Fault} fault
 * @param {import('./exchange.mjs').Request} request
 * @param {import('./exchange.mjs').Outgoing} outgoing
 * @param {(status: number, reason: string) => import('./exchange.mjs').Answer} refuse
 */
export function happen(fault, { connection, session }, outgoing, refuse) {
  const { status, goaway, reset, drop, stall, reason = '' } = fault;
  const stream = 'stream' in outgoing ? outgoing.stream : undefined;
  if ((reset || goaway) && !(stream && session)) throw new Error('this fault needs HTTP/2');

  if (stall === 'connection') connection.silent = true;
  if (drop && session && DIES_OF_RESET) session.destroy();
  else if (drop) connection.raw.resetAndDestroy();
  if (reset) stream?.close(RESET_CODES[reset]);
  if (goaway && stream) goAway(stream, reason || 'Shutdown', goaway === 'now');
  if (!status) return;
  const answer = refuse(status, reason);
  sendAnswer(outgoing, {
    status,
    headers: { ...answer.headers, ...fault.headers },
    body: fault.body ?? answer.body,
  });
}

/**
 * The connection ends once the streams that it still has are done.
 *
 * @param {import('node:http2').ServerHttp2Stream} stream the last one that was looked at
 * @param {string} reason
 * @param {boolean} [disowned] whether not even that one was
 */
export function goAway(stream, reason, disowned = false) {
  const { id = 0, session } = stream;
  session?.goaway(0, disowned ? id - 2 : id, Buffer.from(JSON.stringify({ reason })));
  // Node cannot say "no stream at all", so the very first one is refused by itself.
  if (disowned && id === 1) stream.close(RESET_CODES.REFUSED_STREAM);
  setImmediate(() => session?.close()); // at once, Node 18 would end it before the GOAWAY is out
}
