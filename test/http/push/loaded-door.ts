// The door, over real sockets, with what bounds it at hand. A proxy that is trusted stands for many addresses, so that they
// need not be this machine's; the clock of all rates is virtual.

import type { Test } from 'tap';

import { PushBounds } from '../../../src/http/push/push-bounds.js';
import type { PushBoundLimits } from '../../../src/http/push/push-bounds.js';
import type { World } from '../../gateway/world.js';
import { origin, phoneOf, pushWorld, soon } from './push-world.js';
import type { PushWorld, PushWorldOptions } from './push-world.js';
import { RawConnection, pushBytes } from './raw-sender.js';
import type { RawAnswer, RawPush } from './raw-sender.js';
import type { Signer } from './vapid-signer.js';

/** A sender that takes more than its share, and one that does not. */
export const [storm, other] = ['198.51.100.1', '203.0.113.1'];

export interface Door extends PushWorld {
  readonly bounds: PushBounds;
  readonly connect: () => Promise<RawConnection>;
  /** One push on a connection of its own. */
  readonly push: (push: RawPush) => Promise<RawAnswer | undefined>;
  /** Notifications that wait. */
  readonly kept: () => Promise<number>;
  /** Nothing of what was asked for is left: no connection, no request, no check. */
  readonly quiet: () => Promise<void>;
}

export async function door(t: Test, bounded: Partial<PushBoundLimits> = {}, options: PushWorldOptions = {}): Promise<Door> {
  const bounds = new PushBounds(bounded);
  const setting = await pushWorld(t, { bounds, behindProxy: true, ...options });
  const { world, front, port } = setting;
  const connections: RawConnection[] = [];
  const connect = async (): Promise<RawConnection> => {
    const connection = await RawConnection.open(port);
    connections.push(connection);
    return connection;
  };
  return {
    ...setting, bounds, connect,
    push: async (push) => {
      const connection = await connect();
      const answer = await connection.ask(pushBytes(push));
      connection.destroy();
      return answer;
    },
    kept: async () => (await world.store.counts()).waitingNotifications,
    quiet: async () => {
      for (const connection of connections) connection.destroy();
      await soon('nothing is under way', () =>
        front.connections === 0 && bounds.pushes.count === 0 && bounds.signatures.underWay === 0 && bounds.seats.taken === 0);
    },
  };
}

export function times<Result>(count: number, make: (index: number) => Result): Result[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** How many there are of each status. */
export function tally(answers: readonly (RawAnswer | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer?.status ?? 'none'] = (counts[answer?.status ?? 'none'] ?? 0) + 1;
  return counts;
}

/** Endpoints of one device each that is away, so that what is kept waits. */
export async function endpoints(world: World, count: number, key?: Uint8Array): Promise<string[]> {
  return Promise.all(times(count, async () => {
    const { phone, endpoint } = await phoneOf(world, 'org.example.chat', key);
    phone.drop();
    return endpoint;
  }));
}

function claims(world: World): Record<string, unknown> {
  return { aud: origin, exp: Math.floor(world.time.nowMs() / 1000) + 3_600 };
}

export async function signatures(world: World, { sign }: Signer, count: number): Promise<string[]> {
  return Promise.all(times(count, () => sign(claims(world))));
}
