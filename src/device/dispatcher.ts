import type { NotificationId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Timer } from './clock.js';
import { DeviceError } from './errors.js';
import type { AppOptions } from './options.js';
import { textOf } from './warnings.js';
import type { DeviceWarning } from './warnings.js';

/** A notification as its app gets it. */
export interface Notification {
  readonly app: string;
  /** Ascending for one device; the same notification, delivered again, has the same id. */
  readonly id: NotificationId;
  /** What the app server sent; decrypted unless `encrypted` says otherwise. */
  readonly data: Uint8Array;
  /** `data` read as UTF-8. */
  readonly text: string;
  /** `data` is a body of RFC 8291 as it came: for an app that asked for the raw bytes. */
  readonly encrypted?: true;
  /**
   * The user opened, answered or dismissed it: it goes from their other devices. At any time, also long after the handler
   * has returned; as `DeviceApp.handled`, which takes the id.
   */
  handled(): void;
}

export interface AppHandlers {
  /**
   * Called for one notification of the app at a time, in their order. The notification is acknowledged when this has
   * returned or its promise has resolved. When it throws, or takes longer than a minute, the notification comes again
   * later; after some such attempts it is given up.
   */
  onNotification(notification: Notification): void | Promise<void>;
  /** More waited than the gateway keeps, so it dropped as many older ones: the time to fetch the state anew. */
  onMissed?(count: number): void | Promise<void>;
}

export interface Delivery {
  readonly app: string;
  readonly id: NotificationId;
  readonly data: Uint8Array;
  /** `data` is a body of RFC 8291. */
  readonly encrypted?: true;
  /** Above 0: stands for so many dropped ones. */
  readonly missed: number;
}

export interface DispatcherOptions {
  readonly timer: Timer;
  /** Rejects with a `DeviceError` for a body that will never become readable. */
  readonly decrypt: (app: string, body: Uint8Array) => Promise<Uint8Array>;
  readonly onUndecryptable: (event: Undecryptable) => void;
  readonly onHandled: (id: NotificationId, handled: boolean) => void;
  readonly onHandledByUser: (app: string, id: NotificationId) => void;
  readonly onWarning: (warning: DeviceWarning) => void;
}

/** A notification that was given up, because no later attempt would do better. */
export interface Undecryptable {
  readonly app: string;
  readonly id: NotificationId;
  readonly error: DeviceError;
}

interface Attached {
  readonly handlers: AppHandlers;
  readonly raw: boolean;
}

/**
 * Which handler gets what, decrypted. In which order, how long and how often is the device agent's: it gives one
 * notification of an app at a time, so decryption disturbs no order, and its time counts as the handler's.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #apps = new Map<string, Attached>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  attach(app: string, handlers: AppHandlers, { raw = false }: Pick<AppOptions, 'raw'> = {}): void {
    this.#apps.set(app, { handlers, raw });
  }

  detach(app: string): void {
    this.#apps.delete(app);
  }

  deliver(delivery: Delivery): void {
    const attached = this.#apps.get(delivery.app);
    // An app that was just removed: nobody waits for the result.
    if (attached !== undefined) this.#run(delivery, attached);
  }

  #run(delivery: Delivery, attached: Attached): void {
    const { timer, onHandled, onWarning } = this.#options;
    const { app, id } = delivery;
    const cancelWarning = timer.set(limits.handlerMs, () => {
      const message = `the handler of "${app}" takes longer than ${limits.handlerMs} ms; it counts as failed`;
      onWarning({ code: 'handler-too-slow', message });
    });
    this.#call(delivery, attached).then(
      () => {
        cancelWarning();
        onHandled(id, true);
      },
      (error: unknown) => {
        cancelWarning();
        onWarning({
          code: 'handler-failed',
          message: `the handler of "${app}" failed: ${textOf(error)}`,
          cause: error,
        });
        onHandled(id, false);
      },
    );
  }

  async #call(delivery: Delivery, { handlers, raw }: Attached): Promise<void> {
    const { app, id, missed, encrypted } = delivery;
    if (missed > 0) {
      await handlers.onMissed?.(missed);
      return;
    }
    const data = encrypted === true && !raw ? await this.#decrypted(delivery) : delivery.data;
    if (data === undefined) return;
    await handlers.onNotification({
      app, id, data,
      get text() { return new TextDecoder().decode(data); },
      handled: () => this.#options.onHandledByUser(app, id),
      ...(encrypted === true && raw ? { encrypted } : {}),
    });
  }

  /** Undefined for what cannot be: it is told, and counts as handled, or it would come again and again. */
  async #decrypted({ app, id, data }: Delivery): Promise<Uint8Array | undefined> {
    const { decrypt, onUndecryptable } = this.#options;
    try {
      return await decrypt(app, data);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      onUndecryptable({ app, id, error });
      return undefined;
    }
  }
}
