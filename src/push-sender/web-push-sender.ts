// Standard Web Push to other people's push services: the `web-push` package encrypts and signs, and the fence decides where it may go.

import webPush from 'web-push';

import { limits } from '../core/limits.js';
import { requestOutside } from '../outgoing/request.js';
import type { OutgoingAnswer } from '../outgoing/request.js';
import type { OutgoingFence } from '../outgoing/fence.js';
import { retryAfterSeconds } from '../outgoing/retry-after.js';
import type { Clock } from '../ports/clock.js';
import type { OutgoingPush, OutgoingPushResult, PushSender } from '../ports/push-sender.js';
import type { VapidKeys } from './vapid-keys.js';

export interface WebPushSenderOptions {
  readonly fence: OutgoingFence;
  readonly keys: VapidKeys;
  /** Where the operators of push services reach ours: a `mailto:` or `https:` URL (RFC 8292 §2.1). */
  readonly subject: string;
  readonly clock: Clock;
  /** For one message, its answer included; `limits.outgoingMs` if absent. */
  readonly withinMs?: number;
}

export class WebPushSender implements PushSender {
  readonly publicKey: Uint8Array;
  readonly #options: WebPushSenderOptions;
  readonly #vapidDetails: { readonly subject: string; readonly publicKey: string; readonly privateKey: string };

  constructor(options: WebPushSenderOptions) {
    this.#options = options;
    const { keys: { publicKey, privateKey }, subject } = options;
    this.publicKey = publicKey;
    this.#vapidDetails = { subject, publicKey: base64url(publicKey), privateKey: base64url(privateKey) };
  }

  async send(push: OutgoingPush): Promise<OutgoingPushResult> {
    const { fence, clock, withinMs } = this.#options;
    let details: webPush.RequestDetails;
    try {
      details = this.#details(push);
    } catch {
      // Its message would tell the keys.
      return { outcome: 'refused', reason: 'the message cannot be encrypted for this subscription' };
    }
    const answer = await requestOutside(fence, {
      method: 'POST',
      url: push.to.endpoint,
      headers: details.headers,
      ...(details.body !== null && { body: details.body }),
      ...(withinMs !== undefined && { withinMs }),
    });
    return resultOf(answer, clock.nowMs());
  }

  close(): void {
    this.#options.fence.close();
  }

  #details({ to, data, urgency, ttlSeconds, topic }: OutgoingPush): webPush.RequestDetails {
    if (data.length > limits.outgoingPushBytes) throw new RangeError(`${data.length} bytes`);
    const subscription = { endpoint: to.endpoint, keys: { p256dh: base64url(to.p256dh), auth: base64url(to.auth) } };
    return webPush.generateRequestDetails(subscription, Buffer.from(data), {
      vapidDetails: this.#vapidDetails,
      TTL: ttlSeconds,
      urgency,
      contentEncoding: 'aes128gcm',
      ...(topic !== '' && { topic }),
    });
  }
}

/** RFC 8030 §5, §7.3, §8.4, and what push services are known to answer. */
function resultOf(answer: OutgoingAnswer, nowMs: number): OutgoingPushResult {
  if (!answer.ok) {
    // One that had read so much of an answer was answered; it will not be another the next time.
    const outcome = answer.kind === 'closed' || answer.kind === 'too-large' ? 'refused' : 'later';
    return { outcome, reason: answer.reason };
  }
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return { outcome: 'sent' };
  if (status === 404 || status === 410) return { outcome: 'gone' };
  const reason = `the push service answered ${status}`;
  if (status === 408 || status === 429 || status >= 500) {
    const afterSeconds = retryAfterSeconds(headers['retry-after'], nowMs);
    return { outcome: 'later', reason, ...(afterSeconds !== undefined && { afterSeconds }) };
  }
  return { outcome: 'refused', reason };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
