// How many connections there may be, of one client and of all. One that became a WebSocket counts with those of MQTT.

import type { Socket } from 'node:net';

import { limits } from '../core/limits.js';
import { networkOf } from './client-address.js';
import type { IsTrustedProxy } from './client-address.js';
import { Places } from './places.js';

export interface ConnectionLimits {
  readonly httpConnections: number;
  readonly httpConnectionsPerAddress: number;
}

export class ConnectionPlaces {
  readonly #places: Places;
  readonly #isTrusted: IsTrustedProxy;
  readonly #leaving = new Map<string, () => void>();

  constructor(isTrusted: IsTrustedProxy, overrides: Partial<ConnectionLimits> = {}) {
    const { httpConnections, httpConnectionsPerAddress } = { ...limits, ...overrides };
    this.#places = new Places({ ofOne: httpConnectionsPerAddress, ofAll: httpConnections });
    this.#isTrusted = isTrusted;
  }

  get taken(): number {
    return this.#places.taken;
  }

  /** A connection that was accepted just now. One that has no place is cut off: no answer could be cheaper for both. */
  admit(socket: Socket): void {
    const { remoteAddress = '' } = socket;
    // A proxy speaks for many; theirs are bounded by request.
    const leave = this.#places.take(this.#isTrusted(remoteAddress) ? undefined : networkOf(remoteAddress));
    if (typeof leave === 'string') {
      socket.destroy();
      return;
    }
    const name = nameOf(socket);
    this.#leaving.set(name, leave);
    socket.once('close', () => {
      if (this.#leaving.get(name) === leave) this.#leaving.delete(name);
      leave();
    });
  }

  /** It counts elsewhere from now on. */
  release(socket: Socket): void {
    this.#leaving.get(nameOf(socket))?.();
  }
}

/** The same for the socket of TLS and the one below it. */
function nameOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}
