// A push service as RFC 8030, 8291 and 8292 have it, on real HTTPS: it takes what is right, says what is wrong, and fails as it is told.

import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { importJWK, jwtVerify } from 'jose';
import type { Test } from 'tap';

import { decryptWebPush } from '../../src/device/push-decryption.js';
import type { DecryptionKeys } from '../../src/device/push-decryption.js';
import { selfSigned } from '../device/certificate.js';
import { misbehave } from '../outgoing/misbehaving.js';
import type { Failure } from '../outgoing/misbehaving.js';

/** What a browser of the push service has. */
export interface Browser {
  /** As `PushSubscription.toJSON()` gives it. */
  readonly subscription: { readonly endpoint: string; readonly keys: { readonly p256dh: string; readonly auth: string } };
}

export interface Delivered {
  readonly endpoint: string;
  readonly text: string;
  readonly ttl: number;
  readonly urgency: string | undefined;
  readonly topic: string | undefined;
  readonly subject: string | undefined;
  readonly applicationServerKey: string;
}

/** One answer in the place of the right one. */
export class StandIn {
  readonly certificate = selfSigned();
  readonly delivered: Delivered[] = [];
  /** What was wrong with requests that were refused. */
  readonly complaints: string[] = [];
  /** Answers to come, then right ones. */
  readonly failures: Failure[] = [];
  requests = 0;
  origin = '';
  readonly #keys = new Map<string, DecryptionKeys>();
  readonly #gone = new Set<string>();

  static async listen(t: Test): Promise<StandIn> {
    const standIn = new StandIn();
    const server = createServer(standIn.certificate, (request, response) => {
      standIn.#answer(request, response).catch((error: unknown) => {
        standIn.complaints.push(String(error));
        response.writeHead(400).end();
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    standIn.origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    t.teardown(() => {
      server.closeAllConnections();
      server.close();
    });
    return standIn;
  }

  async subscribe(): Promise<Browser> {
    const curve = { name: 'ECDH', namedCurve: 'P-256' };
    const { privateKey, publicKey: point } = await webcrypto.subtle.generateKey(curve, false, ['deriveBits']);
    const publicKey = new Uint8Array(await webcrypto.subtle.exportKey('raw', point));
    const authSecret = new Uint8Array(randomBytes(16));
    const path = `/wpush/${randomBytes(16).toString('base64url')}`;
    this.#keys.set(path, { privateKey, publicKey, authSecret });
    const keys = { p256dh: Buffer.from(publicKey).toString('base64url'), auth: Buffer.from(authSecret).toString('base64url') };
    return { subscription: { endpoint: `${this.origin}${path}`, keys } };
  }

  unsubscribe({ subscription }: Browser): void {
    this.#gone.add(new URL(subscription.endpoint).pathname);
  }

  get texts(): readonly string[] {
    return this.delivered.map(({ text }) => text);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = Buffer.concat(parts);
    const failure = this.failures.shift();
    if (failure === undefined) await this.#take(request, response, body);
    else misbehave(failure, request, response, 201);
  }

  async #take(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const path = request.url ?? '';
    const keys = this.#keys.get(path);
    if (keys === undefined || this.#gone.has(path)) {
      response.writeHead(keys === undefined ? 404 : 410).end();
      return;
    }
    const { ttl, urgency, topic, authorization = '', 'content-encoding': encoding } = request.headers;
    const [, token = '', key = ''] = /^vapid t=([^,]+), *k=(.+)$/.exec(authorization) ?? [];
    const point = Buffer.from(key, 'base64url');
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
    const { payload } = await jwtVerify(token, await importJWK({ kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, 'ES256'), {
      audience: this.origin, requiredClaims: ['exp'],
    });
    if (typeof ttl !== 'string' || !/^\d+$/.test(ttl)) throw new Error(`TTL ${String(ttl)}`);
    if (encoding !== 'aes128gcm') throw new Error(`Content-Encoding ${String(encoding)}`);
    if (body.length > 4_096) throw new Error(`${body.length} bytes`);
    if (typeof topic === 'string' && !/^[A-Za-z0-9_-]{1,32}$/.test(topic)) throw new Error(`Topic ${topic}`);
    this.delivered.push({
      endpoint: `${this.origin}${path}`,
      text: Buffer.from(await decryptWebPush(body, keys)).toString(),
      ttl: Number(ttl),
      urgency: typeof urgency === 'string' ? urgency : undefined,
      topic: typeof topic === 'string' ? topic : undefined,
      subject: payload.sub,
      applicationServerKey: key,
    });
    const message = createHash('sha256').update(body).digest('base64url');
    response.writeHead(201, { location: `${this.origin}/m/${message}` }).end();
  }
}
