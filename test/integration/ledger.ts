// What app servers were promised and what devices got, and whether the two agree.

export interface Message {
  /** Names the message; unique in a run. */
  readonly name: string;
  readonly app: string;
  readonly user: string;
  /** Of the publisher's own messages to this user, ascending. */
  readonly sequence: number;
  readonly publisher: string;
  readonly ttlSeconds: number;
  /** Its publisher waited for the PUBACK of the one before. */
  readonly ordered: boolean;
  /** Sent with an id, so that sending it again is not a second message. */
  readonly named: boolean;
}

interface Delivery {
  readonly message: Message;
  readonly atMs: number;
}

interface DeviceLedger {
  readonly user: string;
  readonly deliveries: Delivery[];
  /** Names of messages, by app. */
  readonly got: Map<string, Set<string>>;
}

/** A bound for what lies between the gateway's decision and the handler on this busy machine. */
const slackMs = 1_500;

export class Ledger {
  /** When PUBACK came, by the message's name. */
  readonly accepted = new Map<string, { readonly message: Message; readonly atMs: number }>();
  readonly receipts = new Set<string>();
  readonly faults: string[] = [];
  readonly #devices = new Map<string, DeviceLedger>();
  /** Published, by app and user: those that live long enough to be waited for. */
  readonly #published = new Map<string, number>();

  addDevice(device: string, user: string): void {
    this.#devices.set(device, { user, deliveries: [], got: new Map() });
  }

  publish({ app, user, ttlSeconds }: Message): void {
    const which = `${app} ${user}`;
    if (ttlSeconds >= 60) this.#published.set(which, (this.#published.get(which) ?? 0) + 1);
  }

  /** How far the slowest of the user's devices is behind with this app. */
  backlog(app: string, user: string): number {
    const devices = [...this.#devices.values()].filter((device) => device.user === user);
    const got = devices.map((device) => device.got.get(app)?.size ?? 0);
    return (this.#published.get(`${app} ${user}`) ?? 0) - Math.min(...got);
  }

  accept(message: Message): void {
    this.accepted.set(message.name, { message, atMs: Date.now() });
  }

  /** `app` is whose handler on the device was called. */
  deliver(device: string, app: string, text: string): void {
    const ledger = this.#ledgerOf(device);
    const message = JSON.parse(text) as Message;
    if (message.app !== app) this.faults.push(`${message.name} for ${message.app} came to ${app}`);
    if (message.user !== ledger.user) this.faults.push(`${message.name} for ${message.user} came to ${ledger.user}`);
    ledger.deliveries.push({ message, atMs: Date.now() });
    const got = ledger.got.get(app) ?? new Set<string>();
    ledger.got.set(app, got);
    if (message.ttlSeconds >= 60) got.add(message.name);
  }

  get deliveredTotal(): number {
    return [...this.#devices.values()].reduce((sum, { deliveries }) => sum + deliveries.length, 0);
  }

  /** Accepted, not expired, and not handled on each device of its user. */
  get undelivered(): string[] {
    const nowMs = Date.now();
    const open: string[] = [];
    for (const [device, { user, deliveries }] of this.#devices) {
      const got = new Set(deliveries.map(({ message }) => message.name));
      for (const { message, atMs } of this.accepted.values()) {
        if (message.user !== user || got.has(message.name) || nowMs > atMs + message.ttlSeconds * 1000) continue;
        open.push(`${message.name} on ${device}`);
      }
    }
    return open;
  }

  /** What went wrong in delivery: late, twice, out of order; with what `deliver` found. */
  check(): string[] {
    const faults = [...this.faults];
    for (const [device, { deliveries }] of this.#devices) {
      const seen = new Set<string>();
      const last = new Map<string, number>();
      for (const { message, atMs } of deliveries) {
        const { name, named, ordered, publisher, user, sequence, ttlSeconds } = message;
        const acceptedAtMs = this.accepted.get(name)?.atMs;
        if (acceptedAtMs !== undefined && atMs > acceptedAtMs + ttlSeconds * 1000 + slackMs) {
          faults.push(`${name} came to ${device} ${atMs - acceptedAtMs} ms after its PUBACK, with a TTL of ${ttlSeconds} s`);
        }
        // A message without an id whose PUBACK the crash took is sent again: a second one to the gateway.
        if (seen.has(name) && named) faults.push(`${name} came to ${device} twice`);
        const order = `${publisher} ${user}`;
        if (ordered && !seen.has(name) && sequence < (last.get(order) ?? 0)) {
          faults.push(`${name} came to ${device} after number ${last.get(order)} of its publisher`);
        }
        last.set(order, Math.max(sequence, last.get(order) ?? 0));
        seen.add(name);
      }
    }
    return faults;
  }

  #ledgerOf(device: string): DeviceLedger {
    const ledger = this.#devices.get(device);
    if (ledger === undefined) throw new Error(`there is no device ${device}`);
    return ledger;
  }
}
