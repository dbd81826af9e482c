import type { Confirmation, Registration, RejectionCode } from '../frames.js';
import type { Alias } from '../ids.js';
import { limits } from '../limits.js';
import type { DeviceAgentState, RegisteredApp } from './actions.js';

interface Pending extends Registration {
  sent: boolean;
}

/** RFC 8292: an uncompressed P-256 point. */
const keyBytes = 65;

/**
 * The apps of this device: which are registered, which registrations and removals the gateway has
 * not answered.
 */
export class Registry {
  readonly #apps = new Map<string, RegisteredApp>();
  readonly #names = new Map<Alias, string>();
  readonly #pending = new Map<string, Pending>();
  /** Aliases to remove; true: sent on this link. */
  readonly #removals = new Map<Alias, boolean>();
  #nextRequest = 1;

  constructor(options: { readonly state: Pick<DeviceAgentState, 'apps' | 'removals'> }) {
    for (const app of options.state.apps) {
      this.#apps.set(app.app, app);
      this.#names.set(app.alias, app.app);
    }
    for (const alias of options.state.removals) this.#removals.set(alias, false);
  }

  /** A registration or a removal has no answer. */
  get waiting(): boolean {
    return this.#pending.size > 0 || this.#removals.size > 0;
  }

  has(app: string): boolean {
    return this.#apps.has(app) || this.#pending.has(app);
  }

  aliasOf(app: string): Alias | undefined {
    return this.#apps.get(app)?.alias;
  }

  appOf(alias: Alias): string | undefined {
    return this.#names.get(alias);
  }

  /**
   * Asked of the gateway even when the app is known: it answers with what stands, and the app may
   * be gone there. Why it cannot be asked, or undefined.
   */
  register(app: string, applicationServerKey?: Uint8Array): RejectionCode | undefined {
    if (app.length === 0 || app.length > limits.nameCharacters) return 'bad-app-name';
    if ((applicationServerKey?.length ?? keyBytes) !== keyBytes) return 'bad-application-server-key';
    const known = this.#pending.get(app);
    if (known === undefined) {
      if (this.#pending.size >= limits.subscriptionsPerDevice) return 'too-many-subscriptions';
    } else if (sameBytes(known.applicationServerKey, applicationServerKey)) {
      return undefined;
    }
    const request = this.#nextRequest;
    this.#nextRequest += 1;
    const key = applicationServerKey && { applicationServerKey: applicationServerKey.slice() };
    this.#pending.set(app, { request, app, ...key, sent: false });
    return undefined;
  }

  /** False when the app was neither registered nor about to be. */
  remove(app: string): boolean {
    const alias = this.aliasOf(app);
    const known = this.#pending.delete(app) || alias !== undefined;
    this.#apps.delete(app);
    if (alias !== undefined) {
      this.#names.delete(alias);
      this.#removals.set(alias, false);
    }
    return known;
  }

  /**
   * The app that is registered now. Undefined when nobody waits for it: its app was removed before
   * the answer came, and an alias that stands for nothing here is removed there too.
   */
  onConfirmed({ request, alias, subscription, endpoint }: Confirmation): RegisteredApp | undefined {
    const pending = this.#pendingOf(request);
    if (pending === undefined) {
      if (!this.#names.has(alias)) this.#removals.set(alias, false);
      return undefined;
    }
    this.#pending.delete(pending.app);
    const old = this.aliasOf(pending.app);
    if (old !== undefined) this.#names.delete(old);
    const web = endpoint === undefined ? {} : { endpoint };
    const registered = { app: pending.app, alias, subscription, ...web };
    this.#apps.set(pending.app, registered);
    this.#names.set(alias, pending.app);
    // The gateway may have given the app the alias it had before it was removed here.
    this.#removals.delete(alias);
    return registered;
  }

  /**
   * The app whose registration was refused, and whether it is offered again (`again`) or given up.
   */
  onRejected(request: number, again: boolean): string | undefined {
    const pending = this.#pendingOf(request);
    if (pending === undefined) return undefined;
    if (again) pending.sent = false;
    else this.#pending.delete(pending.app);
    return pending.app;
  }

  unsentRegistrations(): Registration[] {
    return [...this.#pending.values()].filter((pending) => !pending.sent);
  }

  unsentRemovals(): Alias[] {
    return [...this.#removals].filter(([, sent]) => !sent).map(([alias]) => alias);
  }

  onSent(registrations: readonly Registration[], removals: readonly Alias[]): void {
    for (const { request } of registrations) {
      const pending = this.#pendingOf(request);
      if (pending !== undefined) pending.sent = true;
    }
    for (const alias of removals) this.#removals.set(alias, true);
  }

  /** The gateway has taken them. True when there were any. */
  onRemovalsAnswered(removals: readonly Alias[]): boolean {
    for (const alias of removals) this.#removals.delete(alias);
    return removals.length > 0;
  }

  onLinkLost(): void {
    for (const pending of this.#pending.values()) pending.sent = false;
    for (const alias of this.#removals.keys()) this.#removals.set(alias, false);
  }

  state(): Pick<DeviceAgentState, 'apps' | 'removals'> {
    return { apps: [...this.#apps.values()], removals: [...this.#removals.keys()] };
  }

  #pendingOf(request: number): Pending | undefined {
    for (const pending of this.#pending.values()) if (pending.request === request) return pending;
    return undefined;
  }
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
