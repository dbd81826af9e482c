// An application server as anybody would write it: `web-push` as it comes from the registry, and nothing else. It trusts the gateway's
// certificate through NODE_EXTRA_CA_CERTS. One JSON request a line on standard input, one answer a line on standard output.

import { createInterface } from 'node:readline';

import webPush from 'web-push';
import type { PushSubscription, RequestOptions } from 'web-push';

export interface SendRequest {
  readonly number: number;
  readonly subscription: PushSubscription;
  /** In base64; absent: none. */
  readonly payload?: string;
  readonly options: RequestOptions;
}

export interface SendAnswer {
  readonly number: number;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the package's promise was resolved. */
  readonly resolved: boolean;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { number, subscription, payload, options } = JSON.parse(line) as SendRequest;
  const told = (resolved: boolean, { statusCode, headers, body }: webPush.SendResult): void => {
    process.stdout.write(`${JSON.stringify({ number, resolved, statusCode, headers, body })}\n`);
  };
  try {
    told(true, await webPush.sendNotification(subscription, payload === undefined ? null : Buffer.from(payload, 'base64'), options));
  } catch (error) {
    if (!(error instanceof webPush.WebPushError)) throw error;
    const { statusCode, headers, body } = error;
    told(false, { statusCode, headers, body });
  }
}
