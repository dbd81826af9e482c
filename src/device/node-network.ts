// For Node and Electron: a look at the network interfaces, which is one system call and wakes nobody.

import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';

import type { NetworkKind } from '../core/frames.js';
import type { DeviceNetwork, NetworkSource } from './network.js';

export type Interfaces = ReturnType<typeof networkInterfaces>;

export interface NodeNetworkOptions {
  /**
   * Look this often, in milliseconds, besides whenever the device does something anyway. Not on a battery: a look
   * wakes the processor, though never the radio. Absent: never.
   */
  readonly pollMs?: number;
  /** `os.networkInterfaces` if absent. */
  readonly interfaces?: () => Interfaces;
}

// Names as Linux (predictable names, Android), macOS and Windows give them.
const kinds: readonly (readonly [RegExp, NetworkKind])[] = [
  [/^(wl|wi-?fi|ath)/i, 'wifi'],
  [/^(ww|rmnet|ccmni|pdp_ip|cellular|mobile)/i, 'cellular'],
  [/^(en|eth)/i, 'wired'],
];
/** Bridges of containers and virtual machines come and go without any effect on the way to the gateway. */
const internalNames = /^(docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|cali)/i;

export function nodeNetwork(options: NodeNetworkOptions = {}): NetworkSource {
  const { pollMs, interfaces = networkInterfaces } = options;
  return {
    current: () => describe(interfaces()),
    watch(changed) {
      if (pollMs === undefined) return () => undefined;
      const interval = setInterval(changed, pollMs);
      // A look is no reason to keep a process alive.
      interval.unref();
      return () => clearInterval(interval);
    },
  };
}

/** The key is a digest of the interfaces and their subnets: equal in the same network, and it tells neither. */
function describe(interfaces: Interfaces): DeviceNetwork {
  const subnets: string[] = [];
  let kind: NetworkKind = 'unknown';
  for (const [name, addresses] of Object.entries(interfaces)) {
    if (internalNames.test(name)) continue;
    for (const { internal, address, netmask, family } of addresses ?? []) {
      // A link-local address leads nowhere; every interface has one, network or not.
      if (internal || (family === 'IPv6' && /^fe80:/i.test(address))) continue;
      subnets.push(`${name} ${subnet(address, netmask)}`);
      if (kind === 'unknown') kind = kinds.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
    }
  }
  const text = [...new Set(subnets)].sort().join('\n');
  const key = createHash('sha256').update(text).digest('base64url').slice(0, 16);
  return { key, kind, reachable: subnets.length > 0 };
}

/** The address without its host part, so that a renewed or temporary address is the same network still. */
function subnet(address: string, netmask: string): string {
  const separator = address.includes(':') ? ':' : '.';
  if (separator === '.') {
    const mask = netmask.split('.').map(Number);
    return address.split('.').map((part, index) => Number(part) & (mask[index] ?? 0)).join('.');
  }
  // A global IPv6 network is a /64 [RFC 4291 §2.5.4], four groups; "::" stands for groups of zeros.
  const groups = (address.split('::')[0] ?? '').split(':');
  return [...groups, '0', '0', '0', '0'].slice(0, 4).join(':');
}
