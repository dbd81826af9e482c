// Whom a request comes from: its peer, or, behind a reverse proxy that is trusted, whom that one names.

import type { IncomingMessage } from 'node:http';

import ipaddr from 'ipaddr.js';

import { BoundedCache } from '../core/bounded-cache.js';

/** Whether whoever has this address is believed when it says for whom it asks. */
export type IsTrustedProxy = (address: string) => boolean;

/** Of addresses, and of networks such as `10.0.0.0/8`; throws for what is neither. */
export function trustedProxies(networks: readonly string[]): IsTrustedProxy {
  const ranges = networks.map((network) => {
    const [address = '', bits] = network.split('/');
    const base = ipaddr.process(address);
    return { base, bits: bits === undefined ? base.toByteArray().length * 8 : Number(bits) };
  });
  return (address) => {
    if (ranges.length === 0 || !ipaddr.isValid(address)) return false;
    // IPv4 that arrives on a socket of IPv6 is IPv4.
    const parsed = ipaddr.process(address);
    return ranges.some(({ base, bits }) => base.kind() === parsed.kind() && parsed.match(base, bits));
  };
}

/** The last one named by somebody who is trusted; what stands further to the left of `X-Forwarded-For` anybody may have written. */
export function clientAddress(request: IncomingMessage, isTrusted: IsTrustedProxy): string {
  let address = request.socket.remoteAddress ?? 'unknown';
  const named = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').map((name) => name.trim());
  for (const name of named.reverse()) {
    if (name === '' || !isTrusted(address)) break;
    address = name;
  }
  return address;
}

/** By what one client is told from another: IPv6 hands out networks of 64 bits, and who has one has all addresses in it. */
export function networkOf(address: string): string {
  const known = networks.get(address);
  if (known !== undefined) return known;
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  const network = parsed.kind() === 'ipv6' ? parsed.toByteArray().slice(0, 8).join('.') : parsed.toString();
  // IPv6 may name a zone, and that of any length.
  if (address.length <= addressCharacters) networks.set(address, network);
  return network;
}

const addressCharacters = '0000:0000:0000:0000:0000:0000:0000:0000'.length;
/** Whoever asks, asks again: reading an address costs more than all that is then looked up by it. */
const networks = new BoundedCache<string, string>({ most: 1_024 });
