// Real device clients and a real gateway in one process, over real sockets and through middleboxes, on a clock that runs fast.

import { randomBytes } from 'node:crypto';
import { CountingController } from '../../firmware-sim/live/counting-controller.js';
import { stayOf, type PhoneTally } from '../../firmware-sim/live/live-world.js';
import { Middlebox } from '../../firmware-sim/live/middlebox.js';
import { ScaledTime } from '../../firmware-sim/live/scaled-time.js';
import type { Trace } from '../../firmware-sim/world/trace.js';
import { AdaptiveController } from '../core/heartbeat/adaptive.js';
import type { AppId, Uid } from '../core/ids.js';
import { limits } from '../core/limits.js';
import { createPrng } from '../core/prng.js';
import { createDevice, type Device } from '../device/index.js';
import { createGateway, type RunningGateway } from '../gateway/gateway.js';
import type { Outcome } from '../gateway/outcome.js';
import { createMqttFront, type MqttFront } from '../mqtt/front.js';
import { noLog } from '../ports/log.js';
import { noMetrics } from '../ports/metrics.js';
import { createMemoryStore } from '../store/memory/memory-store.js';

export interface LivePhonesOptions {
  /** One for each phone, with one stay each. */
  readonly traces: readonly Trace[];
  /** Simulated seconds in a real one, at most. */
  readonly speed: number;
  /** Share of the run that is over, now and then. */
  readonly onProgress?: (share: number) => void;
}

export interface LivePhones {
  readonly tallies: readonly PhoneTally[];
  /** Flows that the middleboxes had forgotten when a packet came. */
  readonly forgotten: number;
}

const appName = 'live';
/** Any instant will do. */
const startMs = Date.UTC(2026, 0, 1);
const progressMs = 600_000;

/** Runs the phones to the end of their traces; rejects, with nothing left running, when a notification is refused. */
export async function runLivePhones(options: LivePhonesOptions): Promise<LivePhones> {
  const time = new ScaledTime({ startMs, speed: options.speed });
  const shared = { clock: time, log: noLog, metrics: noMetrics };
  const gateway = await createGateway({ ...shared, store: createMemoryStore(), randomBytes, every: time.every });
  const front = await createMqttFront({ ...shared, gateway, deadlines: gateway.deadlines });
  const phones: LivePhone[] = [];
  time.start();
  try {
    const { port } = await front.listenTcp({ port: 0, host: '127.0.0.1' });
    const { id: app } = must(await gateway.registry.addApp({ name: appName }));
    for (const trace of options.traces) phones.push(await LivePhone.open({ trace, time, gateway, app, port }));
    await Promise.all(phones.map((phone) => phone.begin()));
    await played(time, phones, options);
    return {
      tallies: phones.map((phone) => phone.tally()),
      forgotten: phones.reduce((sum, phone) => sum + phone.forgotten, 0),
    };
  } finally {
    await close(phones, front, gateway);
    time.stop();
  }
}

async function close(phones: readonly LivePhone[], front: MqttFront, gateway: RunningGateway): Promise<void> {
  await Promise.all(phones.map((phone) => phone.close()));
  await front.stop();
  await gateway.stop();
}

/** Plays the traces from now on; resolves at their end. */
async function played(time: ScaledTime, phones: readonly LivePhone[], options: LivePhonesOptions): Promise<void> {
  const longestMs = Math.max(...options.traces.map(({ endMs }) => endMs));
  const beganMs = time.nowMs();
  const stopTicking = time.every(progressMs, () => options.onProgress?.((time.nowMs() - beganMs) / longestMs));
  try {
    await Promise.all(phones.map((phone) => phone.play()));
  } finally {
    stopTicking();
    options.onProgress?.(1);
  }
}

interface PhoneOptions {
  readonly trace: Trace;
  readonly time: ScaledTime;
  readonly gateway: RunningGateway;
  readonly app: AppId;
  /** Of the gateway. */
  readonly port: number;
}

class LivePhone {
  readonly #options: PhoneOptions;
  readonly #uid: Uid;
  readonly #middlebox: Middlebox;
  readonly #device: Device;
  readonly #heartbeat = new CountingController(new AdaptiveController());
  /** When each notification, by its index, was accepted. */
  readonly #acceptedMs = new Map<number, number>();
  readonly #latenessSeconds: number[] = [];

  private constructor(options: PhoneOptions, uid: Uid, middlebox: Middlebox, credentials: { id: string; token: string }) {
    const { time, trace } = options;
    const { networkKey: key } = stayOf(trace);
    this.#options = options;
    this.#uid = uid;
    this.#middlebox = middlebox;
    this.#device = createDevice({
      url: `mqtt://127.0.0.1:${middlebox.port}`,
      ...credentials,
      heartbeat: () => this.#heartbeat,
      network: { current: () => ({ key, kind: 'wifi', reachable: true }), watch: () => () => undefined },
      clock: time,
      timer: time,
      random: createPrng(trace.seed),
    });
    this.#device.on('warning', () => undefined);
  }

  static async open(options: PhoneOptions): Promise<LivePhone> {
    const { trace, time, gateway, app, port } = options;
    const { timeoutMs, resets } = stayOf(trace);
    const user = must(await gateway.registry.addUser({ name: `phone-${trace.seed}` }));
    const { uid } = must(await gateway.registry.addGrant({ user: user.id, app, scopes: ['notify'] }));
    const { id, token } = must(await gateway.registry.addDevice({ user: user.id }));
    const middlebox = await Middlebox.listen({
      targetPort: port,
      timeoutMs,
      resets,
      nowMs: () => time.nowMs(),
      onPacket: () => time.happened(),
    });
    return new LivePhone(options, uid, middlebox, { id, token });
  }

  get forgotten(): number {
    return this.#middlebox.forgotten;
  }

  /** Resolves when the gateway knows the phone's app. */
  async begin(): Promise<void> {
    const app = this.#device.app(appName, { onNotification: ({ text }) => this.#delivered(Number(text)) });
    await this.#device.start();
    await app.registered();
  }

  /** Publishes what the trace says, from now on; resolves at its end. */
  play(): Promise<void> {
    const { trace, time } = this.#options;
    return new Promise((resolve, reject) => {
      trace.arrivals.forEach(({ atMs, bytes }, index) => {
        time.set(atMs, () => void this.#publish(index, bytes).catch(reject));
      });
      for (const atMs of stayOf(trace).rebootsMs) time.set(atMs, () => this.#middlebox.reboot());
      time.set(trace.endMs, resolve);
    });
  }

  /** What did not come counts until now. */
  tally(): PhoneTally {
    const nowMs = this.#options.time.nowMs();
    const missing = [...this.#acceptedMs.values()].map((atMs) => (nowMs - atMs) / 1000);
    return { ...this.#heartbeat.counts, latenessSeconds: [...this.#latenessSeconds, ...missing] };
  }

  async close(): Promise<void> {
    await this.#device.stop();
    await this.#middlebox.close();
  }

  async #publish(index: number, bytes: number): Promise<void> {
    const { time, gateway, app } = this.#options;
    this.#acceptedMs.set(index, time.nowMs());
    const result = await gateway.publish({
      app,
      to: { uid: this.#uid },
      data: new TextEncoder().encode(String(index).padStart(Math.min(bytes, limits.payloadBytes), '0')),
      urgency: 'normal',
      ttlSeconds: limits.ttlSeconds,
      topic: '',
      reference: '',
      receipt: false,
    });
    if (!result.ok) throw new Error(`the gateway refused a notification: ${result.error.message}`);
  }

  #delivered(index: number): void {
    const acceptedMs = this.#acceptedMs.get(index);
    if (acceptedMs === undefined) return;
    this.#acceptedMs.delete(index);
    this.#latenessSeconds.push((this.#options.time.nowMs() - acceptedMs) / 1000);
  }
}

function must<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new Error(`the gateway refused what the run needs: ${JSON.stringify(outcome)}`);
  return outcome.value;
}
