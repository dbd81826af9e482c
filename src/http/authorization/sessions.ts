import type { FastifyRequest } from 'fastify';

import type { UserId } from '../../core/ids.js';
import type { Problem } from '../problem.js';

/** What authorization needs of the sessions of accounts. */
export interface SessionsForAuthorization {
  /** Who sends the request; undefined: nobody. */
  of(request: FastifyRequest): Promise<{ readonly user: UserId; readonly name: string } | undefined>;
  /** Undefined when the request carries the CSRF token of its session; else the problem to send. */
  forgery(request: FastifyRequest): Promise<Problem | undefined>;
}

export const nobody: Problem = { status: 401, code: 'sign-in-required', detail: 'sign in first' };
