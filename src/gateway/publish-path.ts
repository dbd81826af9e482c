// The one way in for notifications, whichever door they came through: resolve → keep durably → answer → deliver.
// Who may publish, and in whose name, its callers decide: publishing.ts for apps, push.ts for Web Push.

import { urgencies } from '../core/frames.js';
import type { Urgency } from '../core/frames.js';
import type { DeviceId, Uid } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Metrics } from '../ports/metrics.js';
import { StoreError } from '../ports/store.js';
import type {
  AcceptRequest, AcceptResult, AcceptTarget, MessageReference, NotificationRecord, Store, TouchedSenders,
} from '../ports/store.js';
import type { UserView } from './directory.js';
import type { PublishError, PublishErrorCode } from './doors.js';
import type { Evenly } from './even-answers.js';
import { begun } from './soon.js';
import type { Soon } from './soon.js';
import type { StoreHealth } from './store-health.js';
import { storeRefusal, storeUnavailable } from './store-health.js';

/** The devices that are linked, as far as publishing needs to know them. */
export interface LinkedDevices {
  /** Whether the device is linked and would get a notification of this urgency now. */
  admits(device: DeviceId, urgency: Urgency): boolean;
  /** They are behind what was kept: nothing more should be kept until they have caught up. */
  readonly behind: boolean;
  /** Hands what was just kept to those that are linked, once its sender has the answer. `view` is what it was kept by. */
  deliver(view: UserView, notifications: readonly NotificationRecord[]): void;
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

export type PathResult<Code> =
  | {
      readonly ok: true;
      readonly duplicate: boolean;
      /** What now waits; empty for a duplicate, and for what is never to be delivered. */
      readonly notifications: readonly NotificationRecord[];
    }
  | Failed<Code | PublishErrorCode>;

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

  /**
   * `resolve` is asked again when what it had read changed meanwhile; `evenly` holds the answer back. Never rejects. Thousands of these are under
   * way at once, and each step that waits is what the garbage collector has to carry: there are as few as can be.
   */
  publish<Code extends string, Answer>(
    draft: Draft,
    resolve: () => Soon<Resolution<Code>>,
    { answer, evenly }: { readonly answer: (result: PathResult<Code>) => Answer; readonly evenly?: Evenly | undefined },
  ): Promise<Answer> {
    const run = () => this.#accept(draft, resolve);
    return this.#counted<PathResult<Code>, Answer>(
      evenly === undefined ? run : () => evenly(run),
      (result) => answer(result.ok ? result : this.refused(result.error)),
    );
  }

  /** Runs it as something that `stop` waits for; a store that fails is an answer. Never rejects. */
  counted<Result>(run: () => Promise<Result>): Promise<Result | Failed<PublishErrorCode>> {
    return this.#counted<Result, Result | Failed<PublishErrorCode>>(run, (result) => result);
  }

  #counted<Result, Answer>(run: () => Promise<Result>, answer: (result: Result | Failed<PublishErrorCode>) => Answer): Promise<Answer> {
    this.#underWay += 1;
    return begun(run).then(
      (result) => {
        this.#ended();
        return answer(result);
      },
      (error: unknown) => {
        this.#options.health.failed(error);
        this.#ended();
        return answer({ ok: false, error: error instanceof StoreError ? storeRefusal(error) : storeUnavailable });
      },
    );
  }

  #ended(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onQuiet?.();
  }

  refused<Code extends string>(error: Refusal<Code>): Failed<Code> {
    this.#options.metrics.count('notifications_refused_total', 1, error.code);
    return { ok: false, error };
  }

  #accept<Code extends string>(
    draft: Draft,
    resolve: () => Soon<Resolution<Code>>,
  ): Promise<PathResult<Code | PublishErrorCode>> {
    const closed = this.#closed;
    if (closed !== undefined) return Promise.resolve({ ok: false, error: closed });
    const startedMs = this.#options.clock.nowMs();
    const resolved = resolve();
    if (!(resolved instanceof Promise) && resolved.ok && resolved.view.live) return this.#keep(draft, resolved, startedMs);
    return this.#acceptLater(draft, { resolve, first: resolved, startedMs });
  }

  async #acceptLater<Code extends string>(
    draft: Draft,
    { resolve, first, startedMs }: {
      readonly resolve: () => Soon<Resolution<Code>>;
      readonly first: Soon<Resolution<Code>>;
      readonly startedMs: number;
    },
  ): Promise<PathResult<Code | 'revoked'>> {
    for (let attempt = 0; attempt < limits.resolveAttempts; attempt += 1) {
      const resolved = await (attempt === 0 ? first : resolve());
      if (!resolved.ok) return resolved;
      if (!resolved.view.live) continue;
      // From here to the call of the store nothing is awaited: a change that begins later comes later in the store, too.
      return this.#keep(draft, resolved, startedMs);
    }
    const error = {
      code: 'store-busy',
      message: 'the user is being changed; nothing was kept, send it again in a moment',
      retryAfterSeconds: 1,
    } as const;
    return { ok: false, error };
  }

  #keep(draft: Draft, { view, targets, grant }: Resolved, startedMs: number): Promise<PathResult<'revoked'>> {
    const { store, clock, linked } = this.#options;
    const acceptedAtMs = clock.nowMs();
    const nowOrNever = draft.ttlSeconds === 0;
    // Never is decided here: who is not linked, or does not admit it, gets no copy that could push out others.
    const chosen = nowOrNever ? targets.filter(({ device }) => linked.admits(device, draft.urgency)) : targets;
    if (chosen.length === 0 && draft.message === undefined) {
      // The sender waits for a durable write all the same: its time must not tell who is there (facts/presence H3).
      return store.probe().then(() => {
        this.#observe(startedMs);
        return keptNothing;
      });
    }
    const expiresAtMs = acceptedAtMs + (nowOrNever ? limits.nowOrNeverMs : draft.ttlSeconds * 1000);
    return store.accept(acceptRequest({ draft, targets: chosen, acceptedAtMs, expiresAtMs, grant }))
      .then((result) => this.#kept(result, { view, chosen, startedMs }));
  }

  #kept(result: AcceptResult, { view, chosen, startedMs }: {
    readonly view: UserView;
    readonly chosen: readonly AcceptTarget[];
    readonly startedMs: number;
  }): PathResult<'revoked'> {
    if (result.outcome === 'revoked') return { ok: false, error: revokedError };
    this.#observe(startedMs);
    if (result.outcome === 'duplicate') return { ok: true, duplicate: true, notifications: [] };
    const { metrics, linked, keptForPush, wakeSenders } = this.#options;
    const { notifications } = result;
    metrics.count('notifications_accepted_total', chosen.length);
    this.#countOverflow(notifications);
    linked.deliver(view, notifications);
    if (view.pushDevices.size > 0) keptForPush(view, notifications, chosen);
    wakeSenders(result.touched);
    return { ok: true, duplicate: false, notifications };
  }

  #observe(startedMs: number): void {
    const { metrics, clock } = this.#options;
    metrics.observe('accept_seconds', (clock.nowMs() - startedMs) / 1000);
  }

  #countOverflow(notifications: readonly NotificationRecord[]): void {
    let overflows = 0;
    for (const { missed } of notifications) if (missed > 0) overflows += 1;
    if (overflows > 0) this.#options.metrics.count('notifications_dropped_total', overflows, 'overflow');
  }
}

const keptNothing = { ok: true, duplicate: false, notifications: [] } as const;

function acceptRequest({ draft, targets, acceptedAtMs, expiresAtMs, grant }: {
  readonly draft: Draft;
  readonly targets: readonly AcceptTarget[];
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
  readonly grant: Uid | undefined;
}): AcceptRequest {
  const { data, encrypted, urgency, topic, message } = draft;
  const request: { -readonly [Field in keyof AcceptRequest]: AcceptRequest[Field] } = {
    targets, urgency, topic, acceptedAtMs, expiresAtMs, data,
  };
  if (encrypted === true) request.encrypted = encrypted;
  if (grant !== undefined) request.grant = grant;
  if (message !== undefined) request.message = message;
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
