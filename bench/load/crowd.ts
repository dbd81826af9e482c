// All devices of a subject, spread over as many load processes as they need.

import { merged } from '../harness/latencies.js';
import type { Latencies } from '../harness/latencies.js';
import { loadWorker, until } from '../harness/processes.js';
import type { Worker } from '../harness/processes.js';
import type { RunningSubject } from '../subjects/subject.js';
import type { Back, Opened, OpenOptions, Received, UseOptions } from './devices.js';

/** So many connections one process makes without being the bottleneck. */
const devicesPerProcess = 8_000;

export interface CrowdOpened {
  readonly links: number;
  /** Of the slowest process. */
  readonly seconds: number;
  readonly latencies: Latencies;
  readonly resumed: number;
}

export interface CrowdReceived {
  readonly notifications: number;
  readonly acknowledged: number;
  readonly closed: number;
  readonly lastMicros: number;
  readonly latencies: Latencies;
}

export class Crowd {
  readonly #workers: readonly Worker[];
  readonly #counts: readonly number[];

  private constructor(workers: readonly Worker[], counts: readonly number[]) {
    this.#workers = workers;
    this.#counts = counts;
  }

  /** Devices `from` to `to` of the subject's population; not connected yet. */
  static async of({ populationFile, port, tls }: RunningSubject, { from = 0, to }: { readonly from?: number; readonly to: number }): Promise<Crowd> {
    const processes = Math.max(1, Math.ceil((to - from) / devicesPerProcess));
    const each = Math.ceil((to - from) / processes);
    const workers = Array.from({ length: processes }, () => loadWorker('devices'));
    const counts = await Promise.all(workers.map((worker, index) => worker.call<number>('use', {
      populationFile, port, tls, from: from + index * each, to: Math.min(to, from + (index + 1) * each),
    } satisfies UseOptions)));
    return new Crowd(workers, counts);
  }

  /** Throws when a device could not be linked. */
  open(options: OpenOptions): Promise<CrowdOpened> {
    return this.#opened('open', options);
  }

  /** Its processes know by heart what comes with `connect` and `link`: for measurements of the first of them. */
  async rehearse(): Promise<void> {
    await this.#callAll('rehearse', {});
  }

  /** Connections of all, without CONNECT; throws when one could not be had. */
  connect(): Promise<CrowdOpened> {
    return this.#opened('connect', {});
  }

  /** All that are connected send CONNECT in one moment; throws when one is not let in. */
  link(): Promise<CrowdOpened> {
    return this.#opened('link', {});
  }

  /** Heartbeats or subscriptions, answered. */
  async settle(promiseSeconds?: number): Promise<void> {
    await this.#callAll('settle', { promiseSeconds });
  }

  async beats({ rate, count }: { readonly rate: number; readonly count: number }): Promise<{ readonly latencies: Latencies; readonly count: number }> {
    const share = 1 / this.#workers.length;
    const all = await this.#callAll<{ latencies: string; count: number }>('beats', { rate: rate * share, count: Math.round(count * share) });
    return { latencies: merged(all.map(({ latencies }) => latencies)), count: sum(all, (one) => one.count) };
  }

  /** Forgets what was received; `timeAt` is where in a payload its time stands. */
  async begin(timeAt = 0): Promise<void> {
    await this.#callAll('begin', { timeAt });
  }

  /** Endpoints, in the order of the devices. */
  async register(keys: readonly Uint8Array[]): Promise<readonly string[]> {
    return (await this.#callAll<readonly string[]>('register', { keys })).flat();
  }

  /** From now on devices come back by themselves. */
  async comeBack(seed: number): Promise<void> {
    await Promise.all(this.#workers.map((worker, index) => worker.call('comeBack', { seed: seed + index * 1_000_000 })));
  }

  async back(): Promise<Omit<Back, 'latencies'> & { readonly latencies: Latencies }> {
    const all = await this.#callAll<Back>('back', {});
    return {
      linked: sum(all, ({ linked }) => linked),
      attempts: sum(all, ({ attempts }) => attempts),
      refused: sum(all, ({ refused }) => refused),
      timedOut: sum(all, ({ timedOut }) => timedOut),
      lastMicros: Math.max(...all.map(({ lastMicros }) => lastMicros)),
      latencies: merged(all.map(({ latencies }) => latencies)),
    };
  }

  async received(): Promise<CrowdReceived> {
    const all = await this.#callAll<Received>('received', {});
    return {
      notifications: sum(all, (one) => one.notifications),
      acknowledged: sum(all, (one) => one.acknowledged),
      closed: sum(all, (one) => one.closed),
      lastMicros: Math.max(...all.map(({ lastMicros }) => lastMicros)),
      latencies: merged(all.map(({ latencies }) => latencies)),
    };
  }

  /** Resolves when so many notifications were acknowledged. */
  async untilAcknowledged(count: number, withinMs: number): Promise<CrowdReceived> {
    let last = await this.received();
    await until(`${count} notifications are acknowledged`, async () => {
      last = await this.received();
      return last.acknowledged >= count;
    }, withinMs, 20).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${last.notifications} came, ${last.acknowledged} were acknowledged, ${last.closed} links closed`);
    });
    return last;
  }

  get size(): number {
    return this.#counts.reduce((all, count) => all + count, 0);
  }

  async close(): Promise<void> {
    await this.#callAll('close', {});
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.end()));
  }

  async #opened(command: string, options: unknown): Promise<CrowdOpened> {
    const all = await this.#callAll<Opened>(command, options);
    const failure = all.find((one) => one.failure !== undefined)?.failure;
    const failed = sum(all, (one) => one.failed);
    if (failed > 0) throw new Error(`${failed} links failed: ${failure}`);
    return {
      links: sum(all, (one) => one.links),
      seconds: Math.max(...all.map(({ seconds }) => seconds)),
      latencies: merged(all.map(({ latencies }) => latencies)),
      resumed: sum(all, (one) => one.resumed),
    };
  }

  #callAll<Result>(command: string, options: unknown): Promise<Result[]> {
    return Promise.all(this.#workers.map((worker) => worker.call<Result>(command, options)));
  }
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((all, item) => all + of(item), 0);
}
