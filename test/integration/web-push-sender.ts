// A stock application server: `web-push`, unmodified, in a process that trusts what NODE_EXTRA_CA_CERTS says.
// A command a line on standard input, as JSON; an answer a line.

import { createInterface } from 'node:readline';
import webpush from 'web-push';
import type { PushSubscription, RequestOptions } from 'web-push';

export interface SendCommand {
  readonly subscription: PushSubscription;
  /** Absent: a wake-up without payload. In base64. */
  readonly payload?: string;
  readonly options?: RequestOptions;
}

export interface SendAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { subscription, payload, options } = JSON.parse(line) as SendCommand;
  const data = payload === undefined ? undefined : Buffer.from(payload, 'base64');
  const answer = await webpush.sendNotification(subscription, data, options).then(
    ({ statusCode, headers, body }) => ({ status: statusCode, headers, body }),
    (error: unknown) => {
      if (!(error instanceof webpush.WebPushError)) return { status: 0, headers: {}, body: String(error) };
      return { status: error.statusCode, headers: error.headers, body: error.body };
    },
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
