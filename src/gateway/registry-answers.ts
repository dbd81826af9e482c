// What an operator is told: of what was added, with secrets that are shown once, and of what there is.

import type { AppId, DeviceId, Uid, UserId } from '../core/ids.js';
import type { Scope } from '../ports/store.js';

export interface AddedUser {
  readonly id: UserId;
  readonly name: string;
}

export interface AddedDevice {
  readonly id: DeviceId;
  /** Shown once. */
  readonly token: string;
  /** The user's name. */
  readonly user: string;
  readonly name: string;
}

export interface AddedApp {
  readonly id: AppId;
  /** Shown once. */
  readonly secret: string;
  readonly name: string;
}

export interface AppWebhook {
  readonly id: AppId;
  readonly name: string;
  readonly webhook: string | null;
  /** By which its receiver knows that a webhook is ours: `whsec_` and base64. The same whenever the same URL is set. */
  readonly webhookSecret?: string;
}

export interface AddedGrant {
  readonly uid: Uid;
  /** The user's name. */
  readonly user: string;
  readonly app: AppId;
  readonly scopes: readonly Scope[];
}

export interface ListedUser {
  readonly id: UserId;
  readonly name: string;
  readonly createdAtMs: number;
}

export interface ListedDevice {
  readonly id: DeviceId;
  readonly user: string;
  readonly name: string;
  readonly minimumUrgency: string;
  readonly createdAtMs: number;
  /** Whether a push service reaches it, too. */
  readonly push: boolean;
}

export interface ListedApp {
  readonly id: AppId;
  readonly name: string;
  readonly createdAtMs: number;
  /** Proven to belong to it. */
  readonly domain?: string;
  readonly deactivated?: true;
  /** Where it is told of presence. */
  readonly webhook?: string;
}

export interface ListedGrant {
  readonly uid: Uid;
  readonly user: string;
  /** The app's name. */
  readonly app: string;
  readonly scopes: readonly Scope[];
  readonly paused: boolean;
  readonly createdAtMs: number;
}

/** One page of a list: pass `next` as `after` for the one that follows; absent on the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

export interface PageRequest {
  readonly after?: string;
  /** 1 to `limits.pageItems`, which is also what it is when absent. */
  readonly limit?: number;
}
