import type { NotificationId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Timer } from './clock.js';
import { textOf } from './warnings.js';
import type { DeviceWarning } from './warnings.js';

/** A notification as its app gets it. */
export interface Notification {
  readonly app: string;
  /** Ascending for one device; the same notification, delivered again, has the same id. */
  readonly id: NotificationId;
  /** What the app server sent. */
  readonly data: Uint8Array;
  /** `data` read as UTF-8. */
  readonly text: string;
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
  /** Above 0: stands for so many dropped ones. */
  readonly missed: number;
}

export interface DispatcherOptions {
  readonly timer: Timer;
  readonly onHandled: (id: NotificationId, handled: boolean) => void;
  readonly onWarning: (warning: DeviceWarning) => void;
}

/** Which handler gets what. In which order, how long and how often is the device agent's. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #handlers = new Map<string, AppHandlers>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  attach(app: string, handlers: AppHandlers): void {
    this.#handlers.set(app, handlers);
  }

  detach(app: string): void {
    this.#handlers.delete(app);
  }

  deliver(delivery: Delivery): void {
    const handlers = this.#handlers.get(delivery.app);
    // An app that was just removed: nobody waits for the result.
    if (handlers !== undefined) this.#run(delivery, handlers);
  }

  #run(delivery: Delivery, handlers: AppHandlers): void {
    const { timer, onHandled, onWarning } = this.#options;
    const { app, id } = delivery;
    const cancelWarning = timer.set(limits.handlerMs, () => {
      const message = `the handler of "${app}" takes longer than ${limits.handlerMs} ms; it counts as failed`;
      onWarning({ code: 'handler-too-slow', message });
    });
    call(delivery, handlers).then(
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
}

async function call({ app, id, data, missed }: Delivery, handlers: AppHandlers): Promise<void> {
  if (missed > 0) await handlers.onMissed?.(missed);
  else await handlers.onNotification({ app, id, data, get text() { return new TextDecoder().decode(data); } });
}
