import type { DevicePresence } from '../frames.js';

/** What a device is known to be; 'unknown': nothing was heard since the gateway began, and a restart makes nobody offline (facts/presence S6). */
export type DeviceKnown = DevicePresence | 'offline' | 'unknown';

/** The most present of a user's devices; 'unknown' while any of them might be more than the others are. */
export type UserPresence = DeviceKnown;

/** What the user set by hand; it wins over the devices. */
export type ManualStatus = 'available' | 'away' | 'invisible';

/** What one app sees of a user. */
export type VisiblePresence = DevicePresence | 'offline';

/** What of a grant decides whether its app sees. */
export interface GrantSight {
  readonly scopes: readonly string[];
  readonly paused: boolean;
}

/** Facts/presence M1: online over away over offline. */
export function userPresence(devices: Iterable<DeviceKnown>): UserPresence {
  let known: VisiblePresence = 'offline';
  let complete = true;
  for (const device of devices) {
    if (device === 'online') return 'online';
    if (device === 'unknown') complete = false;
    else if (device === 'away') known = 'away';
  }
  return complete ? known : 'unknown';
}

/** What hides a user from an app, and what does not. */
export interface Visibility {
  readonly manual: ManualStatus;
  readonly grant: GrantSight;
  /** Whether a window of the grant is open; true for one without windows. */
  readonly open: boolean;
}

/** The rule of facts/presence. Deny by default: a grant without the scope `presence` sees nobody. */
export function isVisible({ manual, grant, open }: Visibility): boolean {
  return grant.scopes.includes('presence') && !grant.paused && open && manual !== 'invisible';
}

/** What the app of the grant sees. Undefined: it cannot be told yet whether anything changed, so nothing is to be said. */
export function visiblePresence({ user, manual, grant, open }: Visibility & {
  readonly user: UserPresence;
}): VisiblePresence | undefined {
  if (!isVisible({ manual, grant, open })) return 'offline';
  if (user === 'unknown') return undefined;
  if (user === 'offline') return 'offline';
  const presence = manual === 'away' ? 'away' : user;
  // Without `presence.idle` an app learns that she is there, and not whether she is busy (facts/presence A5).
  return presence === 'away' && !grant.scopes.includes('presence.idle') ? 'online' : presence;
}
