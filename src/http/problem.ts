// Every refusal is an RFC 9457 problem with a stable `code` (docs/errors.md).

import type { FastifyReply } from 'fastify';

import type { PublishError, PublishErrorCode } from '../gateway/doors.js';
import type { PushError } from '../gateway/push-doors.js';
import type { RegistryErrorCode } from '../gateway/registry.js';
import type { AppRegistrationErrorCode } from '../gateway/app-registration.js';
import type { UserControlErrorCode } from '../gateway/user-control.js';
import { StoreError } from '../ports/store.js';

/** Codes that only this door gives. */
export const httpErrorCodes = [
  'bad-request',
  'unauthorized',
  'not-found',
  'method-not-allowed',
  'gone',
  'bad-header',
  'bad-encryption',
  'bad-receipt-subscription',
  'too-many-readers',
  'too-many-requests',
  'vapid-required',
  'vapid-refused',
  'unsupported-media-type',
  'bad-subprotocol',
  'forged-request',
  'sign-in-required',
  'not-operator',
  'wrong-credentials',
  'bad-password',
  'bad-passkey',
  'passkeys-unavailable',
  'too-many-passkeys',
  'last-credential',
  'bad-invitation',
  'too-many-invitations',
  'busy',
  'internal',
] as const;
export type HttpErrorCode = (typeof httpErrorCodes)[number];

export interface Problem {
  readonly status: number;
  readonly code: HttpErrorCode | PublishErrorCode | RegistryErrorCode | UserControlErrorCode | AppRegistrationErrorCode;
  /** What was wrong and what would be right. */
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  /** For a `bad-request`: each key that was wrong. */
  readonly errors?: readonly KeyError[];
}

/** What was asked for, or why not. */
export type Answer<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: Problem };

export function refuse(problem: Problem): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem };
}

export interface KeyError {
  /** Path of the key, such as `scopes.0`; empty for the whole body. */
  readonly key: string;
  /** What was found there, shortened. */
  readonly value: string;
  readonly allowed: string;
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Payload too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal server error',
  503: 'Service unavailable',
};

export function problemBody(problem: Problem): string {
  return JSON.stringify({
    type: `urn:lowbeat:error:${problem.code}`,
    title: titles[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.detail,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  });
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) {
    void reply.header('retry-after', problem.retryAfterSeconds);
  }
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send(problemBody(problem));
}

const publishStatus: Readonly<Record<PublishErrorCode, number>> = {
  'payload-too-large': 413,
  'bad-option': 400,
  'unknown-destination': 404,
  revoked: 410,
  'not-allowed': 403,
  // Never another 4xx for a passing condition: senders drop a subscription on those (facts/web-push 7).
  'rate-limited': 429,
  'store-busy': 503,
  'store-unavailable': 503,
  stopping: 503,
};

export function publishProblem(error: PublishError): Problem {
  return {
    status: publishStatus[error.code],
    code: error.code,
    detail: error.message,
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
  };
}

const registryStatus: Readonly<Record<RegistryErrorCode | UserControlErrorCode | AppRegistrationErrorCode, number>> = {
  'bad-name': 400,
  'bad-scopes': 400,
  'bad-redirect-uri': 400,
  'bad-range': 400,
  'bad-push-subscription': 400,
  'bad-webhook': 400,
  'push-subscription-taken': 409,
  'name-taken': 409,
  'too-many-devices': 409,
  'too-many-apps': 409,
  'not-allowed-to-register': 403,
  'bad-domain': 400,
  'domain-unproven': 409,
  'unknown-user': 404,
  'unknown-device': 404,
  'unknown-app': 404,
  'unknown-grant': 404,
  'bad-schedule': 400,
  'bad-zone': 400,
};

export function pushProblem(error: PushError): Problem {
  switch (error.code) {
    case 'gone': return { status: 410, code: error.code, detail: error.message };
    case 'bad-receipt-subscription': return { status: 400, code: error.code, detail: error.message };
    default: return publishProblem({ ...error, code: error.code });
  }
}

export function unknownProblem(what: string): Problem {
  return { status: 404, code: 'unknown-destination', detail: `there is no such ${what}` };
}

export function registryProblem(error: { readonly code: RegistryErrorCode | UserControlErrorCode | AppRegistrationErrorCode; readonly message: string }): Problem {
  return { status: registryStatus[error.code], code: error.code, detail: error.message };
}

/** What a failing store means to a caller; undefined for any other error. */
export function storeProblem(error: unknown): Problem | undefined {
  if (!(error instanceof StoreError)) return undefined;
  switch (error.code) {
    case 'STORE_BUSY':
      return {
        status: 503,
        code: 'store-busy',
        detail: 'too many writes are waiting; nothing was changed, try again in a moment',
        retryAfterSeconds: 1,
      };
    case 'STORE_UNAVAILABLE':
    case 'STORE_LOCKED':
    case 'STORE_UNREADABLE':
      return {
        status: 503,
        code: 'store-unavailable',
        detail: 'the store cannot keep anything right now; nothing was changed, see /readyz',
        retryAfterSeconds: 5,
      };
    case 'STORE_CLOSED':
      return { status: 503, code: 'stopping', detail: 'the gateway is stopping', retryAfterSeconds: 5 };
  }
}
