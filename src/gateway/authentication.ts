import { idPrefixes, isId } from '../core/ids.js';
import type { AppId, DeviceId } from '../core/ids.js';
import type { Store } from '../ports/store.js';
import type { Identity } from './doors.js';
import { secretMatches } from './secrets.js';

/** Whose the credentials are. An id that does not exist is compared with all the same. Rejects when the store fails. */
export async function authenticate(store: Store, username: string, secret: Uint8Array): Promise<Identity | undefined> {
  if (isId(idPrefixes.device, username)) {
    const record = await store.device(username as DeviceId);
    return secretMatches(secret, record?.tokenHash) ? { kind: 'device', device: username as DeviceId } : undefined;
  }
  const record = isId(idPrefixes.app, username) ? await store.app(username as AppId) : undefined;
  // One that is deactivated gets nothing (facts/presence A7): no secret is its.
  const hash = record?.deactivated === true ? undefined : record?.secretHash;
  return secretMatches(secret, hash) ? { kind: 'app', app: username as AppId } : undefined;
}
