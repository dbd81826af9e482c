// A gateway in a test: virtual time, a store, devices and app servers whose connections keep the doors' contract.

import type { CloseReason, DownFrame, Heartbeat, NotificationItem, UpFrame } from '../../src/core/frames.js';
import type { AppId, DeviceId, NotificationId, SubscriptionId, Uid } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import type {
  AppConnection,
  AppLink,
  DeviceConnection,
  DeviceLink,
  PublishRequest,
  PublishResult,
} from '../../src/gateway/doors.js';
import { createGateway } from '../../src/gateway/gateway.js';
import type { GatewayOptions, RunningGateway } from '../../src/gateway/gateway.js';
import type { Outcome } from '../../src/gateway/outcome.js';
import { noLog } from '../../src/ports/log.js';
import type { CounterName, Metrics } from '../../src/ports/metrics.js';
import type { Store } from '../../src/ports/store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { decodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';
import { seededBytes } from './seeded.js';
import { VirtualTime, settled } from './virtual-time.js';

export interface WorldOptions {
  readonly seed?: number;
  /** A memory store if absent. */
  readonly store?: Store;
  readonly gateway?: Partial<GatewayOptions>;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const time = new VirtualTime();
  const store = options.store ?? createMemoryStore();
  const counts = new Map<string, number>();
  const metrics: Metrics = {
    count: (name, amount = 1, reason) => {
      const key = reason === undefined ? name : `${name} ${reason}`;
      counts.set(key, (counts.get(key) ?? 0) + amount);
    },
    set: () => undefined,
    observe: () => undefined,
  };
  const gateway = await createGateway({
    store,
    clock: time,
    log: noLog,
    metrics,
    randomBytes: seededBytes(options.seed ?? 1),
    every: time.every,
    ...options.gateway,
  });
  return new World({ time, store, gateway, counts });
}

export class World {
  readonly time: VirtualTime;
  readonly store: Store;
  readonly gateway: RunningGateway;
  readonly #counts: ReadonlyMap<string, number>;

  constructor(options: {
    readonly time: VirtualTime;
    readonly store: Store;
    readonly gateway: RunningGateway;
    readonly counts: ReadonlyMap<string, number>;
  }) {
    this.time = options.time;
    this.store = options.store;
    this.gateway = options.gateway;
    this.#counts = options.counts;
  }

  /** Lets everything that waits for the store, and for nothing else, come to its end. */
  async settle(): Promise<void> {
    for (let round = 0; round < 4; round += 1) {
      await settled(2);
      // Writes are done in order: once this one is, all that were asked for before are.
      await this.store.counts().catch(() => undefined);
      await this.store.probe().catch(() => undefined);
    }
    await settled(2);
  }

  /** Goes on in time by whole steps, and lets everything come to its end. */
  async advance(byMs: number): Promise<void> {
    await this.settle();
    await this.time.advance(byMs);
    await this.settle();
  }

  /** Goes on in one step, as a machine does that was asleep, and lets everything come to its end. */
  async leap(byMs: number): Promise<void> {
    await this.settle();
    await this.time.leap(byMs);
    await this.settle();
  }

  /** Goes on until what has expired by now is removed. */
  async sweep(): Promise<void> {
    await this.advance(limits.sweepLagMs);
    for (let round = 0; round < 3; round += 1) await this.advance(limits.sweepMs);
  }

  count(name: CounterName, reason?: string): number {
    return this.#counts.get(reason === undefined ? name : `${name} ${reason}`) ?? 0;
  }

  async user(name: string): Promise<string> {
    return must(await this.gateway.registry.addUser({ name })).id;
  }

  async device(user: string): Promise<{ readonly id: DeviceId; readonly token: string }> {
    return must(await this.gateway.registry.addDevice({ user }));
  }

  async app(name: string): Promise<{ readonly id: AppId; readonly secret: string }> {
    return must(await this.gateway.registry.addApp({ name }));
  }

  async grant(user: string, app: string, scopes: readonly string[] = ['notify', 'presence']): Promise<Uid> {
    return must(await this.gateway.registry.addGrant({ user, app, scopes })).uid;
  }

  async revoke(uid: Uid): Promise<void> {
    must(await this.gateway.registry.removeGrant(uid));
  }

  /** A connection of the device; it is not attached when `attached` is undefined afterwards. */
  async connect(device: DeviceId): Promise<FakeDevice> {
    const connection = new FakeDevice(device);
    connection.link = await this.gateway.attachDevice(device, connection);
    await this.settle();
    return connection;
  }

  connectApp(app: AppId, subscriptions: readonly string[] = ['upstream/', 'receipt/', 'error/']): FakeApp {
    const connection = new FakeApp(subscriptions);
    connection.link = this.gateway.attachApp(app, connection);
    return connection;
  }

  publish(app: AppId, to: Uid | SubscriptionId, text: string, more: Partial<PublishRequest> = {}): Promise<PublishResult> {
    return this.gateway.publish({
      app,
      to: to.startsWith('uid_') ? { uid: to as Uid } : { subscription: to as SubscriptionId },
      data: Buffer.from(text),
      urgency: 'normal',
      ttlSeconds: 3_600,
      topic: '',
      reference: '',
      receipt: false,
      ...more,
    });
  }
}

/** A user with a device that has one app, granted: what most tests begin with. */
export interface Pair {
  readonly app: AppId;
  readonly uid: Uid;
  readonly device: DeviceId;
  readonly phone: FakeDevice;
  readonly alias: number;
  readonly subscription: SubscriptionId;
}

export async function pairOf(world: World, scopes?: readonly string[]): Promise<Pair> {
  await world.user('anna');
  const { id: device } = await world.device('anna');
  const { id: app } = await world.app('chat');
  const uid = await world.grant('anna', 'chat', scopes);
  const phone = await world.connect(device);
  const { alias, subscription } = await phone.register('chat');
  return { app, uid, device, phone, alias, subscription };
}

export interface Registered {
  readonly alias: number;
  readonly subscription: SubscriptionId;
  readonly endpoint: string | undefined;
}

export const beat: Heartbeat = { presence: 'online', power: 'battery', network: 'wifi', promiseSeconds: 300 };

export class FakeDevice implements DeviceConnection {
  readonly address = '192.0.2.1:4711';
  link: DeviceLink | undefined;
  readonly frames: DownFrame[] = [];
  /** Acknowledges what comes, when its turn comes. */
  acknowledges = false;
  /** Its send buffer is full. */
  blocked = false;
  /** Says nothing when it is asked to close, as a dead peer does. */
  hangs = false;
  closing = false;
  readonly device: DeviceId;
  #closed = false;
  #requests = 0;

  constructor(device: DeviceId) {
    this.device = device;
  }

  send(bytes: Uint8Array, carries: readonly NotificationId[]): boolean {
    if (this.closing) throw new Error('a frame was sent after the link was closed');
    const decoded = decodeDownFrame(bytes);
    if (!decoded.ok) throw new Error(decoded.error.message);
    const { frame } = decoded;
    this.frames.push(frame);
    const ids = (frame.notifications ?? []).map(({ id }) => id);
    if (JSON.stringify(ids) !== JSON.stringify(carries)) throw new Error('carries must name what is in the frame');
    if (this.acknowledges && ids.length > 0) queueMicrotask(() => void this.up({ acks: ids }));
    return !this.blocked;
  }

  close(): void {
    if (this.closing) return;
    this.closing = true;
    if (!this.hangs) setImmediate(() => this.drop());
  }

  /** The connection ends, as the door learns of it. */
  drop(how: 'goodbye' | 'lost' = 'lost'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.closing = true;
    this.link?.closed(how);
  }

  /** Sends a frame; resolves to whether it was taken, as soon as it is answered or refused. */
  async up(frame: UpFrame): Promise<boolean> {
    return this.bytes(encodeUpFrame(frame));
  }

  async bytes(bytes: Uint8Array): Promise<boolean> {
    if (this.#closed || this.link === undefined) return false;
    return new Promise((resolve) => {
      const copy = Uint8Array.from(bytes);
      const taken = this.link?.receive(copy, () => resolve(true)) ?? false;
      copy.fill(0xff);
      if (!taken) resolve(false);
    });
  }

  async register(app: string, applicationServerKey?: Uint8Array): Promise<Registered> {
    this.#requests += 1;
    const request = this.#requests;
    await this.up({ registrations: [{ request, app, ...(applicationServerKey && { applicationServerKey }) }] });
    const confirmation = this.frames.flatMap((frame) => frame.confirmations ?? []).find((one) => one.request === request);
    if (confirmation === undefined) throw new Error(`registration of ${app} was not confirmed`);
    const { alias, subscription, endpoint } = confirmation;
    return { alias, subscription: subscription as SubscriptionId, endpoint };
  }

  get notifications(): readonly NotificationItem[] {
    return this.frames.flatMap((frame) => frame.notifications ?? []);
  }

  get texts(): readonly string[] {
    return this.notifications.map((item) => (item.missed > 0 ? `(${item.missed} missed)` : textOf(item.data)));
  }

  get closeReason(): CloseReason | undefined {
    return this.frames.at(-1)?.close?.reason;
  }
}

export interface AppItem {
  readonly topic: string;
  readonly text: string;
  readonly token: number;
}

export class FakeApp implements AppConnection {
  readonly address = '192.0.2.2:4712';
  link: AppLink | undefined;
  readonly items: AppItem[] = [];
  acknowledges = true;
  closing = false;
  subscriptions: readonly string[];
  #closed = false;

  constructor(subscriptions: readonly string[]) {
    this.subscriptions = subscriptions;
  }

  send(topic: string, payload: Uint8Array, token: number): boolean {
    if (this.#closed) throw new Error('an item was sent on a connection that is gone');
    if (!this.subscriptions.some((prefix) => topic.startsWith(prefix))) return false;
    this.items.push({ topic, text: textOf(payload), token });
    if (this.acknowledges) setImmediate(() => this.acknowledge(token));
    return true;
  }

  acknowledge(token: number): void {
    if (!this.#closed) this.link?.delivered(token);
  }

  subscribe(prefix: string): void {
    this.subscriptions = [...this.subscriptions, prefix];
    this.link?.subscribed([`${prefix}+`]);
  }

  close(): void {
    if (this.closing) return;
    this.closing = true;
    setImmediate(() => this.drop());
  }

  drop(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.closing = true;
    this.link?.closed();
  }

  get texts(): readonly string[] {
    return this.items.map((item) => item.text);
  }

  get topics(): readonly string[] {
    return this.items.map((item) => item.topic);
  }
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

export function must<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
  return outcome.value;
}
