// The records of oidc-provider as documents of the store. Its ids are secrets (codes, tokens): the store has only their hashes.

import type { AppId } from '../../core/ids.js';
import type { Clock } from '../../ports/clock.js';
import type { AppRecord, DocumentRecord, Store } from '../../ports/store.js';
import { isOver } from '../account/documents.js';
import { hashedId } from '../hashed-id.js';

type Payload = Readonly<Record<string, unknown>>;

/** Models whose records end with their grant. */
const ofGrants = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'];

export class DocumentAdapter {
  readonly #model: string;
  readonly #kind: string;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #used: () => Error;

  constructor({ model, store, clock, used }: {
    readonly model: string;
    readonly store: Store;
    readonly clock: Clock;
    /** The error for a code or token that was used already. */
    readonly used: () => Error;
  }) {
    this.#used = used;
    this.#model = model;
    this.#kind = kindOf(model);
    this.#store = store;
    this.#clock = clock;
  }

  async upsert(id: string, payload: Payload, expiresInSeconds?: number): Promise<void> {
    const names = (['grantId', 'uid', 'userCode'] as const).flatMap((key) => {
      const value = payload[key];
      return typeof value === 'string' ? [nameOf(key, value)] : [];
    });
    await this.#store.putDocument({
      kind: this.#kind,
      id: hashedId(id),
      names,
      // oidc-provider writes the id into the record, too.
      value: Buffer.from(JSON.stringify({ ...payload, jti: undefined })),
      ...(expiresInSeconds && { expiresAtMs: this.#clock.nowMs() + expiresInSeconds * 1000 }),
    });
  }

  async find(id: string): Promise<Payload | undefined> {
    if (this.#model === 'Client') {
      const app = await this.#store.app(id as AppId).catch(() => undefined);
      return app === undefined ? undefined : clientOf(app);
    }
    const found = this.#living(await this.#store.document(this.#kind, hashedId(id)));
    return found && { ...found, jti: id };
  }

  findByUid(uid: string): Promise<Payload | undefined> {
    return this.#named(nameOf('uid', uid));
  }

  findByUserCode(userCode: string): Promise<Payload | undefined> {
    return this.#named(nameOf('userCode', userCode));
  }

  async consume(id: string): Promise<void> {
    const document = await this.#store.document(this.#kind, hashedId(id));
    // Of all that come with the same code or token at once, one takes it (facts/presence A3).
    if (document === undefined || !(await this.#store.removeDocument(this.#kind, hashedId(id)))) throw this.#used();
    const payload = { ...parse(document.value), consumed: Math.floor(this.#clock.nowMs() / 1000) };
    await this.#store.putDocument({ ...document, value: Buffer.from(JSON.stringify(payload)) });
  }

  async destroy(id: string): Promise<void> {
    await this.#store.removeDocument(this.#kind, hashedId(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const model of ofGrants) {
      await this.#store.removeDocumentsNamed(kindOf(model), nameOf('grantId', grantId));
    }
  }

  async #named(name: string): Promise<Payload | undefined> {
    return this.#living((await this.#store.documentsNamed(this.#kind, name, 1))[0]);
  }

  #living(document: DocumentRecord | undefined): Payload | undefined {
    return document === undefined || isOver(document, this.#clock.nowMs()) ? undefined : parse(document.value);
  }
}

/** Undefined for an app that cannot ask for authorization (facts/presence A7). */
function clientOf(app: AppRecord): Payload | undefined {
  if (app.deactivated === true || app.redirectUris === undefined) return undefined;
  return {
    client_id: app.id,
    client_name: app.name,
    // Its hash is all there is of it; `compareClientSecret` knows.
    client_secret: Buffer.from(app.secretHash).toString('hex'),
    redirect_uris: app.redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'ES256',
  };
}

function kindOf(model: string): string {
  return `oauth${model.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function nameOf(key: string, value: string): string {
  return `${key.toLowerCase()}:${hashedId(value)}`;
}

function parse(value: Uint8Array): Payload {
  return JSON.parse(Buffer.from(value).toString()) as Payload;
}
