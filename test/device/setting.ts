import t from 'tap';
import type { Test } from 'tap';

import type { DownFrame, NotificationItem, UpFrame } from '../../src/core/frames.js';
import { FixedIntervalController } from '../../src/core/heartbeat/fixed-interval.js';
import { createPrng } from '../../src/core/prng.js';
import type { Device } from '../../src/device/device.js';
import { createDevice } from '../../src/device/index.js';
import type { DeviceOptions, DeviceStorage } from '../../src/device/index.js';
import { ScriptedGateway } from './scripted-gateway.js';
import type { ScriptedConnection } from './scripted-gateway.js';
import { VirtualTime } from './virtual-time.js';

const seed = Number(process.env.LOWBEAT_SEED ?? 20_260_101);
t.comment(`LOWBEAT_SEED=${seed}`);
export const intervalMs = 240_000;

export interface Setting {
  readonly gateway: ScriptedGateway;
  readonly time: VirtualTime;
  /** Makes a device that is stopped at the end of the test; several share the gateway and the time. */
  readonly make: (options?: Partial<DeviceOptions>) => Watched;
}

export interface Watched {
  readonly device: Device;
  readonly statuses: string[];
  readonly warnings: string[];
  /** What the handlers of 'chat' got. */
  readonly received: string[];
}

export async function setting(t: Test): Promise<Setting> {
  const gateway = await ScriptedGateway.listen();
  const time = new VirtualTime();
  t.teardown(() => gateway.close());
  return {
    gateway, time,
    make(options = {}) {
      const device = createDevice({
        url: `mqtt://127.0.0.1:${gateway.port}`, id: 'dev_1', token: 'secret',
        clock: time, timer: time, random: createPrng(seed),
        heartbeat: () => new FixedIntervalController({ intervalMs }),
        ...options,
      });
      const statuses: string[] = [];
      const warnings: string[] = [];
      const received: string[] = [];
      device.on('status', (status) => statuses.push(status.state === 'stopped' ? `stopped: ${status.reason}` : status.state));
      device.on('warning', ({ code }) => warnings.push(code));
      device.app('chat', { onNotification: ({ text }) => { received.push(text); } });
      t.teardown(() => device.stop());
      return { device, statuses, warnings, received };
    },
  };
}

export function notification(id: number, text: string, alias = 1): NotificationItem {
  return { id, alias, data: new TextEncoder().encode(text), missed: 0 };
}

export function notify(id: number, text: string, alias = 1): DownFrame {
  return { notifications: [notification(id, text, alias)] };
}

/** Waits for what real sockets bring; virtual time stands still meanwhile. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const giveUpAtMs = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > giveUpAtMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Long enough for whatever is on its way through sockets of this machine: a frame there and back. */
export async function quiet(connection: ScriptedConnection): Promise<void> {
  let last = -1;
  while (connection.happenings !== last) {
    last = connection.happenings;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function acks(frame: UpFrame): readonly number[] {
  return frame.acks ?? [];
}

/** A link whose first frame, which says all there is to say, has been read. */
export async function linked({ gateway }: Pick<Setting, 'gateway'>): Promise<ScriptedConnection> {
  const connection = await gateway.connection();
  await connection.frame();
  return connection;
}

export function memoryStorage(): DeviceStorage & { text: string | undefined } {
  const storage = {
    text: undefined as string | undefined,
    load: () => Promise.resolve(storage.text),
    save: (text: string) => {
      storage.text = text;
      return Promise.resolve();
    },
  };
  return storage;
}
