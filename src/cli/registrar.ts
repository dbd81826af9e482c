// Who keeps users, devices, apps and grants, as the commands see it: the running gateway over its admin API, or,
// when none runs, the store itself. `Registry` fits as it is.

import type { Outcome } from '../gateway/outcome.js';
import type { PushSubscriptionJson } from '../gateway/push-subscription.js';

interface Page<Item> {
  readonly items: readonly Item[];
  /** Pass it as `after` for the page that follows. */
  readonly next?: string;
}

interface PageRequest {
  readonly after?: string;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

export interface AddedDevice extends Named {
  readonly token: string;
  readonly user: string;
}

export interface AddedApp extends Named {
  readonly secret: string;
}

export interface AppWebhook extends Named {
  readonly webhook: string | null;
  readonly webhookSecret?: string;
}

export interface AddedGrant {
  readonly uid: string;
  readonly user: string;
  readonly app: string;
  readonly scopes: readonly string[];
}

export interface ListedNamed extends Named {
  readonly createdAtMs: number;
}

export interface ListedApp extends ListedNamed {
  readonly domain?: string | undefined;
  readonly webhook?: string | undefined;
  readonly deactivated?: boolean | undefined;
}

export interface ListedDevice extends ListedNamed {
  readonly user: string;
  readonly minimumUrgency: string;
  readonly push: boolean;
}

export interface ListedGrant extends AddedGrant {
  readonly paused: boolean;
  readonly createdAtMs: number;
}

export interface Registrar {
  addUser(request: { readonly name: string }): Promise<Outcome<Named>>;
  users(request: PageRequest): Promise<Outcome<Page<ListedNamed>>>;
  removeUser(user: string): Promise<Outcome<unknown>>;

  addDevice(request: {
    readonly user: string;
    readonly name?: string;
    readonly push?: PushSubscriptionJson;
  }): Promise<Outcome<AddedDevice>>;
  devices(request: PageRequest & { readonly user?: string }): Promise<Outcome<Page<ListedDevice>>>;
  removeDevice(id: string): Promise<Outcome<unknown>>;

  addApp(request: { readonly name: string; readonly redirectUris?: readonly string[] }): Promise<Outcome<AddedApp>>;
  apps(request: PageRequest): Promise<Outcome<Page<ListedApp>>>;
  changeApp(app: string, change: { readonly deactivated: boolean }): Promise<Outcome<unknown>>;
  setWebhook(request: { readonly app: string; readonly webhook: string | null }): Promise<Outcome<AppWebhook>>;
  removeApp(app: string): Promise<Outcome<unknown>>;

  addGrant(request: {
    readonly user: string;
    readonly app: string;
    readonly scopes: readonly string[];
  }): Promise<Outcome<AddedGrant>>;
  grants(
    request: PageRequest & { readonly user?: string; readonly app?: string },
  ): Promise<Outcome<Page<ListedGrant>>>;
  removeGrant(uid: string): Promise<Outcome<unknown>>;
}

/** Every item of a list, page after page; stops at a refusal and returns it. */
export async function allItems<Item>(
  page: (request: PageRequest) => Promise<Outcome<Page<Item>>>,
  each: (item: Item) => void,
): Promise<Outcome<undefined>> {
  let request: PageRequest = {};
  for (;;) {
    const outcome = await page(request);
    if (!outcome.ok) return outcome;
    outcome.value.items.forEach(each);
    const { next } = outcome.value;
    if (next === undefined) return { ok: true, value: undefined };
    request = { after: next };
  }
}
