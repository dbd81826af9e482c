// The Matrix push gateway (https://spec.matrix.org/v1.11/push-gateway-api/): a homeserver hands a notification over, and it
// goes to endpoints of this gateway. A pusher's `pushkey` is such an endpoint, so no request ever leaves from here.
//
// Matrix does not encrypt for the device: what arrives there is the notification as JSON, in the open.

import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { BoundedCache } from '../../core/bounded-cache.js';
import type { Urgency } from '../../core/frames.js';
import { limits } from '../../core/limits.js';
import type { PushError, PushGateway } from '../../gateway/push-doors.js';
import type { Clock } from '../../ports/clock.js';
import { pushProblem, sendProblem, storeProblem } from '../problem.js';
import type { Problem } from '../problem.js';
import { validate } from '../validation.js';
import { fittingPayload, jsonText, notificationSchema } from './matrix-payload.js';
import type { MatrixDevice, MatrixNotification } from './matrix-payload.js';
import type { PushLimits } from './push-limits.js';
import type { RequestsUnderWay } from './requests-under-way.js';
import { placeOf, takePlace } from './sender.js';

export interface MatrixRoutesOptions {
  readonly push: Pick<PushGateway, 'endpoint' | 'push'>;
  readonly rates: Pick<PushLimits, 'toEndpoint'>;
  readonly underWay: RequestsUnderWay;
  readonly clock: Clock;
}

const bodySchema = z.looseObject({ notification: notificationSchema }, 'a JSON object with a notification');

/** What became of a notification for one device. */
type Delivery = 'taken' | 'rejected' | { readonly later: Problem };

export function addMatrixRoutes(app: FastifyInstance, options: MatrixRoutesOptions): void {
  const { underWay } = options;
  const deliveries = new MatrixDeliveries(options);

  app.get('/_matrix/push/v1/notify', (_request, reply) => reply.send({ unifiedpush: { gateway: 'matrix' } }));

  app.post('/_matrix/push/v1/notify', {
    bodyLimit: limits.matrixBodyBytes,
    onRequest: (request, reply, done) => {
      if (takePlace(underWay, request, reply) !== undefined) done();
    },
  }, async (request, reply) => {
    const checked = validate(bodySchema, jsonOf(request.body));
    if (!checked.ok) return sendProblem(reply, checked.problem);
    const { notification } = checked.value;
    const place = placeOf(request);
    place.begin();
    const results = await Promise.all(notification.devices.map((device) => deliveries.deliver(notification, device)))
      .finally(() => place.end());
    // The whole is sent again by the homeserver, which has no other way to hear of one device.
    const later = results.flatMap((result) => (typeof result === 'object' ? [result.later] : []));
    const [worst] = later.sort((one, other) => other.status - one.status);
    if (worst !== undefined) return sendProblem(reply, worst);
    const rejected = notification.devices.flatMap(({ pushkey }, index) => (results[index] === 'rejected' ? [pushkey] : []));
    return reply.send({ rejected });
  });
}

class MatrixDeliveries {
  readonly #options: MatrixRoutesOptions;
  /**
   * What was taken: a homeserver sends a notification again when it heard no answer, or when another of its devices could
   * not be served, and the first must not get it twice.
   */
  readonly #taken = new BoundedCache<string, true>({ most: limits.matrixRemembered });

  constructor(options: MatrixRoutesOptions) {
    this.#options = options;
  }

  async deliver(notification: MatrixNotification, device: MatrixDevice): Promise<Delivery> {
    const token = tokenOf(device.pushkey);
    if (token === undefined) return 'rejected';
    const name = nameOf(notification, device, token);
    if (name !== undefined && this.#taken.get(name) === true) return 'taken';
    const result = await this.#send(notification, device, token).catch((error: unknown): Delivery => {
      const problem = storeProblem(error);
      if (problem === undefined) throw error;
      return { later: problem };
    });
    if (result === 'taken' && name !== undefined) this.#taken.set(name, true);
    return result;
  }

  async #send(notification: MatrixNotification, device: MatrixDevice, token: string): Promise<Delivery> {
    const { push, rates, clock } = this.#options;
    const endpoint = await push.endpoint(token);
    // One that takes messages of one key only cannot take this: a homeserver signs nothing.
    if (endpoint === 'unknown' || endpoint === 'gone' || endpoint.applicationServerKey !== undefined) return 'rejected';
    const busy = rates.toEndpoint(endpoint.subscription, clock.nowMs());
    if (busy !== undefined) return { later: busy };
    const result = await push.push({
      endpoint,
      data: fittingPayload(notification, device),
      encrypted: false,
      urgency: urgencyOf(notification),
      ttlSeconds: limits.matrixTtlSeconds,
      topic: isEvent(notification) ? '' : countsTopic,
    });
    return result.ok ? 'taken' : refused(result.error);
  }
}

/** Counts that are not of an event replace each other: only the last ones are true. */
const countsTopic = 'matrix-counts';

function isEvent({ event_id: event }: MatrixNotification): boolean {
  return event !== undefined && event !== null && event !== '';
}

/** 'high' is what the specification takes for granted; what only counts wakes nobody unless it is said to. */
function urgencyOf(notification: MatrixNotification): Urgency {
  switch (notification.prio) {
    case 'low': return 'low';
    case 'high': return 'high';
    default: return isEvent(notification) ? 'high' : 'low';
  }
}

function refused(error: PushError): Delivery {
  switch (error.code) {
    case 'gone':
    case 'revoked':
    case 'unknown-destination':
    case 'not-allowed':
      return 'rejected';
    case 'rate-limited':
    case 'store-busy':
    case 'store-unavailable':
    case 'stopping':
      return { later: pushProblem(error) };
    case 'payload-too-large':
    case 'bad-option':
    case 'bad-receipt-subscription':
      throw new Error(`a notification of Matrix was not made as the gateway takes it: ${error.message}`);
  }
}

/**
 * The token of an endpoint. It is sealed by the gateway that gave it out, so it tells whether that was this one, also when
 * the gateway had another name then.
 */
function tokenOf(pushkey: string): string | undefined {
  return /^https?:\/\/[^?#]+\/push\/([A-Za-z0-9_-]+)$/.exec(pushkey)?.[1];
}

/** What is the same when the same event is sent again to the same device of the same pusher; undefined for mere counts. */
function nameOf(notification: MatrixNotification, { app_id: app, data }: MatrixDevice, token: string): string | undefined {
  if (!isEvent(notification)) return undefined;
  const hash = createHash('sha256');
  for (const part of [token, app, notification.event_id, notification.room_id]) hash.update(JSON.stringify([part]));
  // By their data an app tells apart the accounts that share an endpoint.
  return hash.update(jsonText(data) ?? '').digest('base64url');
}

/** Undefined for what is none. */
function jsonOf(body: unknown): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(body) ? body.toString('utf8') : '') as unknown;
  } catch {
    return undefined;
  }
}
