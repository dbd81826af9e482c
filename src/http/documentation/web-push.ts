import { urgencies } from '../../core/frames.js';
import { limits } from '../../core/limits.js';
import { trouble } from './operation.js';
import type { Operations, Parameter } from './operation.js';

const token: Parameter = { about: 'the last part of the address, as it was given out', required: true };

export const webPushOperations: Operations = {
  'POST /push/:token': {
    audience: 'Senders of Web Push',
    summary: 'Send a message to one app on one device',
    about: 'RFC 8030 with the checks of RFC 8291 and VAPID (RFC 8292). After the 201 or 202 the message is on disk.',
    security: 'vapid',
    securityOptional: true,
    path: { token },
    headers: {
      TTL: { about: 'seconds that it may wait for the device; 0: now or never', schema: { type: 'integer', minimum: 0 }, required: true },
      Urgency: { about: 'how soon it matters', schema: { enum: urgencies, default: 'normal' } },
      Topic: { about: `replaces what waits of the same topic: at most ${limits.topicCharacters} characters of A-Z a-z 0-9 - _` },
      Prefer: { about: '`respond-async`: a receipt is wanted' },
      Link: { about: 'rel="urn:ietf:params:push:receipt": the receipt subscription to use, as an answer named it' },
      'Content-Encoding': { about: '`aes128gcm`; absent for an empty body', schema: { const: 'aes128gcm' } },
    },
    body: {
      type: 'application/octet-stream',
      about: `one record of RFC 8291, at most ${limits.payloadBytes} bytes; or nothing, which wakes the app up`,
    },
    answers: {
      201: { about: 'kept', headers: { Location: 'the message resource', TTL: 'seconds that it is kept at most' } },
      202: { about: 'kept, and there will be a receipt', headers: { Location: 'the message resource', Link: 'the receipt subscription' } },
    },
    problems: {
      400: ['bad-header', 'bad-encryption', 'bad-receipt-subscription'],
      401: ['vapid-required'],
      403: ['vapid-refused'],
      404: ['unknown-destination'],
      410: ['gone'],
      413: ['payload-too-large'],
      429: ['rate-limited', 'too-many-requests'],
      503: [...trouble, 'too-many-requests'],
    },
  },
  'GET /push/:token': {
    audience: 'Senders of Web Push',
    summary: 'UnifiedPush discovery',
    path: { token },
    answers: {
      200: { about: 'a push server is here; it says nothing of the endpoint', schema: { const: { unifiedpush: { version: 1 } } } },
    },
    problems: { 404: ['unknown-destination'] },
  },
  'DELETE /message/:token': {
    audience: 'Senders of Web Push',
    summary: 'Take a message back',
    path: { token },
    answers: { 204: { about: 'it will never be delivered, and gives no receipt' } },
    problems: { 404: ['unknown-destination'], 410: ['gone'], 503: trouble },
  },
  'HEAD /receipts/:token': {
    audience: 'Senders of Web Push',
    summary: 'Whether a receipt subscription is there',
    path: { token },
    answers: { 200: { about: 'it is; nothing was waited for or taken' } },
    problems: { 404: ['unknown-destination'], 503: trouble },
  },
  'GET /receipts/:token': {
    audience: 'Senders of Web Push',
    summary: 'Receipts: what became of messages',
    about: 'Waits until there is something. With `Accept: text/event-stream` the same as server-sent events. What was told is told again until '
      + 'its reader says that it came: by the cursor of its next request, or, where it names none, by having taken the whole answer.',
    path: { token },
    query: { after: { about: 'the cursor: everything up to it has come', schema: { type: 'integer', minimum: 0 } } },
    headers: {
      Prefer: { about: `\`wait=N\`: seconds to wait, at most ${limits.receiptWaitSeconds}; 0 answers at once` },
      'Last-Event-ID': { about: 'the cursor of a stream that goes on' },
    },
    answers: {
      200: {
        about: 'oldest first',
        headers: { Link: 'rel="next": where to go on' },
        schema: {
          type: 'array',
          items: {
            type: 'object',
            required: ['message', 'status'],
            properties: {
              message: { type: 'string', description: 'the message resource' },
              status: { enum: [204, 410], description: '204: the device acknowledged it; 410: it was given up' },
            },
          },
        },
      },
      204: { about: 'nothing came in that time', headers: { Link: 'rel="next": where to go on' } },
    },
    problems: { 400: ['bad-request'], 404: ['unknown-destination'], 429: ['too-many-readers'], 503: [...trouble, 'too-many-readers'] },
  },
  'GET /_matrix/push/v1/notify': {
    audience: 'Senders of Web Push',
    summary: 'Discovery of the Matrix push gateway',
    answers: { 200: { about: 'it is one', schema: { const: { unifiedpush: { gateway: 'matrix' } } } } },
  },
  'POST /_matrix/push/v1/notify': {
    audience: 'Senders of Web Push',
    summary: 'The Matrix push gateway',
    about: 'The push gateway API of Matrix; a `pushkey` is an endpoint of this gateway.',
    body: {
      type: 'application/json',
      about: `as Matrix has it, at most ${limits.matrixBodyBytes} bytes and ${limits.matrixDevices} devices`,
      schema: { type: 'object', required: ['notification'], properties: { notification: { type: 'object' } } },
    },
    answers: {
      200: {
        about: 'kept for all but these',
        schema: { type: 'object', required: ['rejected'], properties: { rejected: { type: 'array', items: { type: 'string' } } } },
      },
    },
    problems: {
      400: ['bad-request'], 413: ['payload-too-large'], 429: ['rate-limited', 'too-many-requests'], 503: [...trouble, 'too-many-requests'],
    },
  },
};
