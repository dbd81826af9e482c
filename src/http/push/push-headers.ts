// The headers of a push message (RFC 8030, section 5).

import type { IncomingHttpHeaders } from 'node:http';

import { urgencies } from '../../core/frames.js';
import type { Urgency } from '../../core/frames.js';
import { limits } from '../../core/limits.js';

export interface PushHeaders {
  readonly ttlSeconds: number;
  readonly urgency: Urgency;
  readonly topic: string;
  /** `Prefer: respond-async`: a receipt is wanted. */
  readonly receiptWanted: boolean;
  /** What the `Link` of relation `urn:ietf:params:push:receipt` points to. */
  readonly receiptLink?: string;
  /** Whether the body is said to be aes128gcm; 'older' is what came before RFC 8291. */
  readonly encoding: 'none' | 'aes128gcm' | 'older' | 'other';
}

export const receiptRelation = 'urn:ietf:params:push:receipt';

/** As text: what is wrong with them and what would be right. */
export function parsePushHeaders(headers: IncomingHttpHeaders): PushHeaders | string {
  const ttlSeconds = ttlOf(single(headers['ttl']));
  if (ttlSeconds === undefined) return 'TTL: whole seconds from 0 up, once (RFC 8030, section 5.2)';
  const urgency = (single(headers['urgency']) ?? 'normal').trim().toLowerCase();
  if (!urgencies.some((known) => known === urgency)) return `Urgency: one of ${urgencies.join(', ')}, once`;
  const topic = single(headers['topic'])?.trim();
  if (topic !== undefined && !topicPattern.test(topic)) {
    return `Topic: 1 to ${limits.topicCharacters} characters of A-Z a-z 0-9 - _, once (RFC 8030, section 5.4)`;
  }
  const link = single(headers['link']);
  const receiptLink = link === undefined ? undefined : linkOf(link, receiptRelation);
  return {
    ttlSeconds,
    urgency: urgency as Urgency,
    topic: topic ?? '',
    receiptWanted: headers['prefer'] !== undefined && preferences(headers).has('respond-async'),
    ...(receiptLink !== undefined && { receiptLink }),
    encoding: encodingOf(headers),
  };
}

const topicPattern = new RegExp(`^[A-Za-z0-9_-]{1,${limits.topicCharacters}}$`);
/** RFC 8030 §5.2: more than fits 31 bits counts as this. */
const longestTtl = 2 ** 31;

function ttlOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]+$/.test(text.trim())) return undefined;
  return Math.min(Number(text), longestTtl);
}

/** Of what may come once only, Node joins several with a comma, which none of them may have. */
function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}

function encodingOf(headers: IncomingHttpHeaders): PushHeaders['encoding'] {
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (encoding === undefined || encoding === '') return 'none';
  if (encoding === 'aes128gcm') return 'aes128gcm';
  return encoding === 'aesgcm' || encoding === 'aesgcm128' ? 'older' : 'other';
}

/** RFC 7240: by lower-case name; the first of a name counts. */
export function preferences(headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of single(headers['prefer'])?.split(',') ?? []) {
    const [, name, value] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*"?([^";]*)"?)?\s*(?:;.*)?$/.exec(part) ?? [];
    if (name !== undefined && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), value?.trim() ?? '');
  }
  return found;
}

/** RFC 8288: the first target of this relation. */
export function linkOf(header: string | undefined, relation: string): string | undefined {
  for (const [, target, parameters = ''] of (header ?? '').matchAll(/<([^<>]{0,2000})>([^<]*)/g)) {
    const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(parameters);
    if ((relations?.[1] ?? relations?.[2] ?? '').split(/\s+/).includes(relation)) return target;
  }
  return undefined;
}
