// What the pages ask the gateway: the API at /console/v1, told in docs/http.md.

import { signal } from '@preact/signals';

export interface Session {
  readonly user: { readonly id: string; readonly name: string; readonly operator: boolean } | null;
  readonly csrf: string;
  readonly issuer: string | null;
  readonly passkeys: boolean;
}

export interface TimeWindow {
  /** 1 (Monday) to 7. */
  readonly days: readonly number[];
  readonly startMinute: number;
  readonly endMinute: number;
}

export interface Schedule {
  readonly zone: string;
  readonly windows: readonly TimeWindow[];
}

export interface App {
  readonly uid: string;
  readonly name: string;
  readonly domain?: string;
  readonly scopes: readonly string[];
  readonly paused: boolean;
  readonly schedule?: Schedule;
  readonly followsPhone: boolean;
  readonly outside: 'hold' | 'drop';
  readonly sees: 'online' | 'away' | 'offline' | 'unknown';
  readonly open: boolean;
  readonly untilMs?: number;
}

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly state: 'online' | 'away' | 'offline' | 'unknown';
  readonly push: boolean;
  readonly createdAtMs: number;
  readonly link?: {
    readonly linkedSinceMs: number;
    readonly lastLifeAtMs: number;
    readonly promisedUntilMs: number;
    readonly heartbeats: number;
    readonly flowSeconds?: number;
    readonly heartbeat?: { readonly network: string; readonly power: string; readonly promiseSeconds: number };
  };
}

export interface Status {
  readonly status: 'available' | 'away' | 'invisible';
  readonly presence: 'online' | 'away' | 'offline' | 'unknown';
  readonly zone?: string;
}

/** A refusal, in words for people. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const session = signal<Session | undefined>(undefined);

export async function loadSession(): Promise<void> {
  session.value = await ask<Session>('GET', '/session');
}

/** Rejects with Refusal. */
export async function ask<Answer>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body: object = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'x-csrf-token': session.value?.csrf ?? '' };
  let response: Response;
  try {
    response = await fetch(`/console/v1${path}`, method === 'GET' ? { method } : { method, headers, body: JSON.stringify(body) });
  } catch {
    throw new Refusal('unreachable', 'The gateway does not answer. Check your connection, then try again.');
  }
  const answer = (response.status === 204 ? {} : await response.json()) as Answer & { readonly code?: string; readonly detail?: string };
  if (response.ok) return answer;
  // Signed out elsewhere, or too long ago.
  if (answer.code === 'sign-in-required') await loadSession();
  throw new Refusal(answer.code ?? 'unknown', sentence(answer.detail ?? 'The gateway refused.'));
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
