// How many requests with a body may be under way, of one address and of all.

import type { ServerResponse } from 'node:http';

import { networkOf } from '../client-address.js';
import { Places } from '../places.js';
import type { Problem } from '../problem.js';

/**
 * A request's place. It is free once the connection has done with the request and so has what it set going: one that is aborted
 * meanwhile keeps its place, since what it costs goes on.
 */
export class Place {
  readonly #leave: () => void;
  #closed = false;
  #working = 0;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  close(): void {
    this.#closed = true;
    if (this.#working === 0) this.#leave();
  }

  /** What the request asks for is being done. */
  begin(): void {
    this.#working += 1;
  }

  end(): void {
    this.#working -= 1;
    if (this.#closed && this.#working === 0) this.#leave();
  }
}

export class RequestsUnderWay {
  readonly #places: Places;

  constructor(options: { readonly ofOne: number; readonly ofAll: number }) {
    this.#places = new Places(options);
  }

  get count(): number {
    return this.#places.taken;
  }

  /** A place until the response is over; or its sender is told to come again. */
  admit(address: string, response: ServerResponse): Place | Problem {
    const leave = this.#places.take(networkOf(address));
    if (typeof leave === 'string') {
      return {
        status: leave === 'full-for-one' ? 429 : 503,
        code: 'too-many-requests',
        detail: `${leave === 'full-for-one' ? 'as many requests of this address are' : 'as many requests are'} under way as may be; `
          + 'send it again later',
        retryAfterSeconds: 1,
      };
    }
    const place = new Place(leave);
    response.once('close', () => place.close());
    return place;
  }
}
