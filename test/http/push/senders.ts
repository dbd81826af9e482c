// Senders of Web Push as their libraries are: bodies of the `web-push` package.

import { createECDH, randomBytes } from 'node:crypto';

import webpush from 'web-push';

import { origin } from './push-world.js';

const keys = (() => {
  const ecdh = createECDH('prime256v1');
  return { p256dh: ecdh.generateKeys().toString('base64url'), auth: randomBytes(16).toString('base64url') };
})();

/** What `web-push` would send. */
export function sealed(text: string, options: webpush.RequestOptions = {}, endpoint = `${origin}/push/x`): { headers: Record<string, string>; body: Buffer } {
  const { headers, body } = webpush.generateRequestDetails({ endpoint, keys }, text, { TTL: 60, ...options });
  return {
    headers: Object.fromEntries(
      Object.entries(headers).filter(([name]) => name !== 'Content-Length').map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body,
  };
}

/** Seconds since the epoch, so many from now. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
