// Outside the windows of a grant, and while it is paused, its notifications reach nobody: they are held, or dropped if the user
// wants that (facts/presence C8). The app cannot tell which.

import type { GrantRecord, SubscriptionRecord } from '../../ports/store.js';
import type { Directory, UserView } from '../directory.js';
import type { Sight } from './sight.js';

export interface QuietOptions {
  readonly directory: Directory;
  readonly sight: Sight;
}

/** Until when nothing of an app is delivered: milliseconds since the epoch, Infinity: until the user changes something. */
export type QuietUntilMs = number;

export class Quiet {
  readonly #directory: Directory;
  readonly #sight: Sight;

  constructor({ directory, sight }: QuietOptions) {
    this.#directory = directory;
    this.#sight = sight;
  }

  /** Undefined: the app rings. An app that no operator registered has no grant, and always rings. Rejects with StoreError. */
  async of(view: UserView, subscription: SubscriptionRecord): Promise<QuietUntilMs | undefined> {
    if (!view.hasQuiet) return undefined;
    const app = await this.#directory.appByIdOrName(subscription.app);
    return app && this.#ofGrant(view, view.grantOf(app.id));
  }

  /** The same, at once; 'unknown' when it must be looked up. */
  peek(view: UserView, subscription: SubscriptionRecord): QuietUntilMs | undefined | 'unknown' {
    if (!view.hasQuiet) return undefined;
    const app = this.#directory.peekApp(subscription.app);
    return app === undefined ? 'unknown' : this.#ofGrant(view, view.grantOf(app.id));
  }

  /** Whether what is sent under the grant now is to be forgotten. */
  drops(view: UserView, grant: GrantRecord): boolean {
    return grant.outside === 'drop' && this.#ofGrant(view, grant) !== undefined;
  }

  #ofGrant(view: UserView, grant: GrantRecord | undefined): QuietUntilMs | undefined {
    if (grant === undefined) return undefined;
    if (grant.paused) return Infinity;
    const { open, untilMs } = this.#sight.stretch(view, grant);
    return open ? undefined : untilMs;
  }
}
