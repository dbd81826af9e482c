import type { DeviceAgentAction, DeviceAgentState } from '../../src/core/device-agent/actions.js';
import { DeviceAgent, type DeviceAgentOptions } from '../../src/core/device-agent/device-agent.js';
import type { DownFrame, NotificationItem, UpFrame } from '../../src/core/frames.js';
import type { HeartbeatController, HeartbeatEvent, HeartbeatPlan } from '../../src/core/heartbeat/controller.js';
import { createPrng } from '../../src/core/prng.js';

/** Beats so long after the last frame up, and writes down what it is told. */
export class RecordingController implements HeartbeatController {
  readonly events: HeartbeatEvent[] = [];
  intervalMs = 300_000;
  promiseSeconds = 300;
  reconnect = false;
  flow: number | undefined;
  remembered: unknown;
  #lastUpMs = Infinity;
  /** The plan until the next frame up. */
  beatAtMs: number | undefined;

  observe(nowMs: number, event: HeartbeatEvent): void {
    this.events.push(event);
    if (event.type === 'connected' || (event.type === 'traffic' && event.direction === 'up')) {
      this.#lastUpMs = nowMs;
      this.beatAtMs = undefined;
    }
    if (event.type === 'disconnected') this.#lastUpMs = Infinity;
  }

  plan(): HeartbeatPlan {
    const beatAtMs = this.beatAtMs ?? this.#lastUpMs + this.intervalMs;
    return { beatAtMs, promiseSeconds: this.promiseSeconds, ...(this.reconnect && { reconnect: true }) };
  }

  flowSeconds(): number | undefined {
    return this.flow;
  }

  memory(): unknown {
    return this.remembered;
  }

  of<Type extends HeartbeatEvent['type']>(type: Type): Extract<HeartbeatEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<HeartbeatEvent, { type: Type }> => event.type === type);
  }
}

/**
 * A device agent with its time. Connections, persisting and answers happen when the plan says so,
 * or by themselves.
 */
export class AgentPlan {
  nowMs = Date.UTC(2026, 2, 1);
  readonly controller = new RecordingController();
  readonly agent: DeviceAgent;
  actions: DeviceAgentAction[] = [];
  /** Whether 'persist' is answered at once. */
  persists = true;
  /** Whether frames up are answered at once. */
  answers = true;

  constructor(options: Partial<Omit<DeviceAgentOptions, 'nowMs' | 'heartbeat'>> = {}) {
    this.agent = new DeviceAgent({ nowMs: this.nowMs, random: createPrng(7), heartbeat: this.controller, ...options });
  }

  /** One input; everything that it set off. */
  do(act: (agent: DeviceAgent, nowMs: number) => void): DeviceAgentAction[] {
    const from = this.actions.length;
    act(this.agent, this.nowMs);
    this.#poll();
    return this.actions.slice(from);
  }

  /** Started and connected. */
  link(): DeviceAgentAction[] {
    return [...this.do((agent, nowMs) => agent.start(nowMs)), ...this.connect()];
  }

  connect(): DeviceAgentAction[] {
    return this.do((agent, nowMs) => agent.onConnected(nowMs));
  }

  down(frame: DownFrame): DeviceAgentAction[] {
    return this.do((agent, nowMs) => agent.onFrame(nowMs, frame, 20));
  }

  handled(id: number, handled = true): DeviceAgentAction[] {
    return this.do((agent, nowMs) => agent.onHandled(nowMs, id, handled));
  }

  /** Registers an app with the gateway. */
  register(app: string, alias: number): void {
    const request = sent(this.do((agent, nowMs) => agent.register(nowMs, app))).flatMap(({ registrations }) => registrations ?? [])[0]!.request;
    this.down({ confirmations: [{ request, alias, subscription: `sub_${alias}` }] });
  }

  /** Time passes; what is due happens when it is due. */
  pass(ms: number): DeviceAgentAction[] {
    const from = this.actions.length;
    const untilMs = this.nowMs + ms;
    for (let due = this.agent.nextTimeoutMs(); due <= untilMs; due = this.agent.nextTimeoutMs()) {
      this.nowMs = Math.max(this.nowMs, due);
      this.do((agent, nowMs) => agent.onTimeout(nowMs));
      if (this.actions.length > 10_000) throw new Error('no end of actions');
    }
    this.nowMs = untilMs;
    return this.actions.slice(from);
  }

  /** The device sleeps: one late timer at the end. */
  sleep(ms: number): DeviceAgentAction[] {
    this.nowMs += ms;
    return this.do((agent, nowMs) => agent.onTimeout(nowMs));
  }

  get lastToken(): number {
    return this.actions.findLast((action) => action.type === 'send')?.token ?? 0;
  }

  #poll(): void {
    for (let action = this.agent.poll(); action !== undefined; action = this.agent.poll()) {
      this.actions.push(action);
      if (action.type === 'persist' && this.persists) this.agent.onPersisted(this.nowMs);
      if (action.type === 'send' && action.answered && this.answers) this.agent.onAnswered(this.nowMs, action.token, 4);
    }
  }
}

export function sent(actions: readonly DeviceAgentAction[]): UpFrame[] {
  return actions.flatMap((action) => (action.type === 'send' ? [action.frame] : []));
}

export function types(actions: readonly DeviceAgentAction[]): string[] {
  return actions.map(({ type }) => type).filter((type) => type !== 'status' && type !== 'persist');
}

export function delivered(actions: readonly DeviceAgentAction[]): number[] {
  return actions.flatMap((action) => (action.type === 'deliver' ? [action.id] : []));
}

export function acks(actions: readonly DeviceAgentAction[]): number[] {
  return sent(actions).flatMap((frame) => frame.acks ?? []);
}

export function item(id: number, alias = 1): NotificationItem {
  return { id, alias, data: Uint8Array.of(id), missed: 0 };
}

export function kept(actions: readonly DeviceAgentAction[]): DeviceAgentState {
  const action = actions.findLast((one) => one.type === 'persist');
  if (action === undefined) throw new Error('nothing was persisted');
  return JSON.parse(JSON.stringify(action.state)) as DeviceAgentState;
}
