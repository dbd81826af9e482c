import type { DeviceAgentState } from '../../src/core/device-agent/actions.js';
import type { Clearing, LinkSessionAction, WaitingNotification } from '../../src/core/link-session/actions.js';
import { LinkSession } from '../../src/core/link-session/link-session.js';
import { createPrng, type Prng } from '../../src/core/prng.js';
import { decodeDownFrame, decodeUpFrame, encodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';
import { AgentPlan } from './agent-plan.js';

const apps = ['chat', 'mail'] as const;
const dayMs = 86_400_000;

/**
 * A user with some devices, each a real agent on a real session, and a store that does what the port says of
 * `accept`, `acknowledge`, `handle` and `cleared`. Links break at any moment and take frames with them; programs are
 * started anew with what they had kept.
 */
export class HandledWorld {
  readonly counts = new Map<string, number>();
  readonly #random: Prng;
  readonly #devices: ModelDevice[];
  readonly #handled = new Map<number, ModelDevice>();
  readonly #accepted: number[] = [];
  nowMs = Date.UTC(2026, 2, 1);

  constructor(seed: number) {
    this.#random = createPrng(seed);
    this.#devices = Array.from({ length: 2 + this.#below(2) }, () => new ModelDevice(this));
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      this.nowMs += this.#below(20_000);
      this.#trouble();
      // Not always all that is under way: some may be lost with what comes next.
      for (const device of this.#devices) device.pump(this.#below(4) === 0 ? this.#below(3) : Infinity);
    }
    // Peace: every link stands, every handler is done, and everything is told.
    for (let round = 0; round < 6; round += 1) {
      for (const device of this.#devices) {
        device.link();
        device.pump(Infinity);
        while (device.finish()) device.pump(Infinity);
      }
      // The confirmations ride on the next heartbeat.
      for (const device of this.#devices) device.pass(305_000);
    }
  }

  /** What must not be. */
  problems(): string[] {
    const problems: string[] = [];
    for (const device of this.#devices) {
      const name = `device ${this.#devices.indexOf(device) + 1}`;
      for (const id of this.#accepted) {
        const by = this.#handled.get(id);
        if (by === undefined && !device.shown.has(id)) problems.push(`${name} does not show ${id}, which nobody handled`);
        if (by !== undefined && by !== device && device.shown.has(id)) problems.push(`${name} still shows ${id}`);
      }
      if (device.waiting.size > 0) problems.push(`${device.waiting.size} wait for ${name}`);
      if (device.clears.size > 0) problems.push(`${name} did not confirm ${[...device.clears.keys()].join(' ')}`);
      if (device.agentState.handledByUser !== undefined) problems.push(`${name} goes on telling`);
    }
    return problems;
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** As the port's `handle`. */
  handle(from: ModelDevice, alias: number, ids: readonly number[]): void {
    for (const device of this.#devices) {
      if (device === from) continue;
      for (const id of ids) {
        if (device.waiting.delete(id)) this.count('never handed over');
        device.clears.set(id, alias);
      }
      device.handledElsewhere();
    }
  }

  #trouble(): void {
    const device = this.#devices[this.#below(this.#devices.length)]!;
    switch (this.#below(7)) {
      case 0:
      case 1:
        this.#accept();
        break;
      case 2:
        device.finish();
        break;
      case 3: {
        const shown = [...device.shown].filter((id) => !this.#handled.has(id));
        const id = shown[this.#below(shown.length + 1)];
        if (id === undefined) break;
        this.#handled.set(id, device);
        this.count('handled');
        device.userHandles(id);
        break;
      }
      case 4:
        device.cut();
        break;
      case 5:
        device.link();
        break;
      case 6:
        if (this.#below(3) === 0) device.restart();
        break;
    }
  }

  #accept(): void {
    const id = this.#accepted.length + 1;
    this.#accepted.push(id);
    for (const device of this.#devices) device.accept(id, 1 + (id % apps.length));
  }

  #below(count: number): number {
    return Math.floor(this.#random.next() * count);
  }
}

interface Link {
  readonly session: LinkSession;
  readonly up: { readonly token: number | undefined; readonly bytes: Uint8Array }[];
  readonly down: Uint8Array[];
}

class ModelDevice {
  readonly waiting = new Map<number, WaitingNotification>();
  readonly clears = new Map<number, number>();
  /** Notifications on its screen, which outlives its program. */
  readonly shown = new Set<number>();
  readonly #world: HandledWorld;
  #plan: AgentPlan;
  #polled = 0;
  #kept: DeviceAgentState | undefined;
  #running: { readonly id: number; readonly app: string }[] = [];
  #link: Link | undefined;

  constructor(world: HandledWorld) {
    this.#world = world;
    this.#plan = this.#boot();
  }

  get agentState(): DeviceAgentState {
    return this.#plan.agent.state();
  }

  accept(id: number, alias: number): void {
    const acceptedAtMs = this.#world.nowMs;
    const notification = {
      id, alias, urgency: 'normal', acceptedAtMs, expiresAtMs: acceptedAtMs + dayMs, data: Uint8Array.of(1), missed: 0,
    } as const;
    this.waiting.set(id, notification);
    this.#tell((session, nowMs) => session.onStored(nowMs, notification));
  }

  handledElsewhere(): void {
    this.#tell((session, nowMs) => session.onWithdrawn(nowMs));
    this.#tell((session) => session.onHandledElsewhere());
  }

  userHandles(id: number): void {
    this.#do((agent, nowMs) => agent.reportHandled(nowMs, apps[id % apps.length]!, id));
  }

  /** The handler that runs longest is done. */
  finish(): boolean {
    const running = this.#running.shift();
    if (running === undefined) return false;
    this.shown.add(running.id);
    this.#do((agent, nowMs) => agent.onHandled(nowMs, running.id, true));
    return true;
  }

  link(): void {
    if (this.#link !== undefined) return;
    const status = this.#plan.agent.status();
    if (status.state === 'waiting') {
      this.#plan.nowMs = Math.max(this.#plan.nowMs, status.untilMs);
      this.#do((agent, atMs) => agent.onTimeout(atMs));
    }
    const session = new LinkSession({ nowMs: this.#plan.nowMs, minimumUrgency: 'very-low' });
    this.#link = { session, up: [], down: [] };
    this.#do((agent, atMs) => agent.onConnected(atMs));
    // Its first wishes.
    this.#tell(() => undefined);
  }

  /** Its link breaks, with all that is on its way. */
  cut(): void {
    if (this.#link === undefined) return;
    this.#lose();
    this.#do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
  }

  restart(): void {
    this.#world.count('restart');
    this.#lose();
    this.#running = [];
    this.#plan = this.#boot();
  }

  pass(ms: number): void {
    this.#plan.nowMs += ms;
    this.#do((agent, nowMs) => agent.onTimeout(nowMs));
    this.#tell((session, nowMs) => session.onTimeout(nowMs));
    this.pump(Infinity);
  }

  /** Brings at most so many packets to where they go. */
  pump(most: number): void {
    for (let packets = 0; packets < most && this.#link !== undefined; packets += 1) {
      const link = this.#link;
      const up = link.up.shift();
      const down = up === undefined ? link.down.shift() : undefined;
      if (up !== undefined) {
        const decoded = decodeUpFrame(up.bytes);
        if (!decoded.ok) throw new Error(decoded.error.message);
        this.#tell((session, nowMs) => session.onFrame(nowMs, decoded.frame));
        const { token } = up;
        if (token !== undefined) this.#do((agent, nowMs) => agent.onAnswered(nowMs, token, 4));
      } else if (down !== undefined) {
        const decoded = decodeDownFrame(down);
        if (!decoded.ok) throw new Error(decoded.error.message);
        this.#do((agent, nowMs) => agent.onFrame(nowMs, decoded.frame, down.length));
      } else {
        return;
      }
    }
  }

  #lose(): void {
    if (this.#link !== undefined && this.#link.up.length + this.#link.down.length > 0) this.#world.count('lost frame');
    this.#link = undefined;
  }

  #boot(): AgentPlan {
    const plan = new AgentPlan({ ...(this.#kept !== undefined && { state: this.#kept }) });
    plan.answers = false;
    this.#polled = 0;
    this.#plan = plan;
    plan.nowMs = this.#world.nowMs;
    for (const app of apps) plan.do((agent, nowMs) => agent.register(nowMs, app));
    this.#do((agent, nowMs) => agent.start(nowMs));
    return plan;
  }

  #clearings(): Clearing[] {
    return [...this.clears].map(([id, alias]) => ({ alias, id }));
  }

  #do(act: Parameters<AgentPlan['do']>[0]): void {
    this.#plan.nowMs = Math.max(this.#plan.nowMs, this.#world.nowMs);
    this.#plan.do(act);
    while (this.#polled < this.#plan.actions.length) {
      const action = this.#plan.actions[this.#polled]!;
      this.#polled += 1;
      switch (action.type) {
        case 'send':
          this.#link?.up.push({ token: action.answered ? action.token : undefined, bytes: encodeUpFrame(action.frame) });
          break;
        case 'disconnect':
          this.#lose();
          break;
        case 'deliver':
          this.#running.push(action);
          break;
        case 'clear':
          for (const id of action.ids) if (this.shown.delete(id)) this.#world.count('cleared');
          break;
        case 'persist':
          this.#kept = JSON.parse(JSON.stringify(action.state)) as DeviceAgentState;
          break;
        default:
          break;
      }
    }
  }

  #tell(act: (session: LinkSession, nowMs: number) => void): void {
    const link = this.#link;
    if (link === undefined) return;
    act(link.session, this.#plan.nowMs);
    for (let action = link.session.poll(); action !== undefined; action = link.session.poll()) this.#store(link, action);
  }

  #store(link: Link, action: LinkSessionAction): void {
    const nowMs = this.#plan.nowMs;
    switch (action.type) {
      case 'send':
        link.down.push(encodeDownFrame(action.frame));
        break;
      case 'load': {
        const found = [...this.waiting.values()].filter(({ id }) => id > action.afterId).slice(0, action.limit);
        link.session.onLoaded(nowMs, found, found.length < action.limit);
        break;
      }
      case 'acknowledge':
        for (const id of action.ids) this.waiting.delete(id);
        break;
      case 'register': {
        const { request, app } = action.registration;
        link.session.onRegistered(nowMs, { request, alias: 1 + apps.indexOf(app as 'chat' | 'mail'), subscription: `sub_${app}` });
        break;
      }
      case 'handled':
        for (const { alias, ids } of action.handled) this.#world.handle(this, alias, ids);
        break;
      case 'clears':
        link.session.onClears(nowMs, this.#clearings());
        break;
      case 'cleared':
        for (const id of action.ids) this.clears.delete(id);
        break;
      default:
        break;
    }
  }
}
