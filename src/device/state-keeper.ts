import type { DeviceAgentState } from '../core/device-agent/actions.js';
import type { StoredKeys } from './push-keys.js';
import { formatState } from './storage.js';
import type { DeviceStorage } from './storage.js';
import { textOf } from './warnings.js';
import type { DeviceWarning } from './warnings.js';

export interface StateKeeperOptions {
  readonly device: string;
  /** Absent: nothing is kept. */
  readonly storage: DeviceStorage | undefined;
  /** What the agent would keep, until it has asked to. */
  readonly state: () => DeviceAgentState;
  readonly keys: () => readonly StoredKeys[];
  readonly onWarning: (warning: DeviceWarning) => void;
}

/** Writes the one text of a device for all who have a part in it, one write at a time. */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  #state: DeviceAgentState | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Waits for the last one; who asks before it begins shares it. */
  #next: Promise<void> | undefined;
  #failed = false;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
  }

  /** As `save`, with what the agent asked to be kept. */
  saveState(state: DeviceAgentState): Promise<void> {
    this.#state = state;
    return this.save();
  }

  /**
   * Resolves when all that is so now was written, or could not be: never rejects. Where nothing can be stored the client
   * goes on: to get a thing twice is better than never.
   */
  save(): Promise<void> {
    this.#next ??= this.#last.then(() => this.#write());
    this.#last = this.#next;
    return this.#next;
  }

  /** Resolves when nothing is being written. */
  settled(): Promise<void> {
    return this.#last;
  }

  async #write(): Promise<void> {
    this.#next = undefined;
    const { device, storage, state, keys } = this.#options;
    try {
      await storage?.save(formatState(device, this.#state ?? state(), keys()));
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#warn(error);
      this.#failed = true;
    }
  }

  #warn(error: unknown): void {
    this.#options.onWarning({
      code: 'state-not-saved',
      message: `the state could not be stored (${textOf(error)}): after a restart a notification may come twice, `
        + 'and an unsent message or the keys of an app be missing',
      cause: error,
    });
  }
}
