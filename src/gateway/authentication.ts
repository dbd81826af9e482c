import { idPrefixes, isId } from '../core/ids.js';
import type { AppId, DeviceId } from '../core/ids.js';
import { followed } from '../ports/soon.js';
import type { Soon } from '../ports/soon.js';
import type { Store } from '../ports/store.js';
import type { Identity } from './doors.js';
import { secretMatches } from './secrets.js';

/** Whose the credentials are. An id that does not exist is compared with all the same. Rejects when the store fails. */
export function authenticate(store: Store, username: string, secret: Uint8Array): Soon<Identity | undefined> {
  if (isId(idPrefixes.device, username)) {
    const device = username as DeviceId;
    return followed(store.device(device), (record) => (secretMatches(secret, record?.tokenHash) ? { kind: 'device', device } : undefined));
  }
  const app = username as AppId;
  return followed(isId(idPrefixes.app, username) ? store.app(app) : undefined, (record) => {
    // One that is deactivated gets nothing (facts/presence A7): no secret is its.
    const hash = record?.deactivated === true ? undefined : record?.secretHash;
    return secretMatches(secret, hash) ? { kind: 'app', app } : undefined;
  });
}
