// Reads what an app's web site says of it, through the fence.

import type { OutgoingFence } from './fence.js';
import { requestOutside } from './request.js';

const textBytes = 4_096;

/** What stands at `path` of the domain, at most 4,096 bytes; `port` is for a site that is not where sites are. Never rejects. */
export async function readDomainProof(fence: OutgoingFence, domain: string, path: string, port = 443): Promise<
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string }
> {
  const host = port === 443 ? domain : `${domain}:${port}`;
  const answer = await requestOutside(fence, { method: 'GET', url: `https://${host}${path}`, headers: { accept: 'text/plain' } });
  if (!answer.ok) return { ok: false, reason: answer.reason };
  if (answer.status !== 200) return { ok: false, reason: `the site answers with status ${answer.status}` };
  return answer.body.length > textBytes
    ? { ok: false, reason: `what is there is above ${textBytes} bytes` }
    : { ok: true, text: answer.body.toString('utf8') };
}
