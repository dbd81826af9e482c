// What changes while a page is open: one stream of events for all of it.

import { effect, signal } from '@preact/signals';

import { session } from './api.js';
import type { App, Device, Status } from './api.js';

export const apps = signal<readonly App[] | undefined>(undefined);
export const devices = signal<readonly Device[] | undefined>(undefined);
export const status = signal<Status | undefined>(undefined);
/** Whether what is shown is of this moment. */
export const connected = signal(false);
/** For what is told as "so long ago": goes on by itself. */
export const nowMs = signal(Date.now());

/** Listens while somebody is signed in. */
export function startLive(): void {
  setInterval(() => (nowMs.value = Date.now()), 5_000);
  effect(() => {
    if (session.value?.user == null) return undefined;
    const events = new EventSource('/console/v1/events');
    events.onopen = () => (connected.value = true);
    events.onerror = () => (connected.value = false);
    on(events, 'apps', (data) => (apps.value = (data as { readonly apps: readonly App[] }).apps));
    on(events, 'devices', (data) => (devices.value = (data as { readonly devices: readonly Device[] }).devices));
    on(events, 'status', (data) => (status.value = data as Status));
    return () => {
      events.close();
      [apps.value, devices.value, status.value, connected.value] = [undefined, undefined, undefined, false];
    };
  });
}

function on(events: EventSource, name: string, take: (data: unknown) => void): void {
  events.addEventListener(name, (event) => {
    nowMs.value = Date.now();
    take(JSON.parse((event as MessageEvent<string>).data));
  });
}
