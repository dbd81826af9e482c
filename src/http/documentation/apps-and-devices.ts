import { urgencies } from '../../core/frames.js';
import { limits } from '../../core/limits.js';
import { trouble } from './operation.js';
import type { Operations } from './operation.js';

const states = ['online', 'away', 'offline'] as const;
const presence = {
  type: 'object',
  required: ['uid', 'state'],
  properties: { uid: { type: 'string' }, state: { enum: states } },
} as const;

export const appAndDeviceOperations: Operations = {
  'POST /v1/notify/:uid': {
    audience: 'App servers',
    summary: 'Send a notification to every device of a user that has the app',
    security: 'appSecret',
    path: { uid: { about: 'the user\'s name for this app', required: true } },
    query: {
      urgency: { about: 'how soon it matters', schema: { enum: urgencies, default: 'normal' } },
      ttl: { about: 'seconds that it may wait; 0: now or never', schema: { type: 'integer', minimum: 0, maximum: limits.ttlSeconds } },
      topic: { about: 'replaces what waits of the same topic' },
      id: { about: 'the sender\'s own name for it, to take it back or to have a receipt' },
      receipt: { about: '`1`: a receipt is wanted; it comes over MQTT', schema: { enum: ['0', '1'] } },
    },
    body: { type: 'application/octet-stream', about: `the notification, at most ${limits.payloadBytes} bytes, of whatever type` },
    answers: {
      201: {
        about: 'kept; the same answer wherever the user is',
        schema: {
          type: 'object',
          required: ['accepted', 'duplicate'],
          properties: { accepted: { const: true }, duplicate: { type: 'boolean', description: 'a message of this id lives already' } },
        },
      },
    },
    problems: {
      400: ['bad-option'], 401: ['unauthorized'], 403: ['not-allowed'], 404: ['unknown-destination'], 410: ['revoked'],
      413: ['payload-too-large'], 429: ['rate-limited'], 503: trouble,
    },
  },
  'DELETE /v1/messages/:reference': {
    audience: 'App servers',
    summary: 'Take a message back',
    security: 'appSecret',
    path: { reference: { about: 'the `id` that it was sent with', required: true } },
    answers: { 204: { about: 'it will never be delivered, and gives no receipt' } },
    problems: { 401: ['unauthorized'], 404: ['unknown-destination'], 429: ['rate-limited'], 503: trouble },
  },
  'GET /v1/presence': {
    audience: 'App servers',
    summary: 'Whom the app may see, and what they are now',
    about: 'With `Accept: text/event-stream` a stream of server-sent events: a snapshot, then changes. An event\'s id is a cursor that goes on '
      + 'after it; one that means nothing any more gives a snapshot.',
    security: 'appSecret',
    query: {
      after: { about: 'the `next` of the page before' },
      limit: { about: 'users on a page', schema: { type: 'integer', minimum: 1, maximum: limits.pageItems } },
      cursor: { about: 'of a stream: as `Last-Event-ID`' },
    },
    headers: { 'Last-Event-ID': { about: 'of a stream: the last event that came' } },
    answers: {
      200: {
        about: 'a page, or a stream',
        schema: {
          type: 'object',
          required: ['presence'],
          properties: { presence: { type: 'array', items: presence }, next: { type: 'string', description: 'absent on the last page' } },
        },
      },
    },
    problems: { 400: ['bad-request'], 401: ['unauthorized'], 429: ['too-many-readers'], 503: trouble },
  },
  'GET /v1/presence/:uid': {
    audience: 'App servers',
    summary: 'What one user is now',
    security: 'appSecret',
    path: { uid: { about: 'the user\'s name for this app', required: true } },
    answers: { 200: { about: 'offline also for one who hides', schema: presence } },
    problems: { 401: ['unauthorized'], 404: ['unknown-destination'], 410: ['revoked'], 503: trouble },
  },
  'DELETE /subscription/:id': {
    audience: 'Devices',
    summary: 'End a subscription, and with it its endpoint and what waits',
    security: 'deviceToken',
    path: { id: { about: 'the subscription', required: true } },
    answers: { 204: { about: 'its endpoint answers 410 from now on' } },
    problems: { 401: ['unauthorized'], 404: ['unknown-destination'], 503: trouble },
  },
  'GET /application-server-key': {
    audience: 'Devices',
    summary: 'What a browser subscribes with, to be a device without a link',
    answers: {
      200: {
        about: 'the same for good',
        schema: {
          type: 'object',
          required: ['applicationServerKey'],
          properties: { applicationServerKey: { type: 'string', description: '65 bytes in base64url, as pushManager.subscribe takes it' } },
        },
      },
    },
    problems: { 503: trouble },
  },
};
