// Presence for apps without a connection: requests of ours to the URL that the operator set.
//
// A webhook is a reader of presence like any other. Somebody is looked at before a connection is opened, since one that is opened for
// a user who hides would itself tell of her; and again once its bytes can be written, since what she hid meanwhile must not be told.
// What was not acknowledged is told again, as it is by then: the newest of each uid, and nothing is queued.
//
// A webhook is
// - waiting: it knows all there is to tell;
// - ready: there may be something, and others are before it;
// - asking: somebody is looked at, or a request is under way, one of an app at a time;
// - pausing: its receiver did not take it; what is new does not end the pause;
// - ended: it has another URL, or none, or its app is gone.

import { backoffMs } from '../../core/backoff.js';
import { encodeId, idBytes } from '../../core/ids.js';
import type { AppId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { Clock } from '../../ports/clock.js';
import type { Log } from '../../ports/log.js';
import type { Metrics } from '../../ports/metrics.js';
import type { AppRecord, Store } from '../../ports/store.js';
import type { WebhookMessage, WebhookResult, WebhookSender, WebhookWrite } from '../../ports/webhook-sender.js';
import { RetryLater } from '../retry-later.js';
import { fractionOf } from '../secrets.js';
import type { RandomBytes } from '../secrets.js';
import type { StoreHealth } from '../store-health.js';
import { Alarm } from '../timer-wheel.js';
import type { Deadlines } from '../timer-wheel.js';
import type { WebhookSecrets } from '../webhook.js';
import type { PresenceFanout } from './presence-fanout.js';
import type { News, PresenceReader } from './presence-reader.js';

export interface WebhooksOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly deadlines: Deadlines;
  readonly randomBytes: RandomBytes;
  readonly health: StoreHealth;
  readonly fanout: PresenceFanout;
  readonly secrets: WebhookSecrets;
  readonly sender: WebhookSender;
  /** Its receiver wants no more: the app has no webhook from now on, if it is still this one. Rejects with StoreError. */
  readonly gone: (app: AppId, url: string) => Promise<void>;
}

interface Webhook {
  readonly app: AppId;
  readonly url: string;
  readonly host: string;
  readonly reader: PresenceReader;
  /** Its pause is over. */
  readonly alarm: Alarm;
  state: 'waiting' | 'ready' | 'asking' | 'pausing' | 'ended';
  /** Something may have changed since it was looked for. */
  stirred: boolean;
  /** Numbers of the last event that was written, and of the last that was acknowledged. */
  written: number;
  acknowledged: number;
  /** In a row, and since when. */
  failures: number;
  failingSinceMs: number;
}

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #webhooks = new Map<AppId, Webhook>();
  #ready: Webhook[] = [];
  readonly #asking = new Set<AppId>();
  readonly #askingHosts = new Map<string, number>();
  readonly #retries: RetryLater<() => Promise<void>>;
  /** Apps that were changed while the start looks through all: what it read of them may be old. */
  #changed: Set<AppId> | undefined;
  #stopped = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#retries = new RetryLater({ ...options, retry: (work) => work() });
  }

  /** Finds the webhooks that were set before the start; resolves when it was looked through. Never rejects. */
  async start(): Promise<void> {
    const { store, health } = this.#options;
    const changed = (this.#changed = new Set<AppId>());
    try {
      let after: AppId | undefined;
      for (let page: readonly AppRecord[]; !this.#stopped; after = page.at(-1)?.id) {
        page = await store.apps({ ...(after !== undefined && { after }), limit: limits.pageItems });
        for (const app of page) if (!changed.has(app.id) && !this.#webhooks.has(app.id)) this.#begin(app);
        if (page.length < limits.pageItems) return;
      }
    } catch (error) {
      health.failed(error);
      this.#retries.add(() => this.start());
    } finally {
      this.#changed = undefined;
    }
  }

  /** The app was set another webhook, none, or the same again: whichever it is begins anew. From now on nothing goes to the former. */
  changed(app: AppRecord): void {
    this.removed(app.id);
    this.#begin(app);
  }

  removed(app: AppId): void {
    this.#changed?.add(app);
    const webhook = this.#webhooks.get(app);
    if (webhook !== undefined) this.#end(webhook);
  }

  /** Resolves when what is under way has its answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ready = [];
    for (const { alarm } of this.#webhooks.values()) this.#options.deadlines.clear(alarm);
    if (this.#asking.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  // --- when -----------------------------------------------------------------------------------------------

  #begin({ id: app, webhook: url, deactivated }: AppRecord): void {
    if (url === undefined || deactivated === true || this.#stopped) return;
    const { fanout } = this.#options;
    const webhook: Webhook = {
      app, url, host: new URL(url).host,
      reader: fanout.add(app, () => this.#stirred(webhook)),
      alarm: new Alarm(() => this.#enqueue(webhook)),
      state: 'waiting', stirred: false, written: 0, acknowledged: 0, failures: 0, failingSinceMs: 0,
    };
    this.#webhooks.set(app, webhook);
    fanout.begin(webhook.reader, 'all');
  }

  #end(webhook: Webhook): void {
    webhook.state = 'ended';
    this.#webhooks.delete(webhook.app);
    this.#ready = this.#ready.filter((one) => one !== webhook);
    this.#options.deadlines.clear(webhook.alarm);
    this.#options.fanout.remove(webhook.reader);
  }

  #stirred(webhook: Webhook): void {
    webhook.stirred = true;
    if (webhook.state === 'waiting') this.#enqueue(webhook);
  }

  #enqueue(webhook: Webhook): void {
    if (this.#stopped || webhook.state === 'ended') return;
    webhook.state = 'ready';
    this.#ready.push(webhook);
    this.#pump();
  }

  #pump(): void {
    while (this.#asking.size < limits.webhooksAtOnce) {
      // A former webhook of the same app may still wait for its answer.
      const next = this.#ready.find(({ app, host }) =>
        !this.#asking.has(app) && (this.#askingHosts.get(host) ?? 0) < limits.webhooksAtOncePerHost);
      if (next === undefined) return;
      this.#ready = this.#ready.filter((one) => one !== next);
      void this.#work(next);
    }
  }

  /** Never rejects. */
  async #work(webhook: Webhook): Promise<void> {
    const { app, host } = webhook;
    this.#asking.add(app);
    this.#askingHosts.set(host, (this.#askingHosts.get(host) ?? 0) + 1);
    webhook.state = 'asking';
    webhook.stirred = false;
    try {
      this.#settle(webhook, await this.#ask(webhook));
    } catch (error) {
      this.#storeFailed(webhook, error);
    }
    this.#asking.delete(app);
    const others = (this.#askingHosts.get(host) ?? 1) - 1;
    if (others > 0) this.#askingHosts.set(host, others);
    else this.#askingHosts.delete(host);
    if (this.#asking.size === 0) this.#onQuiet?.();
    this.#pump();
  }

  /** Of an ended one too: whatever the answer says of it is of no use any more. */
  #settle(webhook: Webhook, result: WebhookResult): void {
    const { metrics } = this.#options;
    if (result.outcome === 'taken') metrics.count('webhooks_sent_total');
    else if (result.outcome !== 'nothing') metrics.count('webhooks_failed_total', 1, result.outcome);
    if (isEnded(webhook)) return;
    switch (result.outcome) {
      case 'taken':
        this.#taken(webhook);
        break;
      case 'nothing':
        break;
      case 'later':
      case 'refused':
        this.#pause(webhook, result);
        return;
      case 'gone':
        this.#gone(webhook);
        return;
    }
    webhook.state = 'waiting';
    // One request has not told all when there was more than fits.
    if (webhook.stirred || result.outcome === 'taken') this.#enqueue(webhook);
  }

  #taken(webhook: Webhook): void {
    const { fanout, log } = this.#options;
    webhook.acknowledged = webhook.written;
    webhook.reader.received(webhook.acknowledged);
    if (webhook.failures === 0) return;
    webhook.failures = 0;
    fanout.watch(webhook.reader);
    log.info({ app: webhook.app }, 'a webhook is taken again');
  }

  #pause(webhook: Webhook, result: Extract<WebhookResult, { readonly outcome: 'later' | 'refused' }>): void {
    const { clock, deadlines, fanout, log, randomBytes } = this.#options;
    const { app, reader } = webhook;
    const nowMs = clock.nowMs();
    // What was written and not acknowledged may be lost.
    reader.resumeAfter(webhook.acknowledged);
    if (webhook.failures === 0) {
      webhook.failingSinceMs = nowMs;
      log.warn({ app, reason: result.reason }, 'a webhook is not taken; it is tried again');
    }
    if (nowMs - webhook.failingSinceMs >= limits.webhookRestMs) fanout.rest(reader);
    webhook.state = 'pausing';
    if (!this.#stopped) deadlines.set(webhook.alarm, nowMs + pauseMs(webhook.failures, result, () => fractionOf(randomBytes)));
    webhook.failures += 1;
  }

  #gone(webhook: Webhook): void {
    const { app, url } = webhook;
    this.#end(webhook);
    this.#options.log.info({ app }, 'the receiver of a webhook wants no more (410); the app has none from now on');
    const end = async (): Promise<void> => {
      try {
        await this.#options.gone(app, url);
      } catch (error) {
        this.#options.health.failed(error);
        this.#retries.add(end);
      }
    };
    void end();
  }

  /** Nothing was written. */
  #storeFailed(webhook: Webhook, error: unknown): void {
    this.#options.health.failed(error);
    if (isEnded(webhook)) return;
    webhook.state = 'pausing';
    this.#retries.add(() => {
      if (webhook.state === 'pausing') this.#enqueue(webhook);
      return Promise.resolve();
    });
  }

  // --- what ------------------------------------------------------------------------------------------------

  /** Rejects with StoreError, and nothing was written then. */
  async #ask(webhook: Webhook): Promise<WebhookResult> {
    const { app, url, reader } = webhook;
    if ((await reader.pending(1)).length === 0) return { outcome: 'nothing' };
    const secret = await this.#options.secrets.of(app, url);
    const turn: { said?: Promise<void> } = {};
    const result = await this.#options.sender.send({
      url, secret,
      say: (write) => {
        turn.said = this.#say(webhook, write);
        return turn.said.catch(() => undefined);
      },
    });
    await turn.said;
    return result;
  }

  /** Rejects with StoreError, and nothing was written then. */
  async #say(webhook: Webhook, write: WebhookWrite): Promise<void> {
    const { reader } = webhook;
    while (!this.#stopped) {
      const news = await reader.pending(limits.webhookEvents);
      if (news.length === 0) return;
      // Somebody among them is being changed right now: they are looked at again.
      if (write(() => this.#message(webhook, news)) !== 'empty') return;
    }
  }

  /** Nothing is awaited from the look at what is visible to the bytes. */
  #message(webhook: Webhook, news: readonly News[]): WebhookMessage | undefined {
    const events = this.#stopped ? [] : webhook.reader.take(news);
    const last = events.at(-1);
    if (last === undefined) return undefined;
    webhook.written = last.sequence;
    const atMs = this.#options.clock.nowMs();
    const presence = events.map(({ uid, state }) => ({ uid, state }));
    const body = JSON.stringify({ type: 'presence', timestamp: new Date(atMs).toISOString(), data: { presence } });
    return { id: encodeId('msg_', this.#options.randomBytes(idBytes)), atMs, body };
  }
}

/** It may have ended while something was awaited. */
function isEnded({ state }: Webhook): boolean {
  return state === 'ended';
}

function pauseMs(
  failures: number,
  result: Extract<WebhookResult, { readonly outcome: 'later' | 'refused' }>,
  fraction: () => number,
): number {
  const { webhookRetryMs: baseMs, webhookRetryCapMs: capMs, webhookHeededSeconds } = limits;
  // One that refuses may just not have been given the secret yet.
  const askedMs = result.outcome === 'later' ? Math.min(result.afterSeconds ?? 0, webhookHeededSeconds) * 1000 : 0;
  // A receiver of many apps must not be asked by all of them at once.
  return Math.max(askedMs * (1 + fraction() / 4), backoffMs(failures, { baseMs, capMs }, { next: fraction }));
}
