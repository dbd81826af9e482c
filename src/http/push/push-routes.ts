// Web Push (RFC 8030, 8291, 8292): the standard door. What a sender may not do is said before its body is read.

import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { SubscriptionId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { Gateway } from '../../gateway/doors.js';
import type { PushEndpoint, PushGateway, PushResult, ReceiptChoice } from '../../gateway/push-doors.js';
import type { Deadlines } from '../../gateway/timer-wheel.js';
import type { Clock } from '../../ports/clock.js';
import type { Soon } from '../../ports/soon.js';
import { basicCredentials } from '../basic-credentials.js';
import { pushProblem, sendProblem, unknownProblem } from '../problem.js';
import type { Problem } from '../problem.js';
import { addApplicationServerKeyRoute } from './application-server-key.js';
import { addCors } from './cors.js';
import { encryptedBodyProblem } from './encrypted-body.js';
import { addMatrixRoutes } from './matrix.js';
import { PushBounds } from './push-bounds.js';
import { parsePushHeaders, receiptRelation } from './push-headers.js';
import type { PushHeaders } from './push-headers.js';
import { addReceiptRoutes } from './receipts.js';
import { addSenders, placeOf, senderOf, takePlace } from './sender.js';
import type { Admitted } from './sender.js';
import type { Signatures } from './signatures.js';
import { addUnifiedPushRoutes } from './unifiedpush.js';
import type { Signed } from './vapid.js';

export interface PushRoutesOptions {
  readonly push: PushGateway;
  /** To know devices. */
  readonly gateway: Pick<Gateway, 'authenticate'>;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** What browsers subscribe with for this gateway to send to them; 65 bytes. Rejects with StoreError. Absent: it sends to none. */
  readonly applicationServerKey?: () => Promise<Uint8Array>;
  /** What endpoints begin with, without a slash at its end; undefined before the gateway listens. */
  readonly publicUrl: () => string | undefined;
  /** Absent: those of `core/limits`. */
  readonly bounds?: PushBounds;
}

type Admittance = { readonly admitted: Admitted } | { readonly problem: Problem };

type Signature = Awaited<ReturnType<Signatures['of']>>;

interface Token {
  readonly token: string;
}

export function addPushRoutes(app: FastifyInstance, options: PushRoutesOptions): void {
  const { push, gateway } = options;
  const bounds = options.bounds ?? new PushBounds();
  const { rates, pushes: underWay, seats } = bounds;
  const admission = new Admission(options, bounds);
  const urlOf = (kind: 'message' | 'receipts', token: string): string => `${options.publicUrl() ?? ''}/${kind}/${token}`;

  addCors(app);
  addSenders(app);
  // Whatever is asked for here. Hooks that wait for nothing are no promises: there are thousands of pushes a second.
  app.addHook('onRequest', (request, reply, done) => {
    const hurried = rates.fromAddress(senderOf(request).address, options.clock.nowMs());
    if (hurried === undefined) done();
    else void sendProblem(reply, hurried);
  });
  // A body is bytes, whatever its sender calls them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.post<{ Params: Token }>('/push/:token', {
    bodyLimit: limits.payloadBytes,
    onRequest: (request, reply, done) => {
      const place = takePlace(underWay, request, reply);
      if (place === undefined) return;
      const proceed = (result: Admittance): void => {
        if ('problem' in result) return void sendProblem(challenged(reply, result.problem), result.problem);
        senderOf(request).admitted = result.admitted;
        done();
      };
      const admittance = admission.of(request, request.params.token);
      if (admittance instanceof Promise) {
        place.begin();
        admittance.finally(() => place.end()).then(proceed, done);
      } else {
        proceed(admittance);
      }
    },
  }, async (request, reply) => {
    const { admitted } = senderOf(request);
    if (admitted === undefined) throw new Error('a push came by without being admitted');
    const { endpoint, headers, receipts } = admitted;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const problem = bodyProblem(headers, body);
    if (problem !== undefined) return sendProblem(reply, { status: 400, code: 'bad-encryption', detail: problem });
    const { ttlSeconds, urgency, topic } = headers;
    const place = placeOf(request);
    place.begin();
    let result: PushResult;
    try {
      result = await push.push({
        endpoint, data: body, encrypted: body.length > 0, urgency, ttlSeconds, topic, ...(receipts !== undefined && { receipts }),
      });
    } finally {
      place.end();
    }
    if (!result.ok) return sendProblem(reply, pushProblem(result.error));
    void reply.header('location', urlOf('message', result.message)).header('ttl', result.ttlSeconds);
    if (result.receipts === undefined) return reply.code(201).send();
    return reply.code(202).header('link', `<${urlOf('receipts', result.receipts)}>; rel="${receiptRelation}"`).send();
  });

  app.delete<{ Params: Token }>('/message/:token', async (request, reply) => {
    switch (await push.cancelMessage(request.params.token)) {
      case 'cancelled': return reply.code(204).send();
      case 'gone': return sendProblem(reply, {
        status: 410, code: 'gone', detail: 'the message was acknowledged, replaced, taken back, or has expired',
      });
      case 'unknown': return sendProblem(reply, unknownProblem('message'));
    }
  });

  app.delete<{ Params: { readonly id: string } }>('/subscription/:id', async (request, reply) => {
    const { username, password } = basicCredentials(request.headers.authorization);
    const identity = await gateway.authenticate(username, password);
    if (identity?.kind !== 'device') {
      void reply.header('www-authenticate', 'Basic realm="lowbeat", charset="UTF-8"');
      return sendProblem(reply, {
        status: 401, code: 'unauthorized', detail: 'send HTTP Basic credentials: the device id and its token',
      });
    }
    const removed = await push.unsubscribe(identity.device, request.params.id as SubscriptionId);
    return removed ? reply.code(204).send() : sendProblem(reply, unknownProblem('subscription of this device'));
  });

  addReceiptRoutes(app, { ...options, urlOf, seats });
  addApplicationServerKeyRoute(app, options);
  addUnifiedPushRoutes(app);
  addMatrixRoutes(app, { ...options, rates, underWay: bounds.matrix });
}

/** Who may push, by all that can be told before the body is read. */
class Admission {
  readonly #options: PushRoutesOptions;
  readonly #bounds: PushBounds;
  /** Of the public URL that was last read. */
  #origin = { publicUrl: '', origin: '' };

  constructor(options: PushRoutesOptions, bounds: PushBounds) {
    this.#options = options;
    this.#bounds = bounds;
  }

  /** Rejects with StoreError. */
  of(request: FastifyRequest, token: string): Soon<Admittance> {
    const nowMs = this.#options.clock.nowMs();
    const endpoint = this.#options.push.endpoint(token);
    return endpoint instanceof Promise
      ? endpoint.then((opened) => this.#to(opened, request, nowMs))
      : this.#to(endpoint, request, nowMs);
  }

  #to(endpoint: PushEndpoint | 'unknown' | 'gone', request: FastifyRequest, nowMs: number): Soon<Admittance> {
    if (endpoint === 'unknown') return { problem: unknownProblem('endpoint') };
    if (endpoint === 'gone') {
      return { problem: { status: 410, code: 'gone', detail: 'the device removed this endpoint, or its user revoked the app; forget it' } };
    }
    const signature = this.#signature(request, nowMs);
    return signature instanceof Promise
      ? signature.then((result) => this.#from(result, endpoint, request, nowMs))
      : this.#from(signature, endpoint, request, nowMs);
  }

  #signature(request: FastifyRequest, nowMs: number): ReturnType<Signatures['of']> {
    const { headers } = request;
    const cryptoKey = headers['crypto-key'];
    return this.#bounds.signatures.of({
      headers: { authorization: headers.authorization, cryptoKey: Array.isArray(cryptoKey) ? cryptoKey.join(';') : cryptoKey },
      origin: this.#ownOrigin(), address: senderOf(request).address, nowMs,
    });
  }

  #ownOrigin(): string {
    const publicUrl = this.#options.publicUrl() ?? 'http://unknown.invalid';
    if (this.#origin.publicUrl !== publicUrl) this.#origin = { publicUrl, origin: new URL(publicUrl).origin };
    return this.#origin.origin;
  }

  #from(result: Signature, endpoint: PushEndpoint, request: FastifyRequest, nowMs: number): Admittance {
    const signed = signer(result, endpoint);
    if ('problem' in signed) return signed;
    // Only now: who may not push there takes nothing from who may.
    const busy = this.#limited(endpoint, signed.keyName, nowMs);
    if (busy !== undefined) return { problem: busy };
    const headers = parsePushHeaders(request.headers);
    if (typeof headers === 'string') return { problem: { status: 400, code: 'bad-header', detail: headers } };
    const receipts = headers.receiptWanted ? this.#receipts(headers, signed.key) : undefined;
    if (receipts === 'foreign') {
      return {
        problem: {
          status: 400, code: 'bad-receipt-subscription',
          detail: 'the Link names no receipt subscription of this gateway; leave it out, and the answer names one',
        },
      };
    }
    return { admitted: { endpoint, headers, ...(receipts !== undefined && { receipts }) } };
  }

  #limited({ subscription }: PushEndpoint, key: string | undefined, nowMs: number): Problem | undefined {
    const { rates } = this.#bounds;
    return rates.toEndpoint(subscription, nowMs) ?? (key === undefined ? undefined : rates.byKey(key, nowMs));
  }

  #receipts({ receiptLink }: PushHeaders, key: Uint8Array | undefined): ReceiptChoice | 'foreign' {
    if (receiptLink === undefined) return key === undefined ? 'endpoint' : { applicationServerKey: key };
    const start = `${this.#options.publicUrl() ?? ''}/receipts/`;
    return receiptLink.startsWith(start) ? { token: receiptLink.slice(start.length) } : 'foreign';
  }
}

/** Who signed it; nobody where anybody may push. */
function signer(
  result: Signature,
  { applicationServerKey }: PushEndpoint,
): Partial<Pick<Signed, 'key' | 'keyName'>> | { readonly problem: Problem } {
  switch (result.outcome) {
    case 'unsigned':
      if (applicationServerKey === undefined) return {};
      return {
        problem: {
          status: 401, code: 'vapid-required',
          detail: 'this endpoint takes one application server key only: sign with it (RFC 8292)',
        },
      };
    case 'refused':
      return { problem: { status: 403, code: 'vapid-refused', detail: result.detail } };
    case 'signed': {
      if (applicationServerKey !== undefined && !timingSafeEqual(applicationServerKey, result.key)) {
        return { problem: { status: 403, code: 'vapid-refused', detail: 'k is not the application server key that this endpoint takes' } };
      }
      return result;
    }
    case 'limited':
      return { problem: result.problem };
  }
}

/** The challenge that an answer of 401 must have (RFC 9110, section 11.6.1). */
function challenged(reply: FastifyReply, { status }: Problem): FastifyReply {
  return status === 401 ? reply.header('www-authenticate', 'vapid') : reply;
}

function bodyProblem({ encoding }: PushHeaders, body: Buffer): string | undefined {
  if (encoding === 'older') return 'aesgcm is not taken: encrypt with "Content-Encoding: aes128gcm" (RFC 8291)';
  if (body.length === 0) return encoding === 'other' ? 'an empty body has no Content-Encoding' : undefined;
  if (encoding !== 'aes128gcm') return 'a body is encrypted for its device: "Content-Encoding: aes128gcm", once (RFC 8291)';
  return encryptedBodyProblem(body);
}
