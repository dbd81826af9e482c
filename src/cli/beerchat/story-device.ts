// A phone or laptop of the BeerChat story: the real client, on the story's clock, behind a wire that can be cut.

import { Middlebox } from '../../../firmware-sim/live/middlebox.js';
import type { ScaledTime } from '../../../firmware-sim/live/scaled-time.js';
import { createDevice, pairDevice } from '../../device/index.js';
import type { Device, DevicePresence } from '../../device/index.js';

export interface ShownNotification {
  /** Within this device. */
  readonly id: number;
  readonly app: string;
  readonly title: string;
  readonly action: string;
  readonly url: string;
}

export interface StoryDeviceOptions {
  readonly name: string;
  readonly time: ScaledTime;
  /** As browsers reach the gateway. */
  readonly gateway: string;
  readonly mqttPort: number;
  /** Programs on the device that take notifications. */
  readonly apps: readonly string[];
  readonly onChange: () => void;
}

export interface StoryDeviceView {
  readonly name: string;
  readonly status: string;
  readonly presence: DevicePresence;
  readonly plugged: boolean;
  /** While it waits to be paired. */
  readonly code?: { readonly text: string; readonly url: string };
  readonly notifications: readonly ShownNotification[];
}

/** A flow that is silent for this long is forgotten, as many home routers do. */
const flowMs = 1_800_000;

export class StoryDevice {
  readonly #options: StoryDeviceOptions;
  readonly #middlebox: Middlebox;
  readonly #stop = new AbortController();
  #device: Device | undefined;
  #code: StoryDeviceView['code'];
  #status = 'not paired';
  #presence: DevicePresence = 'online';
  #plugged = true;
  /** With what tells that the user dealt with it. */
  #shown: readonly (ShownNotification & { readonly handled: () => void })[] = [];

  private constructor(options: StoryDeviceOptions, middlebox: Middlebox) {
    this.#options = options;
    this.#middlebox = middlebox;
  }

  static async open(options: StoryDeviceOptions): Promise<StoryDevice> {
    const { time, mqttPort } = options;
    const middlebox = await Middlebox.listen({
      targetPort: mqttPort, timeoutMs: flowMs, resets: false, nowMs: () => time.nowMs(), onPacket: () => time.happened(),
    });
    return new StoryDevice(options, middlebox);
  }

  get view(): StoryDeviceView {
    return {
      name: this.#options.name, status: this.#status, presence: this.#presence, plugged: this.#plugged,
      ...(this.#code && { code: this.#code }), notifications: this.#shown,
    };
  }

  /** Shows a code; resolves when its user has said yes and it runs. */
  async pair(): Promise<void> {
    const { gateway, name, time } = this.#options;
    this.#told('waits to be paired');
    try {
      const { id, token } = await pairDevice({
        gateway, name, clock: time, timer: time, signal: this.#stop.signal,
        onCode: ({ userCode, completeUrl }) => {
          this.#code = { text: userCode, url: completeUrl };
          this.#options.onChange();
        },
      });
      this.#code = undefined;
      await this.#run(id, token);
    } catch (error) {
      this.#code = undefined;
      this.#told(error instanceof Error ? error.message : String(error));
    }
  }

  setPresence(presence: DevicePresence): void {
    this.#presence = presence;
    this.#device?.setPresence(presence);
    this.#options.time.happened();
    this.#options.onChange();
  }

  /** No goodbye, no packet: the gateway has to notice by itself. */
  unplug(): void {
    this.#plugged = false;
    this.#middlebox.unplug();
    this.#options.onChange();
  }

  plug(): void {
    this.#plugged = true;
    this.#middlebox.plug();
    this.#options.onChange();
  }

  /** Switched off, with a goodbye. */
  async switchOff(): Promise<void> {
    await this.#device?.stop();
  }

  async switchOn(): Promise<void> {
    await this.#device?.start();
  }

  /** The user has dealt with it here: where else it is shown, it goes. */
  handle(id: number): ShownNotification | undefined {
    const found = this.#shown.find((one) => one.id === id);
    found?.handled();
    this.#forget(id);
    return found;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the story is over'));
    if (this.#device?.status.state !== 'stopped') await this.#device?.stop();
    await this.#middlebox.close();
  }

  async #run(id: string, token: string): Promise<void> {
    const { time, apps } = this.#options;
    const device = createDevice({ url: `mqtt://127.0.0.1:${this.#middlebox.port}`, id, token, clock: time, timer: time });
    this.#device = device;
    device.on('warning', () => undefined);
    device.on('status', (status) => this.#told(status.state));
    device.on('clear', ({ ids }) => ids.forEach((cleared) => this.#forget(cleared)));
    for (const app of apps) {
      device.app(app, {
        onNotification: (notification) => {
          const { title, action, url } = JSON.parse(notification.text) as Omit<ShownNotification, 'id' | 'app'>;
          this.#shown = [...this.#shown, { id: notification.id, app, title, action, url, handled: () => notification.handled() }];
          this.#options.onChange();
        },
      });
    }
    await device.start();
  }

  #forget(id: number): void {
    this.#shown = this.#shown.filter((one) => one.id !== id);
    this.#options.onChange();
  }

  #told(status: string): void {
    this.#status = status;
    this.#options.time.happened();
    this.#options.onChange();
  }
}
