import { badOption } from './errors.js';
import type { DeviceError } from './errors.js';

export type LinkProtocol = 'mqtt' | 'mqtts' | 'ws' | 'wss';

export interface GatewayUrl {
  readonly protocol: LinkProtocol;
  /** An IPv6 address stands in brackets. */
  readonly host: string;
  readonly port: number;
  /** Of a WebSocket; with its query. */
  readonly path: string;
}

const defaultPorts: Record<LinkProtocol, number> = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 };

// `URL` is not used: React Native leaves most of its properties out, and browsers long did not read
// the host of a scheme they did not know.
const pattern = /^(mqtts?|wss?):\/\/(\[[0-9a-f:.]+\]|[^\s/?#:@[\]]+)(?::(\d{1,5}))?(\/[^\s#]*)?$/i;

/** Reads `mqtt://host:1883`, `mqtts://host`, `ws://host:8080/mqtt`, `wss://host`; a WebSocket's path is `/mqtt` if absent. */
export function parseGatewayUrl(text: string): GatewayUrl {
  const match = pattern.exec(text);
  const protocol = match?.[1]?.toLowerCase() as LinkProtocol | undefined;
  const host = match?.[2];
  const port = Number(match?.[3] ?? (protocol === undefined ? NaN : defaultPorts[protocol]));
  const path = match?.[4] ?? '/';
  if (protocol === undefined || host === undefined || !(port >= 1 && port <= 65_535)) {
    throw badUrl(text, 'that is none');
  }
  const webSocket = protocol === 'ws' || protocol === 'wss';
  if (!webSocket && path !== '/') throw badUrl(text, `${protocol} has no path`);
  return { protocol, host: host.toLowerCase(), port, path: webSocket && path === '/' ? '/mqtt' : path };
}

/** The gateway as browsers reach it: `https://push.example.org`, without a path. */
export function isGatewayOrigin(text: string): boolean {
  return /^https?:\/\/[^\s/?#@]+\/?$/.test(text);
}

function badUrl(text: string, why: string): DeviceError {
  // What stands before an @ may be a secret, so it is not repeated.
  const shown = text.includes('@')
    ? 'one with a user name: id and token are options of their own'
    : `"${text}": ${why}`;
  const forms = 'mqtt://host:1883, mqtts://host:8883, ws://host:8080/mqtt or wss://host/mqtt';
  return badOption(`url must be like ${forms}, not ${shown}`);
}
