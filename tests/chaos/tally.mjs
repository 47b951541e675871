// What the push service took, counted.

/**
 * @typedef {object} Taken
 * @property {string} pushId
 * @property {string} collapseId
 */

export class Tally {
  pushes = 0;
  repeats = 0;
  /** @type {string[]} */
  complaints = [];
  /** @type {Map<string, Taken>} by device token and event */
  #taken = new Map();
  /** @type {Map<string, string>} where each apns-id was first seen */
  #pushIds = new Map();

  /** @param {{ token: string, payload: any, headers: Record<string, string> }} push */
  add({ token, payload, headers }) {
    const key = `${token} ${payload.event_id}`;
    const fresh = {
      pushId: headers['apns-id'] ?? '',
      collapseId: headers['apns-collapse-id'] ?? '',
    };
    const known = this.#taken.get(key);
    const owner = this.#pushIds.get(fresh.pushId) ?? key;

    this.pushes += 1;
    if (known) this.repeats += 1;
    this.#taken.set(key, known ?? fresh);
    this.#pushIds.set(fresh.pushId, owner);
    if (known && (known.pushId !== fresh.pushId || known.collapseId !== fresh.collapseId))
      this.complaints.push(`${payload.event_id} was repeated as another push`);
    if (owner !== key) this.complaints.push(`${payload.event_id} has the apns-id of ${owner}`);
  }

  /**
   * @param {string} token
   * @param {string} event
   */
  has(token, event) {
    return this.#taken.has(`${token} ${event}`);
  }

  /** So many different ones. */
  get distinct() {
    return this.#taken.size;
  }
}
