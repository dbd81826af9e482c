// This browser as a device: switched on and off on the page of devices; what comes is shown on whichever page is open.

import { effect, signal } from '@preact/signals';
import type { JSX } from 'preact';

import { ask, session } from './api.js';
import type { BrowserDevice } from './browser-device.js';
import { apps } from './live.js';
import { Action } from './parts.js';

interface Shown {
  readonly app: string;
  readonly id: number;
  readonly title: string;
  readonly action: string | undefined;
  readonly url: string | undefined;
}

interface Credentials {
  readonly user: string;
  readonly id: string;
  readonly token: string;
  readonly mqtt: string;
}

const key = 'lowbeat.browser';
/** Without a key or a pointer for so long, nobody is there. */
const idleMs = 300_000;
const idleLookMs = 15_000;
const mostShown = 20;
const mostCharacters = 200;

const status = signal<'off' | 'elsewhere' | 'connecting' | 'linked' | 'waiting' | 'stopped'>('off');
const shown = signal<readonly Shown[]>([]);
let running: Promise<BrowserDevice> | undefined;
let stopFollowing = (): void => undefined;
/** Lets another tab be the device. */
let release = (): void => undefined;

/** Runs while the user whose device it is is signed in here. */
export function startThisBrowser(): void {
  effect(() => {
    const user = session.value?.user?.id;
    const credentials = kept();
    if (user !== undefined && credentials?.user === user) start(credentials);
  });
  addEventListener('storage', ({ key: changed }) => {
    if (changed === key && kept() === undefined) void stopHere();
  });
  watchIdleness();
}

/** Before somebody signs out: whoever comes next is not to read along. */
export async function leaveThisBrowser(): Promise<void> {
  const credentials = kept();
  if (credentials === undefined) return;
  // The other tabs hear of it.
  localStorage.removeItem(key);
  await stopHere();
  localStorage.removeItem(`lowbeat.${credentials.id}`);
  if (credentials.user === session.value?.user?.id) await ask('POST', `/devices/${credentials.id}/remove`).catch(() => undefined);
}

async function stopHere(): Promise<void> {
  stopFollowing();
  const stopping = running;
  running = undefined;
  [status.value, shown.value] = ['off', []];
  await stopping?.then((device) => device.stop(), () => undefined);
  release();
}

async function join(): Promise<void> {
  const user = session.value?.user?.id;
  if (user === undefined) return;
  // Asked for while somebody has just clicked: browsers want that. What is denied is still shown on the page.
  if ('Notification' in globalThis && Notification.permission === 'default') await Notification.requestPermission();
  const { id, token, mqtt } = await ask<{ readonly id: string; readonly token: string; readonly mqtt: string | null }>('POST', '/devices', { name: browserName() });
  if (mqtt === null) throw new Error('The gateway does not know its own address yet.');
  const credentials: Credentials = { user, id, token, mqtt };
  localStorage.setItem(key, JSON.stringify(credentials));
  start(credentials);
}

/** Of several tabs one is the device: when it is closed, the next. */
function start(credentials: Credentials): void {
  if (status.value !== 'off') return;
  status.value = 'elsewhere';
  const begin = async (): Promise<void> => {
    // It may have been left while this tab waited.
    if (status.value !== 'elsewhere' || kept()?.id !== credentials.id) return;
    await new Promise<void>((resolve) => {
      release = resolve;
      run(credentials);
    });
  };
  // Only where pages come over TLS, or from this machine; elsewhere the last tab that was opened is the device.
  const { locks } = navigator as Partial<Navigator>;
  void (locks === undefined ? begin() : locks.request(`lowbeat.${credentials.id}`, begin));
}

function run({ id, token, mqtt }: Credentials): void {
  status.value = 'connecting';
  running = import('./browser-device.js').then(({ startBrowserDevice }) => startBrowserDevice({
    url: mqtt, id, token,
    onStatus: (state, over) => {
      if (status.value !== 'off') status.value = state;
      if (!over) return;
      // Removed on another page: it is no device any more.
      localStorage.removeItem(key);
      void stopHere();
    },
    onNotification: (notification) => show(shownOf(notification)),
    onClear: ({ app, ids }) => (shown.value = shown.value.filter((one) => one.app !== app || !ids.includes(one.id))),
  }));
  running.then((device) => {
    stopFollowing();
    // Undefined until the first word of the gateway, and after the last.
    stopFollowing = effect(() => {
      if (apps.value !== undefined) device.setApps(apps.value.filter(({ scopes }) => scopes.includes('notify')).map(({ name }) => name));
    });
  }, () => void stopHere());
}

function show(one: Shown): void {
  shown.value = [one, ...shown.value].slice(0, mostShown);
  if (document.visibilityState === 'visible' || !('Notification' in globalThis) || Notification.permission !== 'granted') return;
  const note = new Notification(one.title, { body: one.app, tag: `${one.app} ${one.id}` });
  note.onclick = () => {
    focus();
    note.close();
  };
}

async function handled({ app, id }: Shown): Promise<void> {
  shown.value = shown.value.filter((one) => one.app !== app || one.id !== id);
  (await running)?.handled(app, id);
}

/** JSON with a title, and perhaps an action and a URL, or text. */
function shownOf({ app, id, text }: { readonly app: string; readonly id: number; readonly text: string }): Shown {
  const said = fieldsOf(text);
  const field = (name: string): string | undefined => (typeof said[name] === 'string' ? said[name].slice(0, mostCharacters) : undefined);
  const url = typeof said.url === 'string' && /^https?:\/\//.test(said.url) ? said.url : undefined;
  return { app, id, title: field('title') ?? text.slice(0, mostCharacters), action: field('action'), url };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value as Readonly<Record<string, unknown>> : {};
  } catch {
    return {};
  }
}

function watchIdleness(): void {
  let usedAtMs = Date.now();
  let told: 'online' | 'away' = 'online';
  const look = (): void => {
    const presence = Date.now() - usedAtMs < idleMs ? 'online' : 'away';
    if (presence === told) return;
    told = presence;
    void running?.then((device) => device.setPresence(presence), () => undefined);
  };
  for (const name of ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const) {
    addEventListener(name, () => {
      usedAtMs = Date.now();
      look();
    }, { passive: true });
  }
  setInterval(look, idleLookMs);
}

function kept(): Credentials | undefined {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? 'null') as Credentials | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function browserName(): string {
  const [, browser = 'Browser'] = /(Firefox|Edg|Chrome|Safari)/.exec(navigator.userAgent) ?? [];
  return browser === 'Edg' ? 'Edge here' : `${browser} here`;
}

const words = { off: '', elsewhere: 'another tab takes what comes', connecting: 'connecting', linked: 'connected', waiting: 'waiting for the network', stopped: 'stopped' } as const;

/** On the page of devices. */
export function ThisBrowser(): JSX.Element {
  return (
    <section>
      <h2>This browser</h2>
      {status.value === 'off'
        ? <><p>It can be a device of yours: it shows what your apps send while one of these pages is open, and tells whether you are at it.</p>
          <Action act={join}>Use this browser as a device</Action></>
        : <><p role="status">It is a device of yours: {words[status.value]}.</p><Action act={leaveThisBrowser}>Stop using it as a device</Action></>}
    </section>
  );
}

/** What came to this browser, on every page. */
export function ShownNotifications(): JSX.Element | null {
  if (shown.value.length === 0) return null;
  return (
    <ul class="cards notifications" aria-label="Notifications" aria-live="polite">
      {shown.value.map((one) => (
        <li key={`${one.app} ${one.id}`} class="row">
          <strong>{one.app}</strong> <span>{one.title}</span>
          {one.url === undefined ? null : <a href={one.url} target="_blank" rel="noreferrer" onClick={() => void handled(one)}>{one.action ?? 'Open'}</a>}
          <button type="button" class="quiet" aria-label={`Dismiss ${one.title}`} onClick={() => void handled(one)}>Dismiss</button>
        </li>
      ))}
    </ul>
  );
}
