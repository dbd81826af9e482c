// Web Push (RFC 8030) on the one publish path: an endpoint is one app on one device, and whoever has it may send.

import { createHash } from 'node:crypto';

import { BoundedCache } from '../core/bounded-cache.js';
import { encodeId, idBytes, idPrefixes } from '../core/ids.js';
import type { DeviceId, NotificationId, ReceiptSubscriptionId, SubscriptionId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Mutable } from '../core/mutable.js';
import type { Soon } from '../ports/soon.js';
import type { MessageReference, Store, TouchedSenders } from '../ports/store.js';
import type { CapabilityTokens } from './capability-tokens.js';
import type { Directory, FoundSubscription } from './directory.js';
import type { PublishError } from './doors.js';
import type { Quiet } from './presence/quiet.js';
import type {
  PushEndpoint, PushError, PushGateway, PushRequest, PushResult, ReceiptChoice, ReceiptReader,
} from './push-doors.js';
import { checkDraft, Publish } from './publish-path.js';
import type { Draft, LinkedDevices, PathResult, PublishPath, Resolution } from './publish-path.js';
import { Receipts } from './receipts.js';
import type { RandomBytes } from './secrets.js';

export interface PushOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly linked: LinkedDevices;
  readonly quiet: Quiet;
  readonly path: PublishPath;
  readonly randomBytes: RandomBytes;
  readonly endpoints: Endpoints;
}

/** How this gateway names its endpoints. */
export interface Endpoints {
  /** Undefined before they were first asked for. */
  readonly atHand: CapabilityTokens | undefined;
  /** Rejects with StoreError while the key they are made with cannot be had. */
  tokens(): Promise<CapabilityTokens>;
}

/** What a message token stands for. */
type MessageName =
  /** One waiting notification, of a sender that wanted no receipt. */
  | { readonly device: DeviceId; readonly id: NotificationId }
  | { readonly sender: ReceiptSubscriptionId; readonly reference: string };

export class Push implements PushGateway {
  readonly #options: PushOptions;
  readonly #receipts: Receipts;
  /** What tokens of endpoints were opened to, which never changes: a sender uses its endpoint again and again. */
  readonly #opened = new BoundedCache<string, SubscriptionId>({ most: limits.cachedIds });

  constructor(options: PushOptions) {
    this.#options = options;
    this.#receipts = new Receipts(options);
  }

  /** Receipts may have come for these senders. */
  wake(senders: TouchedSenders): void {
    this.#receipts.wake(senders);
  }

  endpoint(token: string): Soon<PushEndpoint | 'unknown' | 'gone'> {
    const id = this.#opened.get(token);
    const found = id === undefined ? undefined : this.#options.directory.peekSubscription(id);
    return found === undefined ? this.#open(token) : endpointOf(found);
  }

  async #open(token: string): Promise<PushEndpoint | 'unknown' | 'gone'> {
    const tokens = await this.#options.endpoints.tokens();
    const id = tokens.open('endpoint', token) as SubscriptionId | undefined;
    if (id === undefined) return 'unknown';
    const found = await this.#options.directory.subscription(id);
    if (found === undefined) return 'gone';
    // A copy: what comes from a request is a part of something longer.
    this.#opened.set(Buffer.from(token, 'latin1').toString('latin1'), id);
    return endpointOf(found);
  }

  async push(request: PushRequest): Promise<PushResult> {
    const { path } = this.#options;
    const { data, urgency, topic } = request;
    const ttlSeconds = Math.min(request.ttlSeconds, limits.ttlSeconds);
    const draft: Mutable<Draft> = { data, urgency, ttlSeconds, topic };
    if (request.encrypted) draft.encrypted = true;
    const wrong = path.stopping ? undefined : checkDraft(draft);
    if (wrong !== undefined) return path.refused(wrong);
    let tokens = this.#options.endpoints.atHand;
    if (tokens === undefined) {
      // What fails is the store under the key of the tokens.
      const begun = await path.counted(async () => ({ ok: true as const, tokens: await this.#options.endpoints.tokens() }));
      if (!begun.ok) return path.refused(begun.error);
      tokens = begun.tokens;
    }
    const message = this.#name(request, tokens);
    if (message === 'unknown') return path.refused(unknownReceipts);
    if (message !== undefined) draft.message = message;
    const result = await new Promise<PathResult<'gone'>>((answer) => {
      path.begin(new EndpointPublish({ path, draft, resolve: () => this.#resolve(request.endpoint), answer }));
    });
    if (!result.ok) return { ok: false, error: pushError(result.error) };
    if (message !== undefined) {
      const { reference } = message;
      const sender = message.sender as ReceiptSubscriptionId;
      return {
        ok: true, ttlSeconds,
        message: sealMessage(tokens, { sender, reference }),
        receipts: tokens.seal('receipts', sender),
      };
    }
    const kept = result.notifications.at(-1);
    // What nobody is there for has no id; its name is like any other's.
    const name = { device: kept?.device ?? this.#nobody(), id: kept?.id ?? 1 };
    return { ok: true, ttlSeconds, message: sealMessage(tokens, name) };
  }

  async cancelMessage(token: string): Promise<'cancelled' | 'unknown' | 'gone'> {
    const { store, linked, endpoints } = this.#options;
    const name = openMessage(await endpoints.tokens(), token);
    if (name === undefined) return 'unknown';
    if ('sender' in name) {
      const devices = await store.cancel(name.sender, name.reference);
      if (devices === undefined) return 'gone';
      linked.withdrawn(devices);
      return 'cancelled';
    }
    if (!(await store.withdraw(name.device, name.id))) return 'gone';
    linked.withdrawn([name.device]);
    return 'cancelled';
  }

  async receipts(token: string): Promise<ReceiptReader | undefined> {
    const tokens = await this.#options.endpoints.tokens();
    const sender = tokens.open('receipts', token);
    if (sender === undefined) return undefined;
    return this.#receipts.reader(sender as ReceiptSubscriptionId, (reference) =>
      sealMessage(tokens, { sender: sender as ReceiptSubscriptionId, reference }));
  }

  async unsubscribe(device: DeviceId, id: SubscriptionId): Promise<boolean> {
    const { store, directory, linked } = this.#options;
    const found = await directory.subscription(id);
    if (found?.subscription.device !== device) return false;
    const removed = await directory.during(found.view.user, () => store.removeSubscription(id));
    linked.withdrawn([device]);
    return removed;
  }

  #resolve({ subscription: id }: PushEndpoint): Soon<Resolution<'gone'>> {
    const { directory } = this.#options;
    const found = directory.peekSubscription(id);
    // Only where times may be quiet the app has to be known.
    return found?.view.hasQuiet === false ? resolutionOf(found, false) : this.#resolveLater(id);
  }

  async #resolveLater(id: SubscriptionId): Promise<Resolution<'gone'>> {
    const found = await this.#options.directory.subscription(id);
    if (found === undefined) return { ok: false, error: goneError };
    const { view, subscription } = found;
    const { directory, quiet } = this.#options;
    const app = view.hasQuiet ? await directory.appByIdOrName(subscription.app) : undefined;
    const grant = app && view.grantOf(app.id);
    const dropped = grant !== undefined && quiet.drops(view, grant);
    return resolutionOf(found, dropped);
  }

  /** The name of a message whose sender wants a receipt. */
  #name({ receipts, endpoint }: PushRequest, tokens: CapabilityTokens): MessageReference | 'unknown' | undefined {
    if (receipts === undefined) return undefined;
    const sender = senderOf(receipts, endpoint, tokens);
    if (sender === undefined) return 'unknown';
    return { sender, reference: encodeId('', this.#options.randomBytes(idBytes)), receiptWanted: true };
  }

  #nobody(): DeviceId {
    return encodeId(idPrefixes.device, this.#options.randomBytes(idBytes)) as DeviceId;
  }
}

class EndpointPublish extends Publish<'gone'> {
  readonly #options: EndpointPublishOptions;

  constructor(options: EndpointPublishOptions) {
    super(options.path);
    this.#options = options;
  }

  override resolve(): Soon<Resolution<'gone'>> {
    return this.#options.resolve();
  }

  override draft(): Draft {
    return this.#options.draft;
  }

  protected override answer(result: PathResult<'gone'>): void {
    this.#options.answer(result);
  }
}

interface EndpointPublishOptions {
  readonly path: PublishPath;
  readonly draft: Draft;
  readonly resolve: () => Soon<Resolution<'gone'>>;
  readonly answer: (result: PathResult<'gone'>) => void;
}

function endpointOf({ subscription }: FoundSubscription): PushEndpoint | 'gone' {
  if (subscription.endpointClosed) return 'gone';
  const { applicationServerKey } = subscription;
  return { subscription: subscription.id, ...(applicationServerKey !== undefined && { applicationServerKey }) };
}

function resolutionOf({ view, subscription }: FoundSubscription, dropped: boolean): Resolution<'gone'> {
  if (subscription.endpointClosed) return { ok: false, error: goneError };
  return { ok: true, view, targets: dropped ? [] : [view.targetOf(subscription)] };
}

function senderOf(
  choice: ReceiptChoice,
  { subscription }: PushEndpoint,
  tokens: CapabilityTokens,
): ReceiptSubscriptionId | undefined {
  if (choice !== 'endpoint' && 'token' in choice) {
    return tokens.open('receipts', choice.token) as ReceiptSubscriptionId | undefined;
  }
  const hash = createHash('sha256');
  // The same sender is the same each time; who it is cannot be told from it, for the token hides it.
  if (choice === 'endpoint') hash.update('endpoint ').update(subscription);
  else hash.update('key ').update(choice.applicationServerKey);
  return encodeId(idPrefixes.receiptSubscription, hash.digest().subarray(0, idBytes)) as ReceiptSubscriptionId;
}

// Ids of equal length: a token's own length must not tell how many notifications a device has had.
const idCharacters = 7;

function sealMessage(tokens: CapabilityTokens, name: MessageName): string {
  const text = 'sender' in name
    ? `${name.sender}!${name.reference}`
    : `${name.device}!${name.id.toString(36).padStart(idCharacters, '0')}`;
  return tokens.seal('message', text);
}

function openMessage(tokens: CapabilityTokens, token: string): MessageName | undefined {
  const [owner = '', which = ''] = tokens.open('message', token)?.split('!') ?? [];
  if (owner === '') return undefined;
  return owner.startsWith(idPrefixes.receiptSubscription)
    ? { sender: owner as ReceiptSubscriptionId, reference: which }
    : { device: owner as DeviceId, id: Number.parseInt(which, 36) };
}

const goneError = {
  code: 'gone',
  message: 'this endpoint has ended: the device removed it, or its user revoked the app; forget it',
} as const;

const unknownReceipts: PushError = {
  code: 'bad-receipt-subscription',
  message: 'the Link names no receipt subscription of this gateway; leave it out, and the answer names one',
};

function pushError(error: PushError | PublishError): PushError {
  return error.code === 'revoked' ? goneError : error;
}
