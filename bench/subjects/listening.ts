import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import type { ListenOptions } from './node-server.js';

/** Of the connections that come at once, those that wait to be accepted: as many as the kernel lets. */
export const backlog = 65_535;

/** Listens on a free port of this machine, over TLS if there is a certificate. */
export async function listenOn({ cert, key }: ListenOptions, onSocket: (socket: Socket) => void): Promise<number> {
  const server: Server = cert === undefined || key === undefined
    ? createServer({ noDelay: true }, onSocket)
    : createTlsServer({ cert: readFileSync(cert), key: readFileSync(key), noDelay: true }, onSocket);
  return listening(server);
}

/** Resolves with its port, a free one of this machine. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0, backlog }, resolve));
  return (server.address() as AddressInfo).port;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Twice: what the first one finds to be finalized the second one frees. */
export function collect(): void {
  globalThis.gc?.();
  globalThis.gc?.();
}
