import type { RegisteredApp } from '../core/device-agent/actions.js';
import { DeviceError } from './errors.js';
import type { KeyRing, PushKeys } from './push-keys.js';
import { Waiting } from './waiting.js';

/** An app that the gateway knows on this device. */
export interface AppRegistration {
  readonly app: string;
  /** The name by which an app server reaches this app on this device, and nothing else. */
  readonly subscription: string;
  /** Its Web Push endpoint; absent when the gateway offers none. */
  readonly endpoint?: string;
  /**
   * What its senders encrypt with (RFC 8291); absent where there is no WebCrypto. `{ endpoint, keys }` is what a browser's
   * `PushSubscription` has. They change with `subscription`, and when what was stored is lost.
   */
  readonly keys?: PushKeys;
}

export interface RegistrationsOptions {
  readonly keys: KeyRing;
  /** Resolves when new keys will survive a restart. */
  readonly save: () => Promise<void>;
  /** Something of it is new. */
  readonly onRegistered: (registration: AppRegistration) => void;
  readonly onKeysFailed: (app: string, error: unknown) => void;
}

/** The apps that the gateway has confirmed, each with its keys, and who waits for them. */
export class Registrations {
  readonly #options: RegistrationsOptions;
  readonly #known = new Map<string, AppRegistration>();
  /** Why an app could not be registered. */
  readonly #failures = new Map<string, DeviceError>();
  readonly #awaited = new Waiting<string, AppRegistration>();
  /** The last confirmation of each app: an older one, or one of a removed app, counts no more once its keys are made. */
  readonly #confirmed = new Map<string, RegisteredApp>();
  #keying: Promise<void> = Promise.resolve();

  constructor(options: RegistrationsOptions) {
    this.#options = options;
  }

  get all(): readonly AppRegistration[] {
    return [...this.#known.values()];
  }

  /** Told when its keys are there, and kept. One after the other, so that they are told in their order. */
  confirmed(app: RegisteredApp): void {
    this.#confirmed.set(app.app, app);
    this.#keying = this.#keying.then(() => this.#take(app));
  }

  failed(app: string, error: DeviceError): void {
    this.#failures.set(app, error);
    this.#awaited.reject(app, error);
  }

  /** It is registered anew: what failed before does not count. */
  asked(app: string): void {
    this.#failures.delete(app);
  }

  removed(app: string): void {
    this.#failures.delete(app);
    this.#confirmed.delete(app);
    this.#known.delete(app);
    this.#options.keys.forget(app);
    this.#awaited.reject(app, removedError(app));
  }

  /** Resolves when all that was confirmed is told. */
  settled(): Promise<void> {
    return this.#keying;
  }

  /** What the gateway said of it; undefined before it said anything. */
  answerOf(app: string): AppRegistration | DeviceError | undefined {
    return this.#known.get(app) ?? this.#failures.get(app);
  }

  /** The next answer, which rejects with a `DeviceError` when it is a refusal, or nobody waits any more. */
  answer(app: string): Promise<AppRegistration> {
    return this.#awaited.wait(app);
  }

  rejectAll(error: DeviceError): void {
    this.#awaited.rejectAll(error);
  }

  async #take(confirmed: RegisteredApp): Promise<void> {
    const { app, subscription, endpoint } = confirmed;
    const keys = await this.#keysOf(app, subscription);
    const current = this.#confirmed.get(app);
    if (current === undefined) this.#options.keys.forget(app);
    if (current !== confirmed) return;
    const registration = {
      app, subscription, ...(endpoint === undefined ? {} : { endpoint }), ...(keys === undefined ? {} : { keys }),
    };
    const known = this.#known.get(app);
    const told = known === undefined || !isSame(known, registration) ? registration : known;
    this.#known.set(app, told);
    if (told !== known) this.#options.onRegistered(told);
    this.#awaited.resolve(app, told);
  }

  /** Never rejects: without keys an app still gets what is not encrypted. */
  async #keysOf(app: string, subscription: string): Promise<PushKeys | undefined> {
    const { keys, save, onKeysFailed } = this.#options;
    const known = keys.of(app, subscription);
    if (known !== undefined || !this.#confirmed.has(app)) return known;
    try {
      const made = await keys.make(app, subscription);
      // Whoever is told them may use them for months: they must survive first.
      if (made !== undefined) await save();
      return made;
    } catch (error) {
      onKeysFailed(app, error);
      return undefined;
    }
  }
}

export function removedError(app: string): DeviceError {
  return new DeviceError({ code: 'app-removed', message: `the app "${app}" was removed` });
}

function isSame(a: AppRegistration, b: AppRegistration): boolean {
  return a.subscription === b.subscription && a.endpoint === b.endpoint
    && a.keys?.p256dh === b.keys?.p256dh && a.keys?.auth === b.keys?.auth;
}
