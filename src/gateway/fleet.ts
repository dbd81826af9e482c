// What the gateway's devices learn of networks together. A device names its network by a hash; here it is hashed again with a
// secret, so that a stolen store tells nothing of who was where, and neither does a list of known networks.

import { createHmac } from 'node:crypto';

import { fleetStep, fleetWeights } from '../core/heartbeat/fleet.js';
import type { DeviceId } from '../core/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Store } from '../ports/store.js';
import type { StoreHealth } from './store-health.js';

export interface FleetOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly health: StoreHealth;
  /** 16 bytes or more, the same after a restart; absent: nothing is learned and nothing is told. */
  readonly secret?: Uint8Array;
}

export class Fleet {
  readonly #options: FleetOptions;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /**
   * A device says which network it is on, and how long that keeps an idle flow if it knows. One that does not know is told what
   * others found: undefined when they are too few, or the store fails, which is no reason to end a link.
   */
  async heard(device: DeviceId, key: Uint8Array, flowSeconds?: number): Promise<Uint8Array | undefined> {
    const { store, clock, health, secret } = this.#options;
    if (secret === undefined) return undefined;
    const network = createHmac('sha256', secret).update('network').update(key).digest('base64url');
    const atMs = clock.nowMs();
    try {
      if (flowSeconds === undefined) return fleetWeights(await store.networkReports(network), atMs);
      // Under a name of its own for each network, so that networks of one device cannot be put together.
      const reporter = createHmac('sha256', secret).update(network).update(device).digest().readUInt32BE();
      await store.reportNetwork(network, { reporter, step: fleetStep(flowSeconds), atMs });
    } catch (error) {
      health.failed(error);
    }
    return undefined;
  }
}
