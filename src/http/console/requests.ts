// What the routes of the pages have in common: whose request it is, and how an answer goes out.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

import type { Answer } from '../problem.js';
import { sendProblem } from '../problem.js';
import { validate } from '../validation.js';
import type { SignedIn } from '../account/sessions.js';

export type SignedInOf = (request: FastifyRequest) => SignedIn;

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Checks the body, and sends what `operation` gives: 204 where that is nothing. */
export function answering<Schema extends z.ZodType>(
  schema: Schema,
  status: 200 | 201 | 204,
  operation: (body: z.output<Schema>, request: FastifyRequest, reply: FastifyReply) => Promise<Answer<unknown>>,
): Handler {
  return async (request, reply) => {
    const body = validate(schema, request.body ?? {});
    if (!body.ok) return sendProblem(reply, body.problem);
    const answer = await operation(body.value, request, reply);
    if (!answer.ok) return sendProblem(reply, answer.problem);
    return answer.value === undefined ? reply.code(204).send() : reply.code(status).send(answer.value);
  };
}

/** Where a browser's own device connects; null while it is not known. */
export function mqttUrlOf(publicUrl: string | undefined): string | null {
  return publicUrl === undefined ? null : `${publicUrl.replace(/^http/, 'ws')}/mqtt`;
}
