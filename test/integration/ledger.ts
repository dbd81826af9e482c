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
  /** By app: how many the gateway said it dropped. */
  readonly missed: Map<string, number>;
}

/** A bound for what lies between the gateway's decision and the handler on this busy machine. */
const slackMs = 1_500;

export class Ledger {
  /** When PUBACK came, by the message's name. */
  readonly accepted = new Map<string, { readonly message: Message; readonly atMs: number }>();
  readonly receipts = new Set<string>();
  readonly faults: string[] = [];
  readonly #devices = new Map<string, DeviceLedger>();

  addDevice(device: string, user: string): void {
    this.#devices.set(device, { user, deliveries: [], missed: new Map() });
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
  }

  missed(device: string, app: string, count: number): void {
    const { missed } = this.#ledgerOf(device);
    missed.set(app, (missed.get(app) ?? 0) + count);
  }

  get missedTotal(): number {
    return [...this.#devices.values()].flatMap(({ missed }) => [...missed.values()]).reduce((a, b) => a + b, 0);
  }

  get deliveredTotal(): number {
    return [...this.#devices.values()].reduce((sum, { deliveries }) => sum + deliveries.length, 0);
  }

  /** Accepted, not expired, and not handled on each device of its user. */
  get undelivered(): string[] {
    const nowMs = Date.now();
    const open: string[] = [];
    for (const [device, { user, deliveries, missed }] of this.#devices) {
      const got = new Set(deliveries.map(({ message }) => message.name));
      const lacking = [...this.accepted.values()].filter(({ message, atMs }) => {
        return message.user === user && !got.has(message.name) && nowMs < atMs + message.ttlSeconds * 1000;
      });
      const dropped = new Map(missed);
      for (const { message } of lacking) {
        const left = dropped.get(message.app) ?? 0;
        dropped.set(message.app, left - 1);
        if (left <= 0) open.push(`${message.name} on ${device}`);
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
