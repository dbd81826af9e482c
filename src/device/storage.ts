// What a device keeps across restarts, and where. The text is JSON; it holds the apps' private keys, and no token.

import type { DeviceAgentState } from '../core/device-agent/actions.js';
import { limits } from '../core/limits.js';
import { fromBase64Url } from './base64url.js';
import { keyBytes } from './push-keys.js';
import type { StoredKeys } from './push-keys.js';

/**
 * One text, replaced as a whole: `fileStorage`, `localStorageStorage`, or any key-value store of a phone. Who can read it
 * can read what is sent to the apps.
 */
export interface DeviceStorage {
  /** What was saved last; undefined when nothing was. A rejection makes `start()` reject. */
  load(): Promise<string | undefined>;
  /** Resolves when `text` will survive a crash. Never called again before it has settled. */
  save(text: string): Promise<void>;
  /** Moves a text that could not be read out of the way, so that somebody may look at it; says where it is now. */
  setAside?(): Promise<string>;
}

export type StoredState =
  | { readonly ok: true; readonly state: DeviceAgentState; readonly keys: readonly StoredKeys[] }
  /** What is wrong with it. */
  | { readonly ok: false; readonly reason: string };

/** `device` goes with the state, because another device's numbers would make this one drop what it never saw. */
export function formatState(device: string, state: DeviceAgentState, keys: readonly StoredKeys[]): string {
  return JSON.stringify({ device, state, keys });
}

export function parseState(device: string, text: string): StoredState {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
  if (!isObject(parsed)) return { ok: false, reason: 'it is not a JSON object' };
  if (parsed.device !== device) return { ok: false, reason: 'it belongs to another device' };
  const { state } = parsed;
  if (!isObject(state)) return { ok: false, reason: 'state is not an object' };
  const wrong = wrongField(state);
  if (wrong !== undefined) return { ok: false, reason: `state.${wrong}` };
  // Absent in a text from before there were any.
  const { keys = [] } = parsed;
  if (!isList(keys, limits.subscriptionsPerDevice, isKeys)) return { ok: false, reason: 'keys is not a list of keys' };
  const { apps } = state as unknown as DeviceAgentState;
  // Those of an app that was removed, or registered anew, just before they were to be forgotten.
  const current = (keys as StoredKeys[]).filter(({ app, subscription }) => {
    return apps.some((known) => known.app === app && known.subscription === subscription);
  });
  return { ok: true, state: state as unknown as DeviceAgentState, keys: current };
}

function wrongField(state: Record<string, unknown>): string | undefined {
  if (state.version !== 1) return 'version is not 1';
  if (!isList(state.apps, limits.subscriptionsPerDevice, isApp)) return 'apps is not a list of apps';
  if (!isList(state.handled, limits.rememberedIds, isNumber)) return 'handled is not a list of ids';
  if (!isList(state.removals, limits.subscriptionsPerDevice, isNumber)) return 'removals is not a list of aliases';
  if (!isNumber(state.nextMessageId)) return 'nextMessageId is not a number above 0';
  if (!isList(state.messages, limits.upstreamWaiting, isMessage)) return 'messages is not a list of messages';
  // Absent in a text from before there were any, and as long as there are none.
  const { handledByUser = [] } = state;
  if (!isList(handledByUser, limits.handledWaiting, isHandled)) return 'handledByUser is not a list of notifications';
  const { missedTold = [] } = state;
  if (!isList(missedTold, limits.subscriptionsPerDevice, isMissedTold)) return 'missedTold is not a list of counts';
  return undefined;
}

function isApp(value: unknown): boolean {
  return isObject(value) && isName(value.app) && isNumber(value.alias) && typeof value.subscription === 'string' &&
    (value.endpoint === undefined || typeof value.endpoint === 'string');
}

function isMessage(value: unknown): boolean {
  return isObject(value) && isNumber(value.id) && isName(value.app) &&
    typeof value.data === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value.data);
}

function isHandled(value: unknown): boolean {
  return isObject(value) && isName(value.app) && isNumber(value.id);
}

function isMissedTold(value: unknown): boolean {
  return isObject(value) && isName(value.app) && isNumber(value.from) && isNumber(value.count);
}

function isKeys(value: unknown): boolean {
  return isObject(value) && isName(value.app) && typeof value.subscription === 'string' &&
    Object.entries(keyBytes).every(([name, bytes]) => {
      const text = value[name];
      return typeof text === 'string' && fromBase64Url(text)?.length === bytes;
    });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown, most: number, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= most && value.every(isItem);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= limits.nameCharacters;
}

/** A number of the wire's uint32. */
function isNumber(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 0xffff_ffff;
}
