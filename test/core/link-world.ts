import type { DeviceAgentState } from '../../src/core/device-agent/actions.js';
import { urgencies, type Urgency } from '../../src/core/frames.js';
import type { HeartbeatController, HeartbeatEvent, HeartbeatPlan } from '../../src/core/heartbeat/controller.js';
import { FixedIntervalController } from '../../src/core/heartbeat/fixed-interval.js';
import { limits } from '../../src/core/limits.js';
import { createPrng, type Prng } from '../../src/core/prng.js';
import { DeviceModel, type Delivery } from './device-model.js';
import { GatewayModel, type StoredNotification } from './gateway-model.js';
import { EventLoop, Path } from './virtual-network.js';

const apps = ['mail', 'chat', 'calls', 'forbidden'] as const;

/** What became of one notification. */
interface Fate {
  readonly record: StoredNotification;
  readonly number: number;
  calls: number;
  /** Its handler succeeded, and the device has not lost that since. */
  succeeded: boolean;
  succeededEver: boolean;
  kept: boolean;
  keptEver: boolean;
  abandoned: boolean;
  gone: 'acknowledged' | 'expired' | 'withdrawn' | 'not stored' | undefined;
  /**
   * Older ones of its app that the device did not admit when it was sent: they may come behind it.
   */
  readonly notAdmitted: Set<number>;
}

interface MessageFate {
  readonly app: string;
  readonly content: string;
  kept: boolean;
  outcome: 'sent' | 'failed' | undefined;
  arrived: boolean;
  /** Once at least: it may arrive behind later ones. */
  refused: boolean;
}

export class Violation extends Error {}

/**
 * One device, one gateway, what lies between, and what must hold whatever happens to them. The same
 * seed gives the same run.
 */
export class LinkWorld {
  readonly loop = new EventLoop();
  readonly random: Prng;
  readonly path: Path;
  readonly gateway: GatewayModel;
  readonly device: DeviceModel;
  readonly trace: string[] = [];
  readonly counts = new Map<string, number>();
  readonly #fates = new Map<number, Fate>();
  readonly #messages = new Map<number, MessageFate>();
  readonly #lastArrived = new Map<string, number>();
  /** Content of messages that the device forgot: their bytes may still be under way. */
  readonly #forgotten = new Set<string>();
  #published = 0;
  #lives = 0;

  constructor(seed: number) {
    this.random = createPrng(seed);
    const { loop, random } = this;
    this.path = new Path(loop, random);
    this.gateway = new GatewayModel(loop, random, {
      violation: (what) => this.#violation(what),
      count: (what) => this.#count(what),
      hasKeptHandled: (id) => this.#fates.get(id)?.keptEver ?? false,
      onCalled: (record) => this.#onCalled(record),
      onGone: (id, why) => this.#onGone(id, why),
      onSent: (record, notAdmitted) => this.#onSent(record.id, notAdmitted),
      onRefused: (id) => {
        const message = this.#messages.get(id);
        if (message !== undefined) message.refused = true;
      },
      onUpstream: (message, app) => this.#onUpstream(message.id, app, text(message.data)),
    });
    const intervalMs = 20_000 + Math.floor(random.next() * 280_000);
    const erratic = random.next() < 0.4;
    this.device = new DeviceModel({
      loop, random, path: this.path, apps,
      answerWaitMs: 10_000 + Math.floor(random.next() * 20_000),
      reconnect: { baseMs: 500, capMs: 60_000 },
      heartbeat: () => (erratic ? new ErraticController(random) : new FixedIntervalController({ intervalMs })),
      connect: (connection) => this.gateway.accept(connection),
      witness: {
        violation: (what) => this.#violation(what),
        onDelivered: (delivery) => this.#onDelivered(delivery),
        onSucceeded: (id) => this.#onSucceeded(id),
        count: (what) => this.#count(what),
        onAbandoned: (id) => this.#onAbandoned(id),
        onKept: (state) => this.#onKept(state),
        onDied: () => this.#onDied(),
        onMessage: (id, how) => this.#onMessage(id, how),
      },
    });
    this.gateway.holdMs = 20_000 + random.next() * 400_000;
    this.path.maxDelayMs = 50 + random.next() * 3_000;
    this.path.lossRate = random.next() < 0.5 ? 0 : random.next() * 0.3;
  }

  /** Troubles for `troubleMs`, then peace; then everything must have come to its end. */
  run(troubleMs: number): void {
    const { random, loop, device } = this;
    device.failRate = random.next() < 0.5 ? 0 : random.next() * 0.4;
    device.hangRate = random.next() < 0.8 ? 0 : random.next() * 0.2;
    loop.after(0, () => device.start());
    const kinds = troubles.filter(() => random.next() < 0.5);
    const meanMs = 2_000 + random.next() * 40_000;
    for (let atMs = 0; atMs < troubleMs; atMs += -Math.log(1 - random.next()) * meanMs) {
      const kind = kinds[Math.floor(random.next() * kinds.length)];
      if (kind !== undefined && random.next() < 0.5) loop.at(atMs, () => this.#do(kind));
      else loop.at(atMs, () => this.#use());
    }
    this.#advance(troubleMs);
    this.#makePeace();
    // A device may still sleep, and its old link run out.
    this.#advance(troubleMs + 10 * minuteMs);
    this.gateway.closes.clear();
    this.#advance(troubleMs + 30 * minuteMs);
    // A controller may just be making a new connection of its own accord.
    if (!this.#linked()) this.#advance(loop.nowMs + minuteMs);
    if (!this.#linked()) this.#violation('the network is good and the link does not stand');
    const framesUp = device.framesUp;
    const { framesDown, takenOver } = this.gateway;
    this.#advance(loop.nowMs + 30 * minuteMs);
    this.#checkEnd({ framesUp: device.framesUp - framesUp, framesDown: this.gateway.framesDown - framesDown, takenOver: this.gateway.takenOver - takenOver });
  }

  // --- what happens ------------------------------------------------------------------------------

  /** Ordinary use. */
  #use(): void {
    const { random, gateway, device } = this;
    const what = random.next();
    const app = apps[Math.floor(random.next() * 3)]!;
    if (what < 0.7) {
      // Bursts fill the window.
      const count = random.next() < 0.1 ? 1 + Math.floor(random.next() * 60) : 1;
      for (let index = 0; index < count; index += 1) this.#publish(random.next() < 0.7 ? app : apps[Math.floor(random.next() * 3)]!);
    } else if (what < 0.85) {
      this.#sendMessage(app);
    } else if (what < 0.9) {
      device.input((agent, nowMs) => agent.setPresence(nowMs, random.next() < 0.5 ? 'online' : 'away'));
    } else if (what < 0.94) {
      device.input((agent, nowMs) => agent.setPower(nowMs, random.next() < 0.5 ? 'charging' : 'battery'));
    } else if (what < 0.97) {
      device.input((agent, nowMs) => agent.onRadioOn(nowMs));
    } else {
      gateway.advise(random.next() < 0.5 ? 0 : 30 + Math.floor(random.next() * 300));
    }
  }

  #do(kind: (typeof troubles)[number]): void {
    const { random, loop, gateway, device, path } = this;
    this.#note(kind);
    switch (kind) {
      case 'outage':
        path.cut();
        loop.after(random.next() * 200_000, () => path.mend());
        return;
      case 'forget':
        path.forgetFlows(random.next() < 0.5 ? 'reset' : 'nothing');
        return;
      case 'gateway-crash':
        if (!gateway.up) return;
        gateway.crash(random.next() < 0.7 ? 'reset' : 'vanished');
        loop.after(random.next() * 60_000, () => gateway.restart());
        return;
      case 'gateway-stop':
        if (!gateway.up) return;
        gateway.stop(Math.floor(random.next() * 30));
        loop.after(random.next() * 20_000, () => gateway.restart());
        return;
      case 'device-crash':
        if (!device.up) return;
        device.crash(random.next() < 0.5 ? 'reset' : 'vanished', false);
        loop.after(random.next() * 60_000, () => device.restart());
        return;
      case 'device-wiped':
        if (!device.up || random.next() < 0.7) return;
        device.crash('reset', true);
        for (const fate of this.#fates.values()) {
          fate.succeeded = false;
          fate.kept = false;
        }
        for (const { content } of this.#messages.values()) this.#forgotten.add(content);
        this.#messages.clear();
        this.#lastArrived.clear();
        loop.after(random.next() * 60_000, () => device.restart());
        return;
      case 'sleep':
        device.sleep(random.next() * 300_000);
        return;
      case 'clock':
        if (random.next() < 0.5) gateway.jumpClock(random.next() * 120_000);
        else device.jumpClock(random.next() * 120_000);
        return;
      case 'network':
        this.#changeNetwork();
        return;
      case 'unreachable':
        device.input((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: 'none', kind: 'unknown', reachable: false }));
        loop.after(random.next() * 100_000, () => this.#changeNetwork());
        return;
      case 'minimum': {
        const urgency = urgencies[Math.floor(random.next() * urgencies.length)]!;
        device.input((agent, nowMs) => agent.setMinimumUrgency(nowMs, urgency));
        return;
      }
      case 'cancel': {
        const waiting = [...gateway.kept.waiting.keys()];
        const id = waiting[Math.floor(random.next() * waiting.length)];
        if (id !== undefined) gateway.cancel(id);
        return;
      }
      case 'store-down':
        gateway.storeUp = false;
        loop.after(random.next() * 60_000, () => (gateway.storeUp = true));
        return;
      case 'absent-app':
        if (!device.up) return;
        device.apps.delete('chat');
        device.crash('reset', false);
        loop.after(random.next() * 10_000, () => device.restart());
        loop.after(random.next() * 900_000, () => {
          device.apps.add('chat');
          device.input((agent, nowMs) => agent.register(nowMs, 'chat'));
        });
        return;
      case 'remove-app': {
        device.apps.delete('mail');
        device.input((agent, nowMs) => agent.remove(nowMs, 'mail'));
        loop.after(random.next() * 60_000, () => {
          device.apps.add('mail');
          device.input((agent, nowMs) => agent.register(nowMs, 'mail'));
        });
      }
    }
  }

  #changeNetwork(): void {
    const { random, device } = this;
    const key = `network-${Math.floor(random.next() * 1e6)}`;
    device.input((agent, nowMs) =>
      agent.onNetworkChanged(nowMs, { key, kind: random.next() < 0.5 ? 'wifi' : 'cellular', reachable: true, sharedKey: Uint8Array.of(1, 2, 3) }),
    );
  }

  #publish(app: string): void {
    const { random } = this;
    this.#published += 1;
    const bytes = random.next() < 0.05 ? limits.payloadBytes : 4 + Math.floor(random.next() * 60);
    const data = new Uint8Array(bytes);
    new DataView(data.buffer).setUint32(0, this.#published);
    const ttlMs = random.next() < 0.2 ? random.next() * 60_000 : 600_000 + random.next() * 10_000_000;
    const urgency = urgencies[Math.floor(random.next() * urgencies.length)] satisfies Urgency | undefined;
    this.gateway.publish(app, urgency!, ttlMs, data);
  }

  #sendMessage(app: string): void {
    const lives = this.#lives;
    this.device.input((agent, nowMs) => {
      const content = `${app} ${this.random.next()}`;
      const result = agent.sendMessage(nowMs, app, Uint8Array.from(content, (character) => character.charCodeAt(0)));
      if (!result.ok || lives !== this.#lives) return;
      if (this.#messages.get(result.id)?.kept === true) this.#violation(`message id ${result.id} was used twice`);
      this.#messages.set(result.id, { app, content, kept: false, outcome: undefined, arrived: false, refused: false });
    });
  }

  #makePeace(): void {
    const { gateway, device, path } = this;
    this.#note('peace');
    path.mend();
    path.lossRate = 0;
    path.maxDelayMs = 300;
    if (!gateway.up) gateway.restart();
    gateway.storeUp = true;
    device.failRate = 0;
    device.hangRate = 0;
    for (const app of apps) device.apps.add(app);
    if (!device.up) device.restart();
    device.input((agent, nowMs) => {
      for (const app of device.apps) agent.register(nowMs, app);
      agent.setMinimumUrgency(nowMs, 'very-low');
    });
    this.#changeNetwork();
  }

  #advance(untilMs: number): void {
    const beforeEvents = this.loop.events;
    const beforeMs = this.loop.nowMs;
    const beforeAttempts = this.device.attempts;
    this.loop.run(untilMs, () => {
      this.#checkPresence();
      // A crowd of 60 notifications takes a few hundred events.
      if (this.loop.events - beforeEvents > 50_000) this.#violation('livelock: events without end');
    });
    const seconds = (this.loop.nowMs - beforeMs) / 1000;
    if (this.device.attempts - beforeAttempts > 20 + seconds / 2) this.#violation(`${this.device.attempts - beforeAttempts} connection attempts in ${seconds} s`);
  }

  #linked(): boolean {
    return this.gateway.linked && this.device.agent.status().state === 'linked';
  }

  // --- what must hold ----------------------------------------------------------------------------

  #checkPresence(): void {
    const { gateway } = this;
    if (gateway.presence === 'offline' || !gateway.up) return;
    const silentMs = gateway.nowMs() - gateway.lifeAtMs;
    if (silentMs > gateway.promiseMs + limits.graceMs) {
      this.#violation(`shown ${gateway.presence} after ${silentMs} ms of silence, promised ${gateway.promiseMs}`);
    }
  }

  #onCalled(record: StoredNotification): void {
    this.#fates.set(record.id, {
      record, number: new DataView(record.data.buffer).getUint32(0), calls: 0, succeeded: false, succeededEver: false,
      kept: false, keptEver: false, abandoned: false, gone: undefined, notAdmitted: new Set(),
    });
  }

  #onGone(id: number, why: 'acknowledged' | 'expired' | 'withdrawn' | 'not stored'): void {
    this.#fates.get(id)!.gone = why;
    this.#count(why);
  }

  #onAbandoned(id: number): void {
    this.#fates.get(id)!.abandoned = true;
    this.#count('abandoned');
  }

  #onSent(id: number, notAdmitted: ReadonlySet<number>): void {
    const fate = this.#fates.get(id)!;
    for (const older of notAdmitted) fate.notAdmitted.add(older);
  }

  #onDelivered({ app, id, data, encrypted }: Delivery): void {
    const fate = this.#fates.get(id);
    if (fate === undefined) throw new Violation(`notification ${id} was never accepted`);
    if (fate.record.app !== app) this.#violation(`notification ${id} of ${fate.record.app} was handed to ${app}`);
    if (data.length !== fate.record.data.length || new DataView(data.buffer, data.byteOffset).getUint32(0) !== fate.number) {
      this.#violation(`notification ${id} came with other bytes`);
    }
    if (encrypted !== fate.record.encrypted) this.#violation(`notification ${id} came as ${encrypted ? 'encrypted' : 'plain'}`);
    if (fate.succeeded) this.#violation(`notification ${id} was handed over again after it was handled`);
    fate.calls += 1;
    if (fate.calls > 1) this.#count('handed over again');
    if (fate.calls > 1) return;
    for (const older of this.#fates.values()) {
      const skipped = older.record.id < id && older.record.app === app && older.calls === 0 && older.gone === undefined;
      if (skipped && !fate.notAdmitted.has(older.record.id) && this.#deviceAliases(app, older.record.alias)) {
        this.#violation(`notification ${id} of ${app} was handed over before ${older.record.id}`);
      }
    }
  }

  /** An older subscription of the app is another one. */
  #deviceAliases(app: string, alias: number): boolean {
    return this.gateway.kept.subscriptions.get(app) === alias;
  }

  #onSucceeded(id: number): void {
    const fate = this.#fates.get(id)!;
    fate.succeeded = true;
    fate.succeededEver = true;
  }

  #onKept(state: DeviceAgentState): void {
    if (state.handled.length > limits.rememberedIds) this.#violation(`${state.handled.length} ids are remembered`);
    if (state.messages.length > limits.upstreamWaiting) this.#violation(`${state.messages.length} messages wait`);
    for (const id of state.handled) {
      const fate = this.#fates.get(id)!;
      if (!fate.succeededEver && !fate.abandoned) this.#violation(`notification ${id} counts as handled, and no handler succeeded`);
      fate.kept = true;
      fate.keptEver = true;
    }
    for (const { id } of state.messages) {
      const message = this.#messages.get(id);
      if (message !== undefined) message.kept = true;
    }
  }

  #onDied(): void {
    this.#lives += 1;
    for (const fate of this.#fates.values()) fate.succeeded &&= fate.kept;
    for (const [id, message] of this.#messages) {
      if (message.kept) continue;
      this.#forgotten.add(message.content);
      this.#messages.delete(id);
    }
  }

  #onMessage(id: number, how: 'sent' | 'failed'): void {
    const message = this.#messages.get(id);
    if (message === undefined) return;
    if (how === 'sent' && !message.arrived) this.#violation(`message ${id} counts as sent, and the gateway does not have it`);
    message.outcome = how;
    this.#count(`message ${how}`);
  }

  #onUpstream(id: number, app: string, content: string): void {
    const message = this.#messages.get(id);
    if (this.#forgotten.has(content)) return;
    if (message === undefined) throw new Violation(`message ${id} (${content}) was never sent`);
    if (message.content !== content || message.app !== app) this.#violation(`message ${id} arrived as ${content} for ${app}`);
    if (!message.kept) this.#violation(`message ${id} went up before it was kept`);
    const last = this.#lastArrived.get(message.app) ?? 0;
    if (!message.arrived && !message.refused && id < last && this.#inOrder()) this.#violation(`message ${id} for ${message.app} arrived after ${last}`);
    this.#lastArrived.set(message.app, Math.max(last, id));
    message.arrived = true;
  }

  /**
   * A gateway that refuses some for now, or does not know their app yet, gets them later than their
   * neighbours.
   */
  #inOrder(): boolean {
    return !this.trace.some((line) => line.endsWith('store-down') || line.endsWith('remove-app') || line.endsWith('device-wiped'));
  }

  #checkEnd({ framesUp, framesDown, takenOver }: { readonly framesUp: number; readonly framesDown: number; readonly takenOver: number }): void {
    const { gateway, device } = this;
    for (const fate of this.#fates.values()) {
      const { id } = fate.record;
      if (fate.gone === undefined) this.#violation(`notification ${id} (${fate.record.urgency}) still waits, called ${fate.calls} times`);
      if (fate.gone === 'acknowledged' && !fate.succeededEver && !fate.abandoned) this.#violation(`notification ${id} is lost`);
    }
    for (const [id, message] of this.#messages) {
      if (message.outcome === undefined) this.#violation(`message ${id} for ${message.app} has no outcome (${message.kept ? 'kept' : 'not kept'})`);
    }
    for (const app of device.apps) {
      if (app !== 'forbidden' && !device.agent.state().apps.some((known) => known.app === app)) this.#violation(`${app} is not registered`);
    }
    if (this.#linked() && gateway.presence === 'offline') this.#violation('the device is there and counts as offline');
    for (const reason of gateway.closes) {
      // What the troubles left under way may still arrive.
      if (reason !== 'taken-over') this.#violation(`an honest device on a good network was closed with ${reason}`);
    }
    // Half an hour of rest: heartbeats, each at least 20 s apart, and nothing else.
    if (framesUp > 30 * 60 / 20 + 5) this.#violation(`${framesUp} frames up in half an hour of rest`);
    if (framesDown - takenOver > 5) this.#violation(`${framesDown} frames down in half an hour of rest`);
    // A controller that learns the network tries silences that turn out too long, each of which costs a connection.
    if (takenOver > 10) this.#violation(`${takenOver} connections in half an hour of rest`);
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  #note(what: string): void {
    this.trace.push(`${(this.loop.nowMs / 1000).toFixed(1)} s ${what}`);
  }

  #violation(what: string): void {
    throw new Violation(`at ${(this.loop.nowMs / 1000).toFixed(3)} s: ${what}`);
  }
}

const minuteMs = 60_000;

const troubles = [
  'outage', 'forget', 'gateway-crash', 'gateway-stop', 'device-crash', 'device-wiped', 'sleep', 'clock', 'network', 'unreachable',
  'minimum', 'cancel', 'store-down', 'remove-app', 'absent-app',
] as const;

function text(data: Uint8Array): string {
  return String.fromCharCode(...data);
}

/** Changes its mind with everything that happens, within what the port allows. */
class ErraticController implements HeartbeatController {
  readonly #random: Prng;
  #connected = false;
  #plan: HeartbeatPlan = { beatAtMs: Infinity, promiseSeconds: 60 };

  constructor(random: Prng) {
    this.#random = random;
  }

  observe(nowMs: number, event: HeartbeatEvent): void {
    if (event.type === 'connected') this.#connected = true;
    if (event.type === 'disconnected') this.#connected = false;
    const intervalMs = 20_000 + this.#random.next() * 300_000;
    const join = event.type === 'radio-on' && this.#random.next() < 0.5;
    this.#plan = {
      beatAtMs: !this.#connected ? Infinity : join ? nowMs : nowMs + intervalMs,
      promiseSeconds: Math.ceil((intervalMs * (1 + this.#random.next())) / 1000),
      ...(this.#random.next() < 0.05 && { reconnect: true }),
    };
  }

  plan(): HeartbeatPlan {
    return this.#plan;
  }

  flowSeconds(): number | undefined {
    return this.#connected ? 300 : undefined;
  }

  memory(): unknown {
    return { plan: this.#plan.promiseSeconds };
  }
}
