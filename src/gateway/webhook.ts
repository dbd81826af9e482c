// What an operator sets of an app's webhook: where it goes, and the secret by which its receiver knows that it is ours.

import { createHmac } from 'node:crypto';

import type { AppId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Store } from '../ports/store.js';
import { keptKey } from './kept-key.js';
import { done, refused } from './outcome.js';
import type { Outcome } from './outcome.js';
import type { EndpointProblem } from './push-subscription.js';
import type { RandomBytes } from './secrets.js';

/** As it is kept. `problemOf` decides where it may go; without it, whatever is https. */
export function parseWebhook(text: string, problemOf: EndpointProblem = httpsProblem): Outcome<string, 'bad-webhook'> {
  const wrong = (what: string) => refused('bad-webhook', `webhook: ${what}; an https URL such as https://app.example.org/presence is right`);
  if (!URL.canParse(text)) return wrong('not a URL');
  const url = new URL(text);
  // Every spelling becomes one: the secret depends on it.
  const { href } = url;
  if (href.length > limits.urlCharacters) return wrong(`${href.length} characters; ${limits.urlCharacters} are the most`);
  if (href.includes('#')) return wrong('a URL with a fragment, which no server hears of');
  if (url.username !== '' || url.password !== '') return wrong('a URL with a name or password in it');
  const problem = problemOf(href);
  return problem === undefined ? done(href) : wrong(problem);
}

function httpsProblem(url: string): string | undefined {
  return url.startsWith('https://') ? undefined : 'not an https URL';
}

/** Secrets that nobody keeps: each follows from a key of the gateway, the app and the URL. Another URL has another secret. */
export class WebhookSecrets {
  readonly #key: () => Promise<Uint8Array>;

  constructor(options: { readonly store: Store; readonly randomBytes: RandomBytes }) {
    this.#key = keptKey(options, 'webhooks');
  }

  /** 32 bytes. Rejects with StoreError while the key cannot be had. */
  async of(app: AppId, url: string): Promise<Uint8Array> {
    return createHmac('sha256', await this.#key()).update(`${app}\0${url}`).digest();
  }
}

/** As libraries for Standard Webhooks take it. */
export function webhookSecretText(secret: Uint8Array): string {
  return `whsec_${Buffer.from(secret).toString('base64')}`;
}
