import type { NetworkKind } from '../core/frames.js';
import type { DeviceNetwork, NetworkSource } from './network.js';

/** Network Information API; Firefox and Safari have none, and desktop Chrome leaves `type` out. */
interface NetworkInformation extends EventTarget {
  readonly type?: string;
}

const kinds: Readonly<Record<string, NetworkKind>> = { wifi: 'wifi', cellular: 'cellular', ethernet: 'wired' };

/**
 * What a browser tells of its network: whether there is one, and at best its kind. A page cannot tell one WiFi
 * from another; an app that can calls `device.networkChanged` itself.
 */
export function browserNetwork(): NetworkSource {
  return {
    current(): DeviceNetwork {
      const type = networkInformation()?.type;
      const kind = type === undefined ? 'unknown' : (kinds[type] ?? 'other');
      return { key: kind, kind, reachable: navigator.onLine };
    },
    watch(changed) {
      const information = networkInformation();
      // A page that comes back from a sleep or from the cache looks again, too.
      const targets: readonly (readonly [EventTarget | undefined, string])[] = [
        [globalThis, 'online'], [globalThis, 'offline'], [globalThis, 'pageshow'],
        [information, 'change'],
        [typeof document === 'undefined' ? undefined : document, 'visibilitychange'],
      ];
      for (const [target, type] of targets) target?.addEventListener(type, changed);
      return () => {
        for (const [target, type] of targets) target?.removeEventListener(type, changed);
      };
    },
  };
}

/** Whether this is a page or worker that tells about its network; React Native is neither. */
export function hasBrowserNetwork(): boolean {
  return typeof navigator !== 'undefined' && typeof navigator.onLine === 'boolean' &&
    typeof addEventListener === 'function';
}

function networkInformation(): NetworkInformation | undefined {
  return (navigator as { readonly connection?: NetworkInformation }).connection;
}
