import { DeviceAgent } from '../../src/core/device-agent/device-agent.js';
import type { DeviceAgentAction, DeviceAgentState } from '../../src/core/device-agent/actions.js';
import type { BackoffOptions } from '../../src/core/backoff.js';
import { publishBytes } from '../../src/core/frame-size.js';
import type { HeartbeatController } from '../../src/core/heartbeat/controller.js';
import { limits } from '../../src/core/limits.js';
import type { Prng } from '../../src/core/prng.js';
import { decodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';
import { Connection, type EventLoop, type Packet, type Path } from './virtual-network.js';

export type Delivery = Extract<DeviceAgentAction, { readonly type: 'deliver' }>;

export interface DeviceWitness {
  violation(what: string): void;
  count(what: string): void;
  onDelivered(delivery: Delivery): void;
  onSucceeded(id: number): void;
  onAbandoned(id: number): void;
  /** `state` survives from now on. */
  onKept(state: DeviceAgentState): void;
  /** The program died: what it had not kept never happened. */
  onDied(): void;
  onMessage(id: number, how: 'sent' | 'failed'): void;
}

export interface DeviceOptions {
  readonly loop: EventLoop;
  readonly random: Prng;
  readonly path: Path;
  readonly witness: DeviceWitness;
  readonly heartbeat: () => HeartbeatController;
  readonly answerWaitMs: number;
  readonly reconnect: BackoffOptions;
  readonly apps: readonly string[];
  readonly connect: (connection: Connection) => void;
}

/**
 * A phone around the real `DeviceAgent`: its disk, its apps' handlers, its clock, its sleep. It
 * does nothing but what the agent says.
 */
export class DeviceModel {
  readonly #options: DeviceOptions;
  agent: DeviceAgent;
  kept: DeviceAgentState | undefined;
  up = true;
  clockAheadMs = 0;
  /** Share of handler calls that fail; that take longer than a handler may. */
  failRate = 0;
  hangRate = 0;
  attempts = 0;
  framesUp = 0;
  readonly apps: Set<string>;
  /** Counts lives of the program: what belongs to an older one is void. */
  #life = 0;
  #connection: Connection | undefined;
  /** Counts connections: what an older one still brings is void. */
  #generation = 0;
  #timerMs = NaN;
  #asleep = false;
  #deferred: (() => void)[] = [];
  #persists = 0;
  readonly #unanswered = new Set<number>();
  readonly #runningByApp = new Map<string, { readonly id: number; readonly sinceMs: number; readonly again: boolean }>();
  readonly #called = new Set<number>();

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.apps = new Set(options.apps);
    this.agent = this.#boot();
  }

  nowMs(): number {
    return this.#options.loop.nowMs + this.clockAheadMs;
  }

  // --- what happens to the device ----------------------------------------------------------------

  /** Its program dies, its machine says so or not. `wiped`: its disk is lost too. */
  crash(how: 'reset' | 'vanished', wiped: boolean): void {
    this.up = false;
    this.#life += 1;
    this.#generation += 1;
    this.#connection?.leave('device', how);
    this.#connection = undefined;
    this.#timerMs = NaN;
    this.#deferred = [];
    this.#asleep = false;
    this.#unanswered.clear();
    this.#runningByApp.clear();
    if (wiped) this.kept = undefined;
    this.#options.witness.onDied();
  }

  restart(): void {
    if (this.up) return;
    this.up = true;
    this.agent = this.#boot();
    this.start();
  }

  start(): void {
    this.input((agent, nowMs) => {
      for (const app of this.apps) agent.register(nowMs, app);
      agent.start(nowMs);
    });
  }

  /** Timers and packets wait until it wakes. */
  sleep(ms: number): void {
    if (this.#asleep || !this.up) return;
    this.#asleep = true;
    const life = this.#life;
    this.#options.loop.after(ms, () => {
      if (life !== this.#life) return;
      this.#asleep = false;
      const deferred = this.#deferred;
      this.#deferred = [];
      // Timers come before sockets, more often than not.
      if (this.#options.random.next() < 0.7) this.#fire();
      for (const act of deferred) act();
      this.#fire();
    });
  }

  jumpClock(byMs: number): void {
    this.clockAheadMs += byMs;
    this.#timerMs = NaN;
    if (this.up) this.#schedule();
  }

  /** Anything its owner or its system tells the agent. */
  input(act: (agent: DeviceAgent, nowMs: number) => void): void {
    if (!this.up) return;
    if (this.#asleep) {
      this.#deferred.push(() => this.input(act));
      return;
    }
    act(this.agent, this.nowMs());
    this.#pump();
  }

  // --- the shell ---------------------------------------------------------------------------------

  #boot(): DeviceAgent {
    const { random, heartbeat, answerWaitMs, reconnect } = this.#options;
    const nowMs = this.nowMs();
    this.#persists = 0;
    return new DeviceAgent({
      nowMs, random, heartbeat: heartbeat(), answerWaitMs, reconnect, ...(this.kept && { state: this.kept }),
    });
  }

  #fire(): void {
    if (this.up && this.agent.nextTimeoutMs() <= this.nowMs()) this.input((agent, nowMs) => agent.onTimeout(nowMs));
  }

  #pump(): void {
    for (let action = this.agent.poll(); action !== undefined; action = this.agent.poll()) this.#act(action);
    this.#schedule();
  }

  #schedule(): void {
    const atMs = this.agent.nextTimeoutMs() - this.clockAheadMs;
    if (atMs === this.#timerMs) return;
    this.#timerMs = atMs;
    if (atMs === Infinity) return;
    const life = this.#life;
    this.#options.loop.at(atMs, () => {
      if (life !== this.#life || this.#timerMs !== atMs) return;
      this.#timerMs = NaN;
      this.input((agent, nowMs) => agent.onTimeout(nowMs));
    });
  }

  #act(action: DeviceAgentAction): void {
    const { witness } = this.#options;
    switch (action.type) {
      case 'connect':
        this.#connect();
        return;
      case 'disconnect':
        this.#generation += 1;
        if (action.goodbye) this.#connection?.send('device', { type: 'disconnect' });
        this.#connection?.leave('device', 'closed');
        this.#connection = undefined;
        return;
      case 'send': {
        this.framesUp += 1;
        const token = action.answered ? action.token : undefined;
        if (token !== undefined) this.#unanswered.add(token);
        for (const { id } of action.frame.messages ?? []) {
          if (this.kept?.messages.some((message) => message.id === id) !== true) witness.violation(`message ${id} goes up before it is kept`);
        }
        if (this.#unanswered.size > limits.upFramesInFlight) witness.violation(`${this.#unanswered.size} frames up without an answer`);
        this.#connection?.send('device', { type: 'publish', ...(token !== undefined && { token }), bytes: encodeUpFrame(action.frame) });
        return;
      }
      case 'deliver':
        this.#handle(action);
        return;
      case 'abandoned':
        witness.onAbandoned(action.id);
        return;
      case 'clear':
        witness.violation(`${action.app} is to clear ${action.ids.join(' ')}, though nobody handled anything`);
        return;
      case 'registered':
      case 'registration-failed':
        return;
      case 'message-sent':
      case 'message-failed':
        witness.onMessage(action.id, action.type === 'message-sent' ? 'sent' : 'failed');
        return;
      case 'persist':
        this.#persist(action.state);
        return;
      case 'status':
        witness.count(action.status.state);
    }
  }

  #connect(): void {
    const { loop, path, connect } = this.#options;
    this.attempts += 1;
    this.#generation += 1;
    this.#unanswered.clear();
    const generation = this.#generation;
    const connection = new Connection(path);
    this.#connection = connection;
    connection.attach('device', {
      onPacket: (packet) => this.#ofConnection(generation, () => this.#onPacket(packet)),
      onEnd: (how) => this.#ofConnection(generation, () => this.#onEnd(how)),
      onBacklog: () => undefined,
    });
    if (path.up) connect(connection);
    connection.send('device', { type: 'connect' });
    // Its own patience with a connection that does not come about; the agent's is longer.
    loop.after(30_000, () => {
      if (this.#connection === connection && this.agent.status().state === 'connecting') {
        this.#ofConnection(generation, () => this.#onEnd('reset'));
      }
    });
  }

  #ofConnection(generation: number, act: () => void): void {
    if (generation !== this.#generation) return;
    if (this.#asleep) this.#deferred.push(() => this.#ofConnection(generation, act));
    else act();
  }

  #onPacket(packet: Packet): void {
    if (packet.type === 'connack') {
      this.input((agent, nowMs) => (packet.code === 0 ? agent.onConnected(nowMs) : agent.onConnectFailed(nowMs, 'unavailable')));
    } else if (packet.type === 'puback') {
      this.#unanswered.delete(packet.token);
      this.input((agent, nowMs) => agent.onAnswered(nowMs, packet.token, 4));
    } else if (packet.type === 'publish') {
      const decoded = decodeDownFrame(packet.bytes);
      if (decoded.ok) this.input((agent, nowMs) => agent.onFrame(nowMs, decoded.frame, publishBytes(packet.bytes.length, 0)));
      else this.#options.witness.violation(`the gateway sent a frame that cannot be read: ${decoded.error.message}`);
    }
  }

  #onEnd(how: 'closed' | 'reset'): void {
    this.#generation += 1;
    this.#connection = undefined;
    const connecting = this.agent.status().state === 'connecting';
    this.input((agent, nowMs) => {
      if (connecting) agent.onConnectFailed(nowMs, 'failed');
      else agent.onDisconnected(nowMs, how === 'reset' ? 'reset' : 'closed-by-gateway');
    });
  }

  #handle(delivery: Delivery): void {
    const { app, id } = delivery;
    const { loop, random, witness } = this.#options;
    const running = this.#runningByApp.get(app);
    // A second call ends for the agent when the first one, given up as too slow, succeeds after
    // all.
    if (running !== undefined && !running.again && this.nowMs() < running.sinceMs + limits.handlerMs) {
      witness.violation(`the handler of ${app} was called for ${id} while it ran for ${running.id}`);
    }
    this.#runningByApp.set(app, { id, sinceMs: this.nowMs(), again: this.#called.has(id) });
    this.#called.add(id);
    witness.onDelivered(delivery);
    const hangs = random.next() < this.hangRate;
    const succeeds = random.next() >= this.failRate;
    const life = this.#life;
    loop.after(hangs ? 50_000 + random.next() * 60_000 : random.next() * random.next() * 4_000, () => {
      if (life !== this.#life) return;
      if (this.#runningByApp.get(app)?.id === id) this.#runningByApp.delete(app);
      this.input((agent, nowMs) => {
        if (succeeds) witness.onSucceeded(id);
        agent.onHandled(nowMs, id, succeeds);
      });
    });
  }

  #persist(state: DeviceAgentState): void {
    const { loop, random, witness } = this.#options;
    this.#persists += 1;
    if (this.#persists > 1) witness.violation('a second persist before the first was answered');
    // As JSON, as a shell would.
    const text = JSON.stringify(state);
    const life = this.#life;
    loop.after(random.next() * 30, () => {
      if (life !== this.#life) return;
      this.kept = JSON.parse(text) as DeviceAgentState;
      witness.onKept(this.kept);
      // It may die between keeping and hearing of it.
      loop.after(random.next() * 3, () => {
        if (life !== this.#life) return;
        this.#persists -= 1;
        this.input((agent, nowMs) => agent.onPersisted(nowMs));
      });
    });
  }
}
