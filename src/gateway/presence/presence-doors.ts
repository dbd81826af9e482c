// What a door for apps without a broker (src/http) and the gateway say to each other about presence.

import type { AppId, Uid } from '../../core/ids.js';
import type { VisiblePresence } from '../../core/presence/visible.js';
import type { PresenceSink } from './presence-reader.js';

export interface PresenceItem {
  readonly uid: Uid;
  readonly state: VisiblePresence;
}

export interface PresenceStream {
  /** What its reader says to go on after the event of this number. */
  cursorOf(sequence: number): string;
  /** The sink has room again. */
  resume(): void;
  /** The connection is gone; the stream can be resumed for `limits.presenceResumeMs`. */
  detach(): void;
}

export interface PresenceGateway {
  /** Whom the app may see and what they are now, ascending by uid; `next` is to be passed as `after`. Rejects with StoreError. */
  page(app: AppId, range: { readonly after?: Uid; readonly limit: number }): Promise<{
    readonly items: readonly PresenceItem[];
    readonly next?: Uid;
  }>;
  /** 'revoked': the uid was the app's, and is gone for good. 'unknown': it never was, whosever else it is. Rejects with StoreError. */
  of(app: AppId, uid: string): Promise<VisiblePresence | 'revoked' | 'unknown'>;
  /**
   * Goes on where the cursor's reader was, with what has changed since; with everything that is visible where that cannot be, or
   * there is no cursor. Undefined: the app has too many streams.
   */
  open(app: AppId, cursor: string | undefined, sink: PresenceSink): PresenceStream | undefined;
}
