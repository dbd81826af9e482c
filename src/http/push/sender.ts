// What the routes of Web Push know of a request before they answer it.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { PushEndpoint, ReceiptChoice } from '../../gateway/push-doors.js';
import { sendProblem } from '../problem.js';
import type { PushHeaders } from './push-headers.js';
import { Place } from './requests-under-way.js';
import type { RequestsUnderWay } from './requests-under-way.js';

/** A request whose sender may push. */
export interface Admitted {
  readonly endpoint: PushEndpoint;
  readonly headers: PushHeaders;
  readonly receipts?: ReceiptChoice;
}

export interface Sender {
  readonly address: string;
  place?: Place;
  admitted?: Admitted;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of requests to the routes of Web Push, undefined of others. */
    sender: Sender | undefined;
  }
}

/** It lies in the request itself: a map of all of them would grow until the next full collection of garbage. */
export function addSenders(scope: FastifyInstance): void {
  scope.decorateRequest('sender', undefined);
  scope.addHook('onRequest', (request, _reply, done) => {
    request.sender = { address: request.ip };
    done();
  });
}

export function senderOf({ sender }: FastifyRequest): Sender {
  if (sender === undefined) throw new Error('a request came by without a sender');
  return sender;
}

/** Undefined when there is none for the request: then it has its answer. */
export function takePlace(underWay: RequestsUnderWay, request: FastifyRequest, reply: FastifyReply): Place | undefined {
  const sender = senderOf(request);
  const place = underWay.admit(sender.address, reply.raw);
  if (!(place instanceof Place)) {
    void sendProblem(reply, place);
    return undefined;
  }
  sender.place = place;
  return place;
}

/** The place that the request took when it came. */
export function placeOf(request: FastifyRequest): Place {
  const { place } = senderOf(request);
  if (place === undefined) throw new Error('a request came by without a place');
  return place;
}
