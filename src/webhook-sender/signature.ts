// Standard Webhooks (standardwebhooks.com): how a receiver knows who sent a message, and that it is whole and of now.

import { createHmac } from 'node:crypto';

import type { WebhookMessage } from '../ports/webhook-sender.js';

export function signedHeaders({ id, atMs, body }: WebhookMessage, secret: Uint8Array): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
