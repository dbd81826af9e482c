// What a notification looks like when somebody else's push service carries it: JSON, encrypted for the device by the sender.

import { createHash } from 'node:crypto';

import { limits } from '../core/limits.js';
import type { OutgoingPush } from '../ports/push-sender.js';
import type { NotificationRecord, PushSubscription } from '../ports/store.js';

/** docs/fallback.md tells what each means. */
interface FallbackMessage {
  readonly app: string;
  readonly id: number;
  readonly text?: string;
  /** What is no text, in base64url. */
  readonly bytes?: string;
  /** A body of RFC 8291 that only the device's app can read, in base64url. */
  readonly encrypted?: string;
  /** Stands for so many that were dropped. */
  readonly missed?: number;
  /** The content was too long to be sent on. */
  readonly truncated?: true;
}

export function outgoingPush({ app, to, notification, nowMs }: {
  /** The app's name, as people know it. */
  readonly app: string;
  readonly to: PushSubscription;
  readonly notification: NotificationRecord;
  readonly nowMs: number;
}): OutgoingPush {
  const { id, urgency, expiresAtMs, subscription, topic } = notification;
  const whole = encode({ app, id, ...contentOf(notification) });
  const data = whole.length <= limits.outgoingPushBytes ? whole : encode({ app, id, truncated: true });
  return {
    to, data, urgency,
    ttlSeconds: Math.max(0, Math.floor((expiresAtMs - nowMs) / 1000)),
    topic: topic === '' ? '' : collapseKey(subscription, topic),
  };
}

function contentOf({ data, encrypted, missed }: NotificationRecord): Partial<FallbackMessage> {
  if (missed > 0) return { missed };
  if (data.length === 0) return {};
  if (encrypted) return { encrypted: Buffer.from(data).toString('base64url') };
  try {
    return { text: utf8.decode(data) };
  } catch {
    return { bytes: Buffer.from(data).toString('base64url') };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function encode(message: FallbackMessage): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

/** Apps of one device share its push service there: their topics must not replace each other, nor tell it what they are. */
function collapseKey(subscription: string, topic: string): string {
  return createHash('sha256').update(`${subscription} ${topic}`).digest('base64url').slice(0, limits.topicCharacters);
}
