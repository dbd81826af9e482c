// The one way in for notifications, whichever door they came through: resolve → keep durably → answer → deliver.
// Who may publish, and in whose name, its callers decide: publishing.ts for apps, push.ts for Web Push.

import { urgencies } from '../core/frames.js';
import type { Urgency } from '../core/frames.js';
import type { DeviceId, Uid } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Mutable } from '../core/mutable.js';
import type { Clock } from '../ports/clock.js';
import type { Metrics } from '../ports/metrics.js';
import type { Soon } from '../ports/soon.js';
import { StoreError } from '../ports/store.js';
import type {
  AcceptAsker, AcceptRequest, AcceptResult, AcceptTarget, MessageReference, NotificationRecord, Store, TouchedSenders,
} from '../ports/store.js';
import type { UserView } from './directory.js';
import type { PublishError, PublishErrorCode } from './doors.js';
import type { EvenAnswers, Question } from './even-answers.js';
import type { StoreHealth } from './store-health.js';
import { storeRefusal, storeUnavailable } from './store-health.js';

/** The devices that are linked, as far as publishing needs to know them. */
export interface LinkedDevices {
  /** Whether the device is linked and would get a notification of this urgency now. */
  admits(device: DeviceId, urgency: Urgency): boolean;
  /** They are behind what was kept: nothing more should be kept until they have caught up. */
  readonly behind: boolean;
  /** This will be kept: `deliver` comes when it is, or was not. With `mayGoAhead` it may go down before. `view` is what it is kept by. */
  foretell(view: UserView, notifications: readonly NotificationRecord[], mayGoAhead: boolean): void;
  /** Hands what was just kept to those that are linked; `foretold` is what was foretold of it, if anything. */
  deliver(view: UserView, notifications: readonly NotificationRecord[], foretold: readonly NotificationRecord[] | undefined): void;
  /** Some of what waited for these devices was withdrawn: what is on its way to them is stopped. */
  withdrawn(devices: readonly DeviceId[]): void;
}

export interface PublishPathOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly health: StoreHealth;
  readonly linked: LinkedDevices;
  /** What was just kept may have copies for devices with a push service of their own. */
  readonly keptForPush: (view: UserView, notifications: readonly NotificationRecord[], targets: readonly AcceptTarget[]) => void;
  /** Receipts went into the outboxes of these senders. */
  readonly wakeSenders: (senders: TouchedSenders) => void;
}

/** What is to be kept, whoever it is for. */
export interface Draft {
  readonly data: Uint8Array;
  readonly encrypted?: true;
  readonly urgency: Urgency;
  /** Seconds; 0: now or never. */
  readonly ttlSeconds: number;
  readonly topic: string;
  readonly message?: MessageReference;
}

/** Whom it is for, by a view that is looked at again right before it is kept. */
export interface Resolved {
  readonly ok: true;
  readonly view: UserView;
  readonly targets: readonly AcceptTarget[];
  /** The grant it is sent under. */
  readonly grant?: Uid;
}

interface Failed<Code> {
  readonly ok: false;
  readonly error: Refusal<Code>;
}

interface Refusal<Code> extends Omit<PublishError, 'code'> {
  readonly code: Code;
}

export type Resolution<Code> = Resolved | Failed<Code>;

/** What became of a publish. */
export type PathResult<Code> =
  | {
      readonly ok: true;
      readonly duplicate: boolean;
      /** What now waits; empty for a duplicate, and for what is never to be delivered. */
      readonly notifications: readonly NotificationRecord[];
    }
  | Failed<Code | PublishErrorCode>;

/** For whom a publish is kept, and by whose view. */
interface Kept {
  readonly view: UserView;
  readonly targets: readonly AcceptTarget[];
  /** Sent again under its name it is delivered once: so it goes nowhere before its name is kept. */
  readonly isNamed: boolean;
}

/**
 * One publish under way, from its request to its answer. Thousands are at once, and each is what the garbage collector has to carry
 * until then: it is one object, and holds no more than it needs.
 */
export abstract class Publish<Code extends string> implements Question, AcceptAsker {
  /** When the path began with it. */
  startedMs = 0;
  /** Its answer waits for `release`. */
  isHeld = false;
  /** What it is being kept by. */
  kept: Kept | undefined;
  /** What the store said will wait. */
  foreseen: readonly NotificationRecord[] | undefined;
  readonly #path: PublishPath;
  #result: PathResult<Code> | undefined;

  constructor(path: PublishPath) {
    this.#path = path;
  }

  /** Whom it is for; asked again when what it had read changed meanwhile. */
  abstract resolve(): Soon<Resolution<Code>>;

  /** What is to be kept. */
  abstract draft(): Draft;

  /** What became of it: called once, after `begin` has returned. Never throws. */
  protected abstract answer(result: PathResult<Code>): void;

  /** By the store. */
  foretold(notifications: readonly NotificationRecord[], mayGoAhead: boolean): void {
    this.#path.foretold(this, notifications, mayGoAhead);
  }

  succeeded(result: AcceptResult): void {
    this.#path.accepted(this, result);
  }

  failed(error: unknown): void {
    this.#path.failed(this, error);
  }

  get isAnswered(): boolean {
    return this.#result !== undefined;
  }

  decided(result: PathResult<Code>): void {
    this.#result = result;
    if (!this.isHeld) this.release();
  }

  release(): void {
    if (this.#result === undefined) return;
    this.#path.ended();
    this.answer(this.#result);
  }
}

export class PublishPath {
  readonly #options: PublishPathOptions;
  #underWay = 0;
  #stopping = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: PublishPathOptions) {
    this.#options = options;
  }

  /** Why nothing is taken just now, whoever asks. */
  get #closed(): PublishError | undefined {
    if (this.#stopping) return stoppingError;
    if (!this.#options.health.well) return storeUnavailable;
    return this.#options.linked.behind ? behindError : undefined;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** From now on everything is refused; resolves when all that was under way has its answer. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  /** With `evenAnswers` its answer waits until its time tells nothing. Never throws. */
  begin<Code extends string>(publish: Publish<Code>, evenAnswers?: EvenAnswers): void {
    this.#underWay += 1;
    publish.isHeld = evenAnswers !== undefined;
    evenAnswers?.ask(publish);
    const closed = this.#closed;
    if (closed !== undefined) {
      queueMicrotask(() => publish.decided(this.refused(closed)));
      return;
    }
    publish.startedMs = this.#options.clock.nowMs();
    try {
      const resolved = publish.resolve();
      if (!(resolved instanceof Promise) && resolved.ok && resolved.view.live) this.#keep(publish, resolved);
      else this.#keepLater(publish, resolved).catch((error: unknown) => this.failed(publish, error));
    } catch (error) {
      queueMicrotask(() => this.failed(publish, error));
    }
  }

  /** Runs it as something that `stop` waits for; a store that fails is an answer. Never rejects. */
  async counted<Result>(run: () => Promise<Result>): Promise<Result | Failed<PublishErrorCode>> {
    this.#underWay += 1;
    try {
      return await run();
    } catch (error) {
      return { ok: false, error: this.#errorOf(error) };
    } finally {
      this.ended();
    }
  }

  /** Something that was under way has its answer. */
  ended(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onQuiet?.();
  }

  refused<Code extends string>(error: Refusal<Code>): Failed<Code> {
    this.#options.metrics.count('notifications_refused_total', 1, error.code);
    return { ok: false, error };
  }

  failed<Code extends string>(publish: Publish<Code>, error: unknown): void {
    this.#settle(publish, nothingKept);
    publish.decided(this.refused(this.#errorOf(error)));
  }

  #errorOf(error: unknown): PublishError {
    this.#options.health.failed(error);
    return error instanceof StoreError ? storeRefusal(error) : storeUnavailable;
  }

  async #keepLater<Code extends string>(publish: Publish<Code>, first: Soon<Resolution<Code>>): Promise<void> {
    for (let attempt = 0; attempt < limits.resolveAttempts; attempt += 1) {
      const resolved = await (attempt === 0 ? first : publish.resolve());
      if (!resolved.ok) {
        publish.decided(this.refused(resolved.error));
        return;
      }
      if (!resolved.view.live) continue;
      // From here to the call of the store nothing is awaited: a change that begins later comes later in the store, too.
      this.#keep(publish, resolved);
      return;
    }
    publish.decided(this.refused(changingError));
  }

  #keep<Code extends string>(publish: Publish<Code>, { view, targets, grant }: Resolved): void {
    const { store, clock, linked } = this.#options;
    const draft = publish.draft();
    const acceptedAtMs = clock.nowMs();
    const nowOrNever = draft.ttlSeconds === 0;
    // Never is decided here: who is not linked, or does not admit it, gets no copy that could push out others.
    const chosen = nowOrNever ? targets.filter(({ device }) => linked.admits(device, draft.urgency)) : targets;
    if (chosen.length === 0 && draft.message === undefined) {
      // The sender waits for a durable write all the same: its time must not tell who is there (facts/presence H3).
      store.probe(publish.isHeld).then(() => {
        this.#observe(publish);
        publish.decided(keptNothing);
      }, (error: unknown) => publish.failed(error));
      return;
    }
    const expiresAtMs = acceptedAtMs + (nowOrNever ? limits.nowOrNeverMs : draft.ttlSeconds * 1000);
    publish.kept = { view, targets: chosen, isNamed: draft.message !== undefined };
    store.acceptFor(publish, acceptRequest({ draft, targets: chosen, acceptedAtMs, expiresAtMs, grant, patient: publish.isHeld }));
  }

  foretold<Code extends string>(publish: Publish<Code>, notifications: readonly NotificationRecord[], mayGoAhead: boolean): void {
    const { kept } = publish;
    if (kept === undefined || notifications.length === 0) return;
    publish.foreseen = notifications;
    this.#options.linked.foretell(kept.view, notifications, mayGoAhead && !kept.isNamed);
  }

  /** What was foretold has come, or has not. */
  #settle<Code extends string>({ kept, foreseen }: Publish<Code>, notifications: readonly NotificationRecord[]): void {
    if (kept === undefined || (foreseen === undefined && notifications.length === 0)) return;
    this.#options.linked.deliver(kept.view, notifications, foreseen);
  }

  /** The store has answered. */
  accepted<Code extends string>(publish: Publish<Code>, result: AcceptResult): void {
    this.#settle(publish, result.outcome === 'accepted' ? result.notifications : nothingKept);
    if (result.outcome === 'revoked') {
      publish.decided(this.refused(revokedError));
      return;
    }
    this.#observe(publish);
    if (result.outcome === 'duplicate') {
      publish.decided({ ok: true, duplicate: true, notifications: [] });
      return;
    }
    const { kept } = publish;
    if (kept === undefined) throw new Error('a publish was accepted that was not asked for');
    const { metrics, keptForPush, wakeSenders } = this.#options;
    const { notifications } = result;
    metrics.count('notifications_accepted_total', kept.targets.length);
    this.#countOverflow(notifications);
    if (kept.view.pushDevices.size > 0) keptForPush(kept.view, notifications, kept.targets);
    wakeSenders(result.touched);
    publish.decided({ ok: true, duplicate: false, notifications });
  }

  #observe({ startedMs }: { readonly startedMs: number }): void {
    const { metrics, clock } = this.#options;
    metrics.observe('accept_seconds', (clock.nowMs() - startedMs) / 1000);
  }

  #countOverflow(notifications: readonly NotificationRecord[]): void {
    let overflows = 0;
    for (const { missed } of notifications) if (missed > 0) overflows += 1;
    if (overflows > 0) this.#options.metrics.count('notifications_dropped_total', overflows, 'overflow');
  }
}

const nothingKept: readonly NotificationRecord[] = [];

const keptNothing = { ok: true, duplicate: false, notifications: [] } as const;

function acceptRequest({ draft, targets, acceptedAtMs, expiresAtMs, grant, patient }: {
  readonly draft: Draft;
  readonly targets: readonly AcceptTarget[];
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
  readonly grant: Uid | undefined;
  readonly patient: boolean;
}): AcceptRequest {
  const { data, encrypted, urgency, topic, message } = draft;
  const request: Mutable<AcceptRequest> = { targets, urgency, topic, acceptedAtMs, expiresAtMs, data };
  if (encrypted === true) request.encrypted = encrypted;
  if (grant !== undefined) request.grant = grant;
  if (message !== undefined) request.message = message;
  // A named one does not go ahead: its devices wait for the write.
  else if (patient) request.patient = true;
  return request;
}

const topicPattern = new RegExp(`^[A-Za-z0-9_-]{0,${limits.topicCharacters}}$`);

/** What is wrong with it, if anything. */
export function checkDraft({ data, ttlSeconds, urgency, topic }: Omit<Draft, 'message' | 'encrypted'>): PublishError | undefined {
  if (data.length > limits.payloadBytes) {
    return {
      code: 'payload-too-large',
      message: `the payload has ${data.length} bytes; ${limits.payloadBytes} is the most`,
    };
  }
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 0 || ttlSeconds > limits.ttlSeconds) {
    return badOption(`ttl ${ttlSeconds}: whole seconds from 0 to ${limits.ttlSeconds}`);
  }
  if (!urgencies.includes(urgency)) return badOption(`urgency: one of ${urgencies.join(', ')}`);
  if (!topicPattern.test(topic)) {
    return badOption(`topic: at most ${limits.topicCharacters} characters of A-Z a-z 0-9 - _ (RFC 8030 §5.4)`);
  }
  return undefined;
}

export function badOption(message: string): PublishError {
  return { code: 'bad-option', message };
}

const changingError: PublishError = {
  code: 'store-busy',
  message: 'the user is being changed; nothing was kept, send it again in a moment',
  retryAfterSeconds: 1,
};

export const revokedError = {
  code: 'revoked',
  message: 'the user took this grant back; forget the uid, a new grant comes with a new one',
} as const;

const behindError: PublishError = {
  code: 'store-busy',
  message: 'the links are behind what was kept; nothing was kept, send it again in a moment',
  retryAfterSeconds: 1,
};

export const stoppingError: PublishError = {
  code: 'stopping',
  message: 'the gateway is stopping; send it again',
  retryAfterSeconds: 5,
};
