// Made from docs/schema by `npm run types`; change those files, not this one.

/**
 * nudge/<user>/ack: the person has seen an event. The bare id, here a string; or an object, then it stays shown on the device that says so.
 */
export type Ack =
  | string
  | {
      event: Id;
      device?: Id;
      /**
       * How long it was open there; less than ten seconds are a glance, which stops no reminder.
       */
      open_s?: number;
    };
/**
 * A topic level, an id.
 */
export type Id = string;
/**
 * What happened.
 */
export type Kind =
  | 'permission.asked'
  | 'question.asked'
  | 'session.error'
  | 'session.idle'
  | 'note'
  | 'test'
  | 'permission.replied'
  | 'question.replied'
  | 'question.rejected'
  | 'session.busy'
  | 'session.deleted';
/**
 * The kinds one can wish for.
 */
export type WishKind =
  'permission.asked' | 'question.asked' | 'session.error' | 'session.idle' | 'note';
export type Level = 'passive' | 'active' | 'time-sensitive';
export type Count = number;
/**
 * nudge/<user>/reply: the answer to a permission or a question, signed; unsigned it counts only where replies are "account".
 */
export type Reply = SignedReply | PlainReply;

/**
 * nudge/<user>/agent/<host>, retained and Last Will: what the OpenCode of a host is doing.
 */
export interface Agent {
  state: 'online' | 'offline';
  running?: number;
  waiting?: number;
  /**
   * The most pressing and the newest first.
   */
  sessions?: {
    id: string;
    title: string | null;
    project: string;
    state: 'busy' | 'waiting' | 'idle' | 'error';
    since: number;
  }[];
}
/**
 * What a person should know about a push service.
 */
export interface Warning {
  /**
   * When it was last seen; milliseconds since 1970.
   */
  ts: number;
  service?: string;
  /**
   * Its name, of the person's own; absent where it is the bridge's own.
   */
  device?: string;
  reason?: string;
  advice?: string;
  /**
   * The device was removed.
   */
  gone?: boolean;
}
/**
 * Whom to encrypt to, as a browser gives it (RFC 8291).
 */
export interface Keys {
  /**
   * A P-256 point, 65 bytes in base64url.
   */
  p256dh: string;
  /**
   * 16 bytes in base64url.
   */
  auth: string;
}
/**
 * One span of silence each week.
 */
export interface Quiet {
  /**
   * The days on which it begins.
   */
  days?: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
  from: string;
  to: string;
  /**
   * An IANA zone.
   */
  tz: string;
  /**
   * Kinds that come all the same.
   */
  allow?: WishKind[];
  /**
   * Tell at its end what was missed (true); else it is dropped.
   */
  digest?: boolean;
}
/**
 * What is asked, as structure: of a permission tool to always, of questions questions. At most 16 KiB.
 */
export interface Ask {
  /**
   * Whose permission it is: bash, edit, the tool of an MCP server.
   */
  tool?: string | null;
  /**
   * What it is to do: text, or the arguments as JSON.
   */
  input?: string | {} | unknown[] | number | boolean | null;
  /**
   * What it touches.
   */
  patterns?: string[] | null;
  /**
   * What the answer "always" would allow from now on.
   */
  always?: string[] | null;
  questions?: AskedQuestion[] | null;
  /**
   * Not all of it is here.
   */
  cut?: boolean | null;
}
/**
 * One question, as it was put.
 */
export interface AskedQuestion {
  header?: string | null;
  text: string;
  options?:
    | {
        label: string;
        description?: string | null;
      }[]
    | null;
  /**
   * Several options may be chosen; false if absent.
   */
  multiple?: boolean | null;
  /**
   * An answer in other words is taken too; true if absent.
   */
  custom?: boolean | null;
}
/**
 * What counts wherever replies are on.
 */
export interface SignedReply {
  /**
   * A plain reply as JSON text.
   */
  signed: string;
  /**
   * HMAC-SHA256 with the person's reply key over the UTF-8 bytes of signed; 32 bytes in base64url.
   */
  mac: string;
}
/**
 * The answer itself: what is signed, and what counts by itself where replies are "account".
 */
export interface PlainReply {
  request: string;
  /**
   * As the event gave it.
   */
  nonce: string;
  reply?: 'once' | 'always' | 'reject';
  /**
   * For the model.
   */
  message?: string;
  /**
   * For each question the labels chosen.
   *
   * @minItems 1
   */
  answers?: string[][];
}
/**
 * nudge/<user>/device/<device>, retained: how this device is reached. An empty payload removes it.
 */
export interface Device {
  platform: 'apns' | 'fcm' | 'webpush' | 'ntfy' | 'onesignal' | 'pushwoosh' | 'webhook' | 'log';
  /**
   * For people.
   */
  name?: string | null;
  /**
   * apns: hex; fcm; onesignal: the subscription id; pushwoosh: the HWID.
   */
  token?: string | null;
  /**
   * apns: the app's bundle id.
   */
  topic?: string | null;
  /**
   * apns
   */
  environment?: 'production' | 'sandbox' | null;
  /**
   * webpush
   */
  endpoint?: string | null;
  keys?: Keys | null;
  /**
   * Part of what a browser gives; not used.
   */
  expirationTime?: number | null;
  /**
   * ntfy: of the topic. webhook: what is called; {{id}} in it is the push's own.
   */
  url?: string | null;
  /**
   * webhook
   */
  method?: 'POST' | 'PUT' | 'PATCH' | null;
  /**
   * webhook: a template, at most 4096 bytes.
   */
  body?: string | {} | null;
  /**
   * ntfy: a token, or user:password.
   */
  auth?: string | null;
  /**
   * apns, fcm: end-to-end encryption.
   */
  encrypt?: Keys | null;
  /**
   * fcm: this app shows by itself what comes as data alone.
   */
  data?: boolean | null;
  /**
   * This app shows running turns (preference progress). webpush, log: nothing in it. apns: where Live Activities are begun, and those that run.
   */
  progress?: {
    /**
     * apns: the push-to-start token, hex.
     */
    start?: string | null;
    /**
     * apns: the id in an activity's attributes to its push token, hex.
     */
    turns?: {
      [k: string]: string;
    } | null;
  } | null;
  /**
   * This app acknowledges what it shows.
   */
  acks?: boolean | null;
  /**
   * Host to the address under which this device knows it.
   */
  servers?: {
    [k: string]: string;
  } | null;
  /**
   * preferences-patch, for this device.
   */
  prefs?: {} | null;
}
/**
 * nudge/<user>/event: something happened. A payload that is no JSON object is a note.
 */
export interface Event {
  v?: 1 | null;
  /**
   * The same id within 24 h is a duplicate; random if absent.
   */
  id?: string | null;
  /**
   * Milliseconds since 1970; the arrival if absent.
   */
  ts?: number | null;
  kind: Kind;
  /**
   * Where the agent runs.
   */
  host?: string | null;
  project?: {
    name?: string | null;
    directory?: string | null;
  } | null;
  session?: {
    id?: string | null;
    title?: string | null;
    /**
     * The session that started this one.
     */
    parent?: string | null;
  } | null;
  /**
   * What waits for an answer.
   */
  request?: {
    id?: string | null;
    /**
     * An answer must repeat it. No secret.
     */
    nonce?: string | null;
  } | null;
  title?: string | null;
  /**
   * What is said, in one text; nobody takes it apart.
   */
  body?: string | null;
  /**
   * How long the turn took.
   */
  duration_ms?: number | null;
  /**
   * Worthless after so many seconds; by kind if absent.
   */
  ttl_s?: number | null;
  ask?: Ask | null;
  /**
   * The only device meant; all if absent.
   */
  device?: string | null;
  /**
   * How long ago it happened, by the publisher's monotonic clock; wins over ts.
   */
  age_ms?: number | null;
}
/**
 * By the services that are switched on.
 */
export interface ByService {
  [k: string]: Count;
}
export interface ByStage {
  /**
   * For its push service, which may be away.
   */
  ready: number;
  /**
   * For delay_s.
   */
  delay: number;
  /**
   * For somebody who is looking.
   */
  presence: number;
  /**
   * For the end of quiet hours or of a snooze.
   */
  quiet: number;
  /**
   * For the next digest of what was too much.
   */
  rate: number;
  /**
   * Told by the digest that another one carries.
   */
  digest: number;
}
/**
 * nudge/bridge/<id>/health, retained, once a minute and when the warnings of nudge/bridge/<id>/info change: how this bridge is. Counted since it started. Each member but ts and last_error is a series of Prometheus, behind "nudge_"; the members of an object are the values of its label.
 */
export interface Health {
  /**
   * When this was written; milliseconds since 1970.
   */
  ts: number;
  /**
   * Since the bridge started.
   */
  uptime_seconds: number;
  /**
   * Memory that the bridge has in use; absent where the system does not say.
   */
  resident_memory_bytes?: number;
  /**
   * 1 while the broker is there and has told all that it retains.
   */
  broker_connected: 0 | 1;
  /**
   * For how long it has been; 0 while it is not.
   */
  broker_connected_seconds: number;
  /**
   * Events that were accepted.
   */
  events_total: number;
  waiting_jobs: ByStage1;
  waiting_oldest_seconds: ByStage2;
  service_sent_total: ByService1;
  service_failed_total: ByService2;
  service_retried_total: ByService3;
  service_gone_total: ByService4;
  /**
   * 1 while it failed again and again and gets one probe at a time.
   */
  service_breaker_open: {
    [k: string]: 0 | 1;
  };
  service_success_age_seconds: ByService5;
  /**
   * Notifications that a rule kept back for good, by its name in the receipt.
   */
  suppressed_total: {
    [k: string]: Count;
  };
  /**
   * Events that a limit refused.
   */
  dropped_total: number;
  /**
   * When a push service last did not take something, and why; null until then.
   */
  last_error: {
    /**
     * Milliseconds since 1970.
     */
    ts: number;
    service: string;
    reason: string;
  } | null;
}
/**
 * Notifications that wait, one for each event and device, by what for.
 */
export interface ByStage1 {
  /**
   * For its push service, which may be away.
   */
  ready: number;
  /**
   * For delay_s.
   */
  delay: number;
  /**
   * For somebody who is looking.
   */
  presence: number;
  /**
   * For the end of quiet hours or of a snooze.
   */
  quiet: number;
  /**
   * For the next digest of what was too much.
   */
  rate: number;
  /**
   * Told by the digest that another one carries.
   */
  digest: number;
}
/**
 * Since the event of the oldest of them came; 0 if none waits.
 */
export interface ByStage2 {
  /**
   * For its push service, which may be away.
   */
  ready: number;
  /**
   * For delay_s.
   */
  delay: number;
  /**
   * For somebody who is looking.
   */
  presence: number;
  /**
   * For the end of quiet hours or of a snooze.
   */
  quiet: number;
  /**
   * For the next digest of what was too much.
   */
  rate: number;
  /**
   * Told by the digest that another one carries.
   */
  digest: number;
}
/**
 * Notifications that the push service took.
 */
export interface ByService1 {
  [k: string]: Count;
}
/**
 * Notifications that it refused, or that expired before it took them.
 */
export interface ByService2 {
  [k: string]: Count;
}
/**
 * Attempts that failed and are made again.
 */
export interface ByService3 {
  [k: string]: Count;
}
/**
 * Devices that it reported gone.
 */
export interface ByService4 {
  [k: string]: Count;
}
/**
 * Since it last took something; absent until then.
 */
export interface ByService5 {
  [k: string]: Count;
}
/**
 * nudge/bridge/<id>/info, retained: what this bridge can do.
 */
export interface Info {
  version?: string;
  /**
   * Those that are switched on.
   */
  services?: string[];
  /**
   * ["+"] where this bridge serves everybody; absent where it serves some. Older bridges named them.
   */
  users?: string[];
  /**
   * For a browser's subscription: a P-256 point in base64url.
   */
  vapid_public_key?: string;
  /**
   * What concerns the bridge itself, the oldest first: everybody reads it, and no device of anybody stands there. Each person's are in nudge/<user>/state.
   */
  warnings?: Warning[];
  /**
   * How many devices of all people have a warning.
   */
  failing_devices?: number;
}
/**
 * nudge/<user>/prefs/set: a JSON Merge Patch (RFC 7396) on the preferences; null means the default again.
 */
export interface PreferencesPatch {
  /**
   * The main switch.
   */
  enabled?: boolean | null;
  /**
   * What to be told of.
   */
  kinds?: {
    'session.idle'?: boolean | null;
    'session.error'?: boolean | null;
    'permission.asked'?: boolean | null;
    'question.asked'?: boolean | null;
    note?: boolean | null;
  } | null;
  /**
   * Say nothing of turns that were shorter.
   */
  min_duration_s?: number | null;
  /**
   * Tell of sub-agents' ends and errors too.
   */
  subagents?: boolean | null;
  /**
   * Wait so long: it may be answered meanwhile.
   */
  delay_s?: {
    'session.idle'?: number | null;
    'session.error'?: number | null;
    'permission.asked'?: number | null;
    'question.asked'?: number | null;
    note?: number | null;
  } | null;
  /**
   * What to do while somebody looks at the app.
   */
  presence?: 'hold' | 'suppress' | 'ignore' | null;
  /**
   * Whether looking at any device counts, or at this one.
   */
  presence_scope?: 'user' | 'device' | null;
  /**
   * How long to hold for somebody who looks.
   */
  hold_s?: number | null;
  /**
   * Hours of silence.
   *
   * @maxItems 16
   */
  quiet?: Quiet[] | null;
  /**
   * What comes waits until then; milliseconds since 1970, 0 is none, 9007199254740991 until ended by hand.
   */
  snooze_until?: number | null;
  /**
   * Kinds that a snooze lets through.
   */
  snooze_allow?:
    ('session.idle' | 'session.error' | 'permission.asked' | 'question.asked' | 'note')[] | null;
  /**
   * Show a request again so long after it was shown, while nobody answers or sees it; each time longer than the one before.
   */
  remind_s?: {
    /**
     * @maxItems 8
     */
    'permission.asked'?: number[] | null;
    /**
     * @maxItems 8
     */
    'question.asked'?: number[] | null;
  } | null;
  /**
   * Devices that hear of a request only when it still waits then.
   *
   * @maxItems 8
   */
  escalate?:
    | {
        after_s: number;
        /**
         * @minItems 1
         */
        devices: Id[];
      }[]
    | null;
  /**
   * Turns that finish within so long are told of together.
   */
  gather_s?: number | null;
  /**
   * Show how a running turn goes, where an app can.
   */
  progress?: boolean | null;
  mute?: {
    /**
     * @maxItems 256
     */
    sessions?: string[] | null;
    /**
     * Names or directories.
     *
     * @maxItems 256
     */
    projects?: string[] | null;
    /**
     * @maxItems 256
     */
    hosts?: string[] | null;
  } | null;
  rate?: {
    burst?: number | null;
    per_minute?: number | null;
    /**
     * The same of what needs an answer.
     */
    asks?: {
      burst?: number | null;
      per_minute?: number | null;
    } | null;
  } | null;
  /**
   * How much a notification shows.
   */
  privacy?: 'full' | 'title' | 'none' | null;
  /**
   * How pressing.
   */
  level?: {
    'session.idle'?: Level | null;
    'session.error'?: Level | null;
    'permission.asked'?: Level | null;
    'question.asked'?: Level | null;
    note?: Level | null;
  } | null;
  /**
   * Its name; empty or null is silence.
   */
  sound?: string | null;
}
/**
 * nudge/<user>/prefs, retained: what differs from the defaults. The same form in a registration says it for one device.
 */
export interface Preferences {
  /**
   * The main switch.
   */
  enabled?: boolean;
  /**
   * What to be told of.
   */
  kinds?: {
    'session.idle'?: boolean;
    'session.error'?: boolean;
    'permission.asked'?: boolean;
    'question.asked'?: boolean;
    note?: boolean;
  };
  /**
   * Say nothing of turns that were shorter.
   */
  min_duration_s?: number;
  /**
   * Tell of sub-agents' ends and errors too.
   */
  subagents?: boolean;
  /**
   * Wait so long: it may be answered meanwhile.
   */
  delay_s?: {
    'session.idle'?: number;
    'session.error'?: number;
    'permission.asked'?: number;
    'question.asked'?: number;
    note?: number;
  };
  /**
   * What to do while somebody looks at the app.
   */
  presence?: 'hold' | 'suppress' | 'ignore';
  /**
   * Whether looking at any device counts, or at this one.
   */
  presence_scope?: 'user' | 'device';
  /**
   * How long to hold for somebody who looks.
   */
  hold_s?: number;
  /**
   * Hours of silence.
   *
   * @maxItems 16
   */
  quiet?: Quiet[];
  /**
   * What comes waits until then; milliseconds since 1970, 0 is none, 9007199254740991 until ended by hand.
   */
  snooze_until?: number;
  /**
   * Kinds that a snooze lets through.
   */
  snooze_allow?: (
    'session.idle' | 'session.error' | 'permission.asked' | 'question.asked' | 'note'
  )[];
  /**
   * Show a request again so long after it was shown, while nobody answers or sees it; each time longer than the one before.
   */
  remind_s?: {
    /**
     * @maxItems 8
     */
    'permission.asked'?: number[];
    /**
     * @maxItems 8
     */
    'question.asked'?: number[];
  };
  /**
   * Devices that hear of a request only when it still waits then.
   *
   * @maxItems 8
   */
  escalate?: {
    after_s: number;
    /**
     * @minItems 1
     */
    devices: Id[];
  }[];
  /**
   * Turns that finish within so long are told of together.
   */
  gather_s?: number;
  /**
   * Show how a running turn goes, where an app can.
   */
  progress?: boolean;
  mute?: {
    /**
     * @maxItems 256
     */
    sessions?: string[];
    /**
     * Names or directories.
     *
     * @maxItems 256
     */
    projects?: string[];
    /**
     * @maxItems 256
     */
    hosts?: string[];
  };
  rate?: {
    burst?: number;
    per_minute?: number;
    /**
     * The same of what needs an answer.
     */
    asks?: {
      burst?: number;
      per_minute?: number;
    };
  };
  /**
   * How much a notification shows.
   */
  privacy?: 'full' | 'title' | 'none';
  /**
   * How pressing.
   */
  level?: {
    'session.idle'?: 'passive' | 'active' | 'time-sensitive';
    'session.error'?: 'passive' | 'active' | 'time-sensitive';
    'permission.asked'?: 'passive' | 'active' | 'time-sensitive';
    'question.asked'?: 'passive' | 'active' | 'time-sensitive';
    note?: 'passive' | 'active' | 'time-sensitive';
  };
  /**
   * Its name; empty or null is silence.
   */
  sound?: string | null;
  /**
   * The bridge's count of accepted changes.
   */
  rev?: number;
}
/**
 * nudge/<user>/presence/<device>, retained and Last Will: whether somebody looks at the app. The plain texts foreground and background are the same as these.
 */
export interface Presence {
  state: 'foreground' | 'background';
  /**
   * The session that is open.
   */
  session?: string | null;
  /**
   * For so long; else the message's expiry, else 120 s.
   */
  ttl_s?: number | null;
}
/**
 * nudge/<user>/receipt: what became of an event, for one device; what was wrong with a document, then without an event; or, by the plugin, what became of a reply.
 */
export interface Receipt {
  event?: string;
  device?: string;
  state:
    | 'accepted'
    | 'pushed'
    | 'held'
    | 'suppressed'
    | 'deferred'
    | 'failed'
    | 'withdrawn'
    | 'answered'
    | 'refused';
  /**
   * The rule, or the word of the service; of a refused reply off, signature, nonce, unknown, used, answers or expired.
   */
  reason?: string;
  /**
   * For invalid: the path of the fault, and what it is.
   */
  detail?: string;
  service?: string;
  status?: number;
  attempt?: number;
  ts: number;
  latency_ms?: number;
  /**
   * What caused it, as a path: kinds.note.
   */
  preference?: string;
  /**
   * Who said that.
   */
  layer?: 'default' | 'user' | 'device';
  /**
   * It waits until then at most; milliseconds since 1970.
   */
  until?: number;
  /**
   * A reply's; then host is there too, and no event.
   */
  request?: string;
  /**
   * The OpenCode that answered or refused.
   */
  host?: string;
}
/**
 * nudge/<user>/state, retained: a summary by the bridge. Of somebody without preferences, a device or an agent, whom no setting names, it is there only while a request waits or a warning holds, for at most 1000 such people; then it says that nothing waits, and is cleared.
 */
export interface State {
  /**
   * The main switch.
   */
  enabled?: boolean;
  /**
   * Requests without an answer.
   */
  waiting?: number;
  running?: number;
  present?: boolean;
  quiet?: boolean;
  /**
   * Silence until then; milliseconds since 1970, 0 is none.
   */
  snooze_until?: number;
  devices?: number;
  last?: {
    kind?: Kind;
    title?: string | null;
    /**
     * Its name.
     */
    project?: string | null;
    host?: string | null;
    /**
     * Its id.
     */
    session?: string | null;
    id?: string;
    ts?: number;
  } | null;
  /**
   * What waits for an answer, the newest first; the newest 50.
   */
  asks?: {
    /**
     * Of the event.
     */
    id: string;
    kind: 'permission.asked' | 'question.asked';
    request: {
      /**
       * Without one it cannot be answered.
       */
      id: string | null;
      nonce?: string | null;
    };
    session?: {
      id?: string | null;
      title?: string | null;
    } | null;
    /**
     * Its name.
     */
    project?: string | null;
    host?: string | null;
    /**
     * Cut to 4 KiB, or shorter where all would not fit in 128 KiB; then cut is true.
     */
    ask?: Ask | null;
    ts: number;
  }[];
  /**
   * The bridge that serves this person: nudge/bridge/<id>/info is theirs.
   */
  bridge?: string;
  /**
   * Which of this person's devices a push service refuses, and why, the oldest first; the newest 16, and at most 8 KiB.
   */
  warnings?: Warning[];
}
