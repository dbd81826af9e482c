import type { Prng } from '../../src/core/prng.js';
import type { Store } from '../../src/ports/store.js';

const reads = new Set<PropertyKey>([
  'user', 'userByName', 'users', 'device', 'devicesOfUser', 'devices', 'app', 'appByName', 'apps', 'grant', 'grantsOfUser',
  'grantsOfApp', 'grants', 'subscription', 'subscriptionsOfDevice', 'waiting', 'outbox', 'document', 'documentsNamed', 'documentsOf',
  'counts',
]);
const instant = new Set<PropertyKey>(['export', 'import', 'close']);

/**
 * A store that takes its time, as the contract lets it: a write is done some moments after it was asked for, in order; a read sees
 * the store as it was at some moment between its call and its answer.
 */
export function slowStore(store: Store, random: Prng): Store {
  let tail: Promise<unknown> = Promise.resolve();
  const pause = async (): Promise<void> => {
    for (let turns = Math.floor(random.next() * 4); turns > 0; turns -= 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name) as ((...parameters: unknown[]) => Promise<unknown>) | undefined;
      if (method === undefined) return undefined;
      if (instant.has(name)) return method.bind(target);
      return async (...parameters: unknown[]) => {
        if (reads.has(name)) {
          await pause();
          const answer = await method.apply(target, parameters);
          await pause();
          return answer;
        }
        const done = tail.then(pause).then(() => method.apply(target, parameters));
        tail = done.catch(() => undefined);
        return done;
      };
    },
  });
}
