// The sockets the gateway listens on, and how they are named to others.

import { isIPv6 } from 'node:net';

import type { HttpFront } from '../http/front.js';
import type { MqttFront } from '../mqtt/front.js';
import type { Certificate } from './certificate-files.js';
import { CommandFailure } from './failure.js';
import { settingNamed } from './settings.js';
import type { Settings } from './settings.js';

/** The ports that are really listened on. */
export interface Ports {
  readonly mqttPort: number;
  readonly httpPort: number;
  readonly mqttsPort?: number;
  readonly httpsPort?: number;
}

export interface ListenOptions {
  readonly settings: Settings;
  readonly certificate: Certificate | undefined;
  readonly mqtt: MqttFront;
  readonly http: HttpFront;
  /** HTTP listens, and nobody has been answered yet; `url` is how this machine reaches it, HTTPS if that is served. */
  readonly onHttp: (url: string) => void;
}

/** Rejects with CommandFailure when a port cannot be had. */
export async function listen({ settings, certificate, mqtt, http, onHttp }: ListenOptions): Promise<{
  readonly ports: Ports;
  readonly useCertificate: (certificate: Certificate) => void;
}> {
  const { host } = settings;
  const on = async <Listener>(
    name: keyof Ports,
    open: (at: { host: string; port: number }) => Promise<Listener>,
  ): Promise<Listener> => {
    const port = settings[name] ?? 0;
    try {
      return await open({ host, port });
    } catch (error) {
      throw unusablePort(name, `${host}:${port}`, error);
    }
  };
  // HTTP first: a device that comes at once is told endpoints that are right.
  const { httpsPort, mqttsPort } = settings;
  const plain = await on('httpPort', (at) => http.listen(at));
  const secure = certificate === undefined || httpsPort === undefined
    ? undefined
    : await on('httpsPort', (at) => http.listen({ ...at, tls: certificate }));
  const address = reachableAddress(host);
  onHttp(secure === undefined ? `http://${address}:${plain.port}` : `https://${address}:${secure.port}`);
  const tcp = await on('mqttPort', (at) => mqtt.listenTcp(at));
  const tls = certificate === undefined || mqttsPort === undefined
    ? undefined
    : await on('mqttsPort', (at) => mqtt.listenTls({ ...at, ...certificate }));
  return {
    ports: {
      mqttPort: tcp.port,
      httpPort: plain.port,
      ...(tls !== undefined && { mqttsPort: tls.port }),
      ...(secure !== undefined && { httpsPort: secure.port }),
    },
    useCertificate: (renewed) => {
      mqtt.reloadTls(renewed);
      secure?.useCertificate(renewed);
    },
  };
}

const listenFaults: Readonly<Record<string, readonly [reason: string, which: 'port' | 'host']>> = {
  EADDRINUSE: ['another program has this port', 'port'],
  EACCES: ['this user may not use ports below 1024 (CAP_NET_BIND_SERVICE lets it)', 'port'],
  EADDRNOTAVAIL: ['this machine does not have this address', 'host'],
  ENOTFOUND: ['there is no host of this name', 'host'],
};

function unusablePort(name: keyof Ports, at: string, error: unknown): CommandFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [reason, which] = listenFaults[code] ?? [error instanceof Error ? error.message : String(error), 'port'];
  const { flag, variable } = settingNamed(which === 'host' ? 'host' : name);
  return new CommandFailure(`cannot listen on ${at}: ${reason}; ${flag} or ${variable} chooses another ${which}`, {
    exit: 'port-unusable',
    cause: error,
  });
}

/** By which this machine reaches what listens on `host`, ready for a URL. */
export function reachableAddress(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}

export function addressesOf(options: {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly address: string;
}): { readonly name: string; readonly url: string }[] {
  const { settings, ports, address } = options;
  const { mqttPort, httpPort, mqttsPort, httpsPort } = ports;
  return [
    { name: 'MQTT', url: `mqtt://${address}:${mqttPort}` },
    ...(mqttsPort === undefined ? [] : [{ name: 'MQTT over TLS', url: `mqtts://${address}:${mqttsPort}` }]),
    { name: 'HTTP', url: `http://${address}:${httpPort}` },
    ...(httpsPort === undefined ? [] : [{ name: 'HTTPS', url: `https://${address}:${httpsPort}` }]),
    { name: 'MQTT over WebSocket', url: `ws://${address}:${httpPort}/mqtt` },
    ...(settings.publicUrl === undefined ? [] : [{ name: 'From outside', url: settings.publicUrl }]),
  ];
}
