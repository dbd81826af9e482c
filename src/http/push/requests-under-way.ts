// How many requests with a body may be under way, of one address and of all.

import type { FastifyReply, FastifyRequest } from 'fastify';

import { networkOf } from '../client-address.js';
import { Places } from '../places.js';
import { sendProblem } from '../problem.js';

/** A request's place. It is free once the connection has done with the request and so has what it set going. */
interface Place {
  closed: boolean;
  working: number;
  readonly leave: () => void;
}

export class RequestsUnderWay {
  readonly #places: Places;
  readonly #ofRequest = new WeakMap<FastifyRequest, Place>();

  constructor(options: { readonly ofOne: number; readonly ofAll: number }) {
    this.#places = new Places(options);
  }

  get count(): number {
    return this.#places.taken;
  }

  /** As a hook `onRequest`: the request goes on, or is told to come again. */
  readonly admit = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const leave = this.#places.take(networkOf(request.ip));
    if (typeof leave === 'string') {
      await sendProblem(reply, {
        status: leave === 'full-for-one' ? 429 : 503,
        code: 'too-many-requests',
        detail: `${leave === 'full-for-one' ? 'as many requests of this address are' : 'as many requests are'} under way as may be; `
          + 'send it again later',
        retryAfterSeconds: 1,
      });
      return;
    }
    const place: Place = { closed: false, working: 0, leave };
    this.#ofRequest.set(request, place);
    reply.raw.once('close', () => {
      place.closed = true;
      if (place.working === 0) leave();
    });
  };

  /** Does what the request asks for. One that is aborted meanwhile keeps its place: what it costs goes on. */
  async work<Result>(request: FastifyRequest, run: () => Promise<Result>): Promise<Result> {
    const place = this.#ofRequest.get(request);
    if (place === undefined) throw new Error('a request came by without a place');
    place.working += 1;
    try {
      return await run();
    } finally {
      place.working -= 1;
      if (place.closed && place.working === 0) place.leave();
    }
  }
}
