// Webhooks over HTTP: signed, and the fence decides where they may go.

import type { OutgoingFence } from '../outgoing/fence.js';
import { requestOutside } from '../outgoing/request.js';
import type { OutgoingAnswer } from '../outgoing/request.js';
import { retryAfterSeconds } from '../outgoing/retry-after.js';
import type { Clock } from '../ports/clock.js';
import type { WebhookRequest, WebhookResult, WebhookSender } from '../ports/webhook-sender.js';
import { signedHeaders } from './signature.js';

export interface SignedWebhookSenderOptions {
  /** Whoever made it closes it. */
  readonly fence: OutgoingFence;
  readonly clock: Clock;
  /** For one message, its answer included; `limits.outgoingMs` if absent. */
  readonly withinMs?: number;
}

export class SignedWebhookSender implements WebhookSender {
  readonly #options: SignedWebhookSenderOptions;

  constructor(options: SignedWebhookSenderOptions) {
    this.#options = options;
  }

  async send({ url, secret, say }: WebhookRequest): Promise<WebhookResult> {
    const { fence, clock, withinMs } = this.#options;
    const answer = await requestOutside(fence, {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', 'user-agent': 'lowbeat' },
      late: (write) => say((compose) => write(() => {
        const message = compose();
        return message && { headers: signedHeaders(message, secret), body: Buffer.from(message.body) };
      })),
      ...(withinMs !== undefined && { withinMs }),
    });
    return resultOf(answer, clock.nowMs());
  }
}

/** The status line is the answer: what follows it does not matter, and may break off. */
function resultOf(answer: OutgoingAnswer, nowMs: number): WebhookResult {
  if (!answer.ok && answer.status === undefined) {
    const { kind, reason } = answer;
    if (kind === 'unsaid') return { outcome: 'nothing' };
    return { outcome: kind === 'closed' ? 'refused' : 'later', reason };
  }
  const { status = 0 } = answer;
  if (status >= 200 && status < 300) return { outcome: 'taken' };
  if (status === 410) return { outcome: 'gone' };
  const reason = `the receiver answered ${status}`;
  if (status !== 408 && status !== 425 && status !== 429 && status < 500) return { outcome: 'refused', reason };
  const afterSeconds = answer.ok ? retryAfterSeconds(answer.headers['retry-after'], nowMs) : undefined;
  return { outcome: 'later', reason, ...(afterSeconds !== undefined && { afterSeconds }) };
}
