// The Web Push endpoints of subscriptions, told to devices and opened again for senders.

import type { Store, SubscriptionRecord } from '../ports/store.js';
import { CapabilityTokens } from './capability-tokens.js';
import type { RandomBytes } from './secrets.js';

/** Under which the store keeps what tokens are made with. */
const keyName = 'capability-tokens';
const keyBytes = 32;

export interface EndpointUrlsOptions {
  readonly store: Store;
  readonly randomBytes: RandomBytes;
  /** Without a slash at its end; undefined while it is not known. */
  readonly publicUrl?: () => string | undefined;
}

export class EndpointUrls {
  readonly #options: EndpointUrlsOptions;
  #tokens: CapabilityTokens | undefined;

  constructor(options: EndpointUrlsOptions) {
    this.#options = options;
  }

  /** Undefined before they were first asked for. */
  get atHand(): CapabilityTokens | undefined {
    return this.#tokens;
  }

  /** Rejects with StoreError while the store cannot keep, or tell, the key. */
  async tokens(): Promise<CapabilityTokens> {
    if (this.#tokens !== undefined) return this.#tokens;
    const { store, randomBytes } = this.#options;
    const key = await store.keep(keyName, randomBytes(keyBytes));
    this.#tokens ??= new CapabilityTokens(key);
    return this.#tokens;
  }

  /** The same each time; undefined when there is none to give out. Rejects with StoreError. */
  async of({ id, endpointClosed }: Pick<SubscriptionRecord, 'id' | 'endpointClosed'>): Promise<string | undefined> {
    const url = this.#options.publicUrl?.();
    if (url === undefined || endpointClosed) return undefined;
    return `${url}/push/${(await this.tokens()).seal('endpoint', id)}`;
  }
}
