// Publishes, revokes, cancels, takeovers, registrations and messages, thousands of them at once, against a log of what was written
// where. What must never be there is looked for in the log.

import t from 'tap';
import type { Test } from 'tap';

import type { AppId, DeviceId, NotificationId, Uid } from '../../src/core/ids.js';
import { createPrng } from '../../src/core/prng.js';
import type { Prng } from '../../src/core/prng.js';
import type { Store } from '../../src/ports/store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { decodeDownFrame } from '../../src/wire/link-codec.js';
import { levelAdapter } from '../store/adapters.js';
import { seedOfRun } from './seeded.js';
import { slowStore } from './slow-store.js';
import { FakeApp, FakeDevice, beat, createWorld, textOf } from './world.js';
import type { World } from './world.js';
import { settled } from './virtual-time.js';

/** One line of what went over a wire, or of an answer that an operator or sender got. */
type Line =
  | { readonly type: 'to-device'; readonly device: DeviceId; readonly link: number; readonly id: NotificationId; readonly text: string }
  | { readonly type: 'to-app'; readonly app: AppId; readonly topic: string; readonly text: string }
  | { readonly type: 'revoked'; readonly uid: Uid }
  | { readonly type: 'cancelled'; readonly text: string }
  | { readonly type: 'handled'; readonly device: DeviceId; readonly id: NotificationId; readonly text: string }
  | { readonly type: 'refused'; readonly text: string };

interface Published {
  readonly uid: Uid;
  readonly user: string;
  readonly text: string;
  readonly urgency: string;
}

class LoggedDevice extends FakeDevice {
  readonly number: number;
  readonly #log: Line[];

  constructor(device: DeviceId, number: number, log: Line[]) {
    super(device);
    this.number = number;
    this.#log = log;
  }

  override send(bytes: Uint8Array, carries: readonly NotificationId[]): boolean {
    const decoded = decodeDownFrame(bytes);
    if (!decoded.ok) throw new Error(decoded.error.message);
    for (const { id, data } of decoded.frame.notifications ?? []) {
      this.#log.push({ type: 'to-device', device: this.device, link: this.number, id, text: textOf(data) });
    }
    return super.send(bytes, carries);
  }
}

class LoggedApp extends FakeApp {
  readonly #app: AppId;
  readonly #log: Line[];

  constructor(app: AppId, log: Line[]) {
    super(['upstream/', 'receipt/', 'error/']);
    this.#app = app;
    this.#log = log;
  }

  override send(topic: string, payload: Uint8Array, token: number): boolean {
    const sent = super.send(topic, payload, token);
    if (sent) this.#log.push({ type: 'to-app', app: this.#app, topic, text: textOf(payload) });
    return sent;
  }
}

class Run {
  readonly log: Line[] = [];
  readonly published: Published[] = [];
  readonly upstream: { readonly uid: Uid; readonly text: string }[] = [];
  readonly revoking = new Set<Uid>();
  readonly revoked = new Set<Uid>();
  readonly cancelled = new Set<string>();
  readonly handling = new Set<string>();
  readonly faults: string[] = [];
  readonly world: World;
  readonly random: Prng;
  readonly apps: AppId[] = [];
  readonly devices = new Map<DeviceId, { readonly user: string; link: LoggedDevice | undefined }>();
  readonly grants = new Map<string, Uid>();
  readonly links: LoggedDevice[] = [];
  #count = 0;

  constructor(world: World, random: Prng) {
    this.world = world;
    this.random = random;
  }

  async setUp(): Promise<void> {
    for (const name of ['chat', 'news']) this.apps.push((await this.world.app(name)).id);
    for (const user of ['anna', 'bob']) {
      await this.world.user(user);
      for (const app of ['chat', 'news']) await this.regrant(user, app);
      for (let count = 0; count < 2; count += 1) {
        this.devices.set((await this.world.device(user)).id, { user, link: undefined });
      }
    }
    for (const device of this.devices.keys()) {
      await this.connect(device);
      await this.devices.get(device)?.link?.register('chat');
      await this.devices.get(device)?.link?.register(this.apps[1]!);
    }
  }

  pick<Item>(items: Iterable<Item>): Item {
    const all = [...items];
    return all[Math.floor(this.random.next() * all.length)]!;
  }

  /** The user and app of a grant, and its uid. */
  someGrant(): { readonly user: string; readonly app: AppId; readonly name: string; readonly uid: Uid } {
    const [key, uid] = this.pick(this.grants);
    const [user, name] = key.split('/') as [string, string];
    return { user, name, uid, app: this.apps[name === 'chat' ? 0 : 1]! };
  }

  async step(): Promise<void> {
    const kind = this.random.next();
    if (kind < 0.5) await this.publish();
    else if (kind < 0.62) await this.connect(this.pick(this.devices.keys()));
    else if (kind < 0.68) this.pick(this.devices.values()).link?.drop(this.random.next() < 0.5 ? 'lost' : 'goodbye');
    else if (kind < 0.78) await this.send();
    else if (kind < 0.84) await this.revoke();
    else if (kind < 0.88) await this.cancel();
    else if (kind < 0.92) await this.handle();
    else if (kind < 0.935) this.dropApp();
    else if (kind < 0.96) await this.pick(this.devices.values()).link?.up({ heartbeat: beat });
    else await settled(1);
  }

  async publish(): Promise<void> {
    const { user, app, uid } = this.someGrant();
    const goneBefore = this.revoked.has(uid);
    this.#count += 1;
    const text = `${uid} ${this.#count}`;
    const urgency = this.pick(['low', 'normal', 'normal', 'high'] as const);
    const named = this.random.next() < 0.4;
    const answer = await this.world.publish(app, uid, text, {
      urgency,
      ...(named ? { reference: text.replace(' ', '~'), receipt: this.random.next() < 0.5 } : {}),
    });
    if (answer.ok) this.published.push({ uid, user, text, urgency });
    else this.log.push({ type: 'refused', text });
    if (answer.ok && goneBefore) this.faults.push(`${text} was accepted after the revoke was answered`);
    if (!answer.ok && answer.error.code !== 'revoked') this.faults.push(`${text}: ${answer.error.code}`);
  }

  async connect(device: DeviceId): Promise<void> {
    const place = this.devices.get(device)!;
    const link = new LoggedDevice(device, this.links.length, this.log);
    this.links.push(link);
    link.acknowledges = this.random.next() < 0.7;
    link.link = await this.world.gateway.attachDevice(device, link);
    if (link.link === undefined) return;
    place.link = link;
    await link.up({ heartbeat: beat });
  }

  async send(): Promise<void> {
    const device = this.pick(this.devices.keys());
    const { user, link } = this.devices.get(device)!;
    const name = this.pick(['chat', 'news']);
    const uid = this.grants.get(`${user}/${name}`)!;
    this.#count += 1;
    const id = this.#count;
    const text = `up ${uid} ${id}`;
    const subscriptions = await this.world.store.subscriptionsOfDevice(device);
    const alias = subscriptions.find((one) => (name === 'chat' ? one.app === name : one.app !== 'chat'))?.alias;
    if (link === undefined || alias === undefined) return;
    const answered = await Promise.race([
      link.up({ messages: [{ id, alias, data: Buffer.from(text) }] }),
      settled(200).then(() => false),
    ]);
    const rejected = link.frames.some((frame) => frame.rejections?.some((rejection) => rejection.message === id));
    if (answered && !rejected && !link.closing) this.upstream.push({ uid, text });
  }

  async revoke(): Promise<void> {
    const { user, name, uid } = this.someGrant();
    if (this.revoking.has(uid)) return;
    // Publishes to it go on meanwhile.
    this.revoking.add(uid);
    await this.world.gateway.registry.removeGrant(uid);
    this.revoked.add(uid);
    this.log.push({ type: 'revoked', uid });
    await this.regrant(user, name);
  }

  /** The user of some device handles one that it shows: presence M5. */
  async handle(): Promise<void> {
    const [device, { link }] = this.pick(this.devices);
    const item = link === undefined ? undefined : this.pick(link.notifications);
    if (link === undefined || item === undefined) return;
    // Also before it is answered it may take effect.
    const text = textOf(item.data);
    this.handling.add(text);
    const up = link.up({ handled: [{ alias: item.alias, ids: [item.id] }] });
    const answered = await Promise.race([up, settled(200).then(() => false)]);
    if (answered && !link.closing) this.log.push({ type: 'handled', device, id: item.id, text });
  }

  async regrant(user: string, name: string): Promise<void> {
    this.grants.set(`${user}/${name}`, await this.world.grant(user, name));
  }

  async cancel(): Promise<void> {
    const { uid, text } = this.published.at(-1) ?? {};
    if (uid === undefined || text === undefined) return;
    const grant = await this.world.store.grant(uid);
    const answer = await this.world.gateway.cancel(grant!.app, text.replace(' ', '~'));
    if (!answer.ok) return;
    this.cancelled.add(text);
    this.log.push({ type: 'cancelled', text });
  }

  readonly servers = new Map<AppId, LoggedApp>();

  dropApp(app = this.pick(this.apps)): void {
    this.servers.get(app)?.drop();
    const server = new LoggedApp(app, this.log);
    server.link = this.world.gateway.attachApp(app, server);
    this.servers.set(app, server);
  }

  /** Ids that a user of the device's own may have handled. */
  handledIds(device: DeviceId): ReadonlySet<NotificationId> {
    const user = this.devices.get(device)?.user;
    const own = this.links.filter((link) => this.devices.get(link.device)?.user === user);
    return new Set(own.flatMap((link) => link.notifications.filter(({ data }) => this.handling.has(textOf(data))).map(({ id }) => id)));
  }

  /** Everybody is there and acknowledges until nothing is left. */
  async finish(): Promise<void> {
    for (const app of this.apps) if (this.servers.get(app) === undefined || this.servers.get(app)?.closing === true) this.dropApp(app);
    for (const [device, place] of this.devices) {
      await this.connect(device);
      if (place.link !== undefined) place.link.acknowledges = true;
      await this.world.settle();
      const acks = place.link?.notifications.map(({ id }) => id) ?? [];
      await place.link?.up({ heartbeat: beat, ...(acks.length > 0 ? { acks } : {}) });
    }
    for (let round = 0; round < 30; round += 1) {
      await this.world.settle();
      const waiting = await Promise.all([...this.devices.keys()].map(async (device) => this.world.store.waiting(device, 0, 1)));
      if (waiting.flat().length === 0) return;
      for (const { link } of this.devices.values()) await link?.up({ heartbeat: beat });
    }
    this.faults.push('something is left that was never acknowledged');
  }
}

function check(run: Run): readonly string[] {
  const faults = [...run.faults];
  const gone = new Set<string>();
  const taken = new Set<string>();
  const handled = new Map<string, Extract<Line, { readonly type: 'handled' }>>();
  const refused = new Set(run.log.flatMap((line) => (line.type === 'refused' ? [line.text] : [])));
  const seen = new Map<string, Set<string>>();
  const highest = new Map<string, NotificationId>();
  for (const line of run.log) {
    if (line.type === 'revoked') gone.add(line.uid);
    if (line.type === 'cancelled') taken.add(line.text);
    if (line.type === 'handled' && !handled.has(line.text)) handled.set(line.text, line);
    if (line.type === 'to-device') {
      const [uid] = line.text.split(' ');
      if (gone.has(uid!)) faults.push(`${line.text} went to a device after its revoke was answered`);
      if (taken.has(line.text)) faults.push(`${line.text} went to a device after its cancel was answered`);
      const by = handled.get(line.text)?.device;
      if (by !== undefined && by !== line.device) faults.push(`${line.text} went to a device after it was handled on another`);
      if (refused.has(line.text)) faults.push(`${line.text} was delivered, though it was refused`);
      const got = seen.get(line.device) ?? new Set();
      seen.set(line.device, got.add(line.text));
      const place = `${line.link} ${uid}`;
      const before = highest.get(place) ?? 0;
      if (line.id <= before) faults.push(`link ${line.link}: ${line.text} came out of order`);
      highest.set(place, Math.max(before, line.id));
    }
    if (line.type === 'to-app') {
      // Upstream topics and the references of receipts name the grant.
      const uid = /uid_[0-9a-z]+/.exec(line.topic)?.[0];
      if (uid !== undefined && gone.has(uid)) faults.push(`${line.topic} went to an app after its revoke was answered`);
    }
  }
  for (const { uid, user, text } of run.published) {
    if (run.revoked.has(uid) || run.cancelled.has(text)) continue;
    for (const [device, place] of run.devices) {
      const got = seen.get(device)?.has(text) ?? false;
      if (!got && place.user === user && run.handling.has(text)) continue;
      if (got !== (place.user === user)) faults.push(`${text} for ${user} ${got ? 'came to' : 'did not come to'} a device of ${place.user}`);
    }
  }
  for (const { device: by, id, text } of handled.values()) {
    if (run.revoked.has(text.split(' ')[0] as Uid)) continue;
    for (const [device] of run.devices) {
      const told = run.links.some((link) => link.device === device && link.frames.some(({ clears }) => clears?.some(({ ids }) => ids.includes(id))));
      if (device !== by && seen.get(device)?.has(text) && !told) faults.push(`${device} was not told that ${text} was handled`);
      if (told && run.devices.get(device)?.user !== run.devices.get(by)?.user && !run.handledIds(device).has(id)) {
        faults.push(`${device} was told of ${text}, which another user handled`);
      }
    }
  }
  for (const { uid, text } of run.upstream) {
    if (run.revoked.has(uid)) continue;
    if (!run.log.some((line) => line.type === 'to-app' && line.text === text)) faults.push(`${text} did not reach the app`);
  }
  return faults;
}

const seed = seedOfRun();

interface Trial {
  readonly name: string;
  readonly runs: number;
  readonly open: (t: Test, random: Prng) => Promise<Store>;
}

const trials: readonly Trial[] = [
  {
    name: 'over a store that takes its time',
    runs: Number(process.env['LOWBEAT_RUNS'] ?? 10),
    open: (_t, random) => Promise.resolve(slowStore(createMemoryStore(), random)),
  },
  { name: 'over level', runs: 3, open: async (t) => (await levelAdapter.open(t)).store },
];

for (const { name, runs, open } of trials) {
  await t.test(`what was promised holds in whatever order things come, ${name}`, async (t) => {
    t.comment(`LOWBEAT_SEED=${seed} LOWBEAT_RUNS=${runs}`);
    let lines = 0;
    let revokes = 0;
    let handled = 0;
    for (let index = 0; index < runs; index += 1) {
      const random = createPrng(seed + index);
      const world = await createWorld({ seed: seed + index, store: await open(t, random) });
      const run = new Run(world, random);
      await run.setUp();
      const steps = Array.from({ length: 8 }, async () => {
        for (let step = 0; step < 40; step += 1) await run.step();
      });
      await Promise.all(steps);
      await run.finish();
      await world.gateway.stop();
      const faults = check(run);
      t.same(faults.slice(0, 5), [], `seed ${seed + index}`);
      lines += run.log.length;
      revokes += run.revoked.size;
      handled += run.handling.size;
      if (faults.length > 0) break;
    }
    t.comment(`${lines} lines were looked at, ${revokes} revokes and ${handled} notifications handled among them`);
    t.ok(lines > runs * 100 && revokes > runs * 5 && handled > 0, 'enough happened to say something');
  });
}
