// This browser as a device of the user: the phone client over WebSocket. Loaded only where somebody wants that, for it is larger than
// all pages together.

import { createDevice, localStorageStorage } from '../device/index.js';

export interface BrowserDeviceOptions {
  readonly url: string;
  readonly id: string;
  readonly token: string;
  readonly onStatus: (state: 'connecting' | 'linked' | 'waiting' | 'stopped', over: boolean) => void;
  readonly onNotification: (notification: { readonly app: string; readonly id: number; readonly text: string }) => void;
  /** Handled on another device. */
  readonly onClear: (cleared: { readonly app: string; readonly ids: readonly number[] }) => void;
}

export interface BrowserDevice {
  /** Those it takes notifications for; ones it had before stay registered until `stop`. */
  setApps(names: readonly string[]): void;
  setPresence(presence: 'online' | 'away'): void;
  handled(app: string, id: number): void;
  stop(): Promise<void>;
}

export async function startBrowserDevice({ url, id, token, onStatus, onNotification, onClear }: BrowserDeviceOptions): Promise<BrowserDevice> {
  const device = createDevice({ url, id, token, storage: localStorageStorage(`lowbeat.${id}`) });
  device.on('status', (status) => onStatus(status.state, status.state === 'stopped' && (status.reason === 'removed' || status.reason === 'refused')));
  device.on('clear', onClear);
  const apps = new Set<string>();
  const browserDevice: BrowserDevice = {
    setApps: (names) => {
      for (const name of names) {
        if (apps.has(name)) continue;
        apps.add(name);
        device.app(name, { onNotification: ({ id: number, text, encrypted }) => onNotification({ app: name, id: number, text: encrypted === true ? 'An encrypted message' : text }) });
      }
      for (const name of apps) {
        if (names.includes(name)) continue;
        apps.delete(name);
        device.remove(name);
      }
    },
    setPresence: (presence) => device.setPresence(presence),
    handled: (app, number) => device.handled(app, number),
    stop: () => device.stop(),
  };
  await device.start();
  return browserDevice;
}
