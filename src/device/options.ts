import type { BackoffOptions } from '../core/backoff.js';
import type { HeartbeatController } from '../core/heartbeat/controller.js';
import { limits } from '../core/limits.js';
import type { Prng } from '../core/prng.js';
import type { Clock, Timer } from './clock.js';
import { badOption } from './errors.js';
import { parseGatewayUrl } from './gateway-url.js';
import type { GatewayUrl } from './gateway-url.js';
import { inNode } from './mqtt-link.js';
import type { NetworkSource } from './network.js';
import type { DeviceStorage } from './storage.js';

export interface DeviceOptions {
  /**
   * The gateway: `mqtts://host`, `mqtt://host:1883`, `wss://host/mqtt` or `ws://host:8080/mqtt`. A browser and
   * React Native can open only the last two.
   */
  readonly url: string;
  /** As `lowbeat device add` or the pairing gave it. */
  readonly id: string;
  readonly token: string;
  /** What survives a restart; without it a notification may come twice after one, and an unsent message is lost. */
  readonly storage?: DeviceStorage;
  /** Certificates in PEM to trust instead of the system's; not in browsers. */
  readonly ca?: string | readonly string[];
  /** Makes what decides when to beat, from what the last one kept; absent: `AdaptiveController`, which learns each network. */
  readonly heartbeat?: (memory: unknown) => HeartbeatController;
  /** Tells the network; absent: what a browser tells, and nothing elsewhere. */
  readonly network?: NetworkSource;
  /** Milliseconds that a frame may go without an answer before the link counts as dead; `limits.answerWaitMs` if absent. */
  readonly answerWaitMs?: number;
  /** Bounds of the wait before the next attempt; `limits.reconnectBaseMs` and `limits.reconnectCapMs` if absent. */
  readonly reconnect?: BackoffOptions;
  readonly clock?: Clock;
  readonly timer?: Timer;
  readonly random?: Prng;
}

export interface AppOptions {
  /** RFC 8292: only the holder of this P-256 public key may use the endpoint; 65 bytes, or the same in base64url. */
  readonly applicationServerKey?: Uint8Array | string;
  /** Its handler gets encrypted payloads as they came, with `encrypted: true`; `DeviceApp.decrypt` reads them. */
  readonly raw?: boolean;
}

/** The gateway's URL; throws 'bad-option' for an option that cannot be. */
export function checkOptions(options: DeviceOptions): GatewayUrl {
  const url = parseGatewayUrl(options.url);
  if (!inNode() && (url.protocol === 'mqtt' || url.protocol === 'mqtts')) {
    throw badOption(`url must begin with wss:// or ws:// where there is only WebSocket, not with ${url.protocol}://`);
  }
  for (const name of ['id', 'token'] as const) {
    const length = new TextEncoder().encode(options[name]).length;
    if (length < 1 || length > limits.connectPacketBytes / 4) {
      throw badOption(`${name} must have 1 to ${limits.connectPacketBytes / 4} bytes, not ${length}`);
    }
  }
  const { answerWaitMs } = options;
  if (answerWaitMs !== undefined && !(answerWaitMs >= 1 && Number.isFinite(answerWaitMs))) {
    throw badOption(`answerWaitMs must be milliseconds above 0, not ${answerWaitMs}`);
  }
  return url;
}

export function checkAppName(name: string): void {
  if (name.length < 1 || name.length > limits.nameCharacters) {
    throw badOption(`an app's name has 1 to ${limits.nameCharacters} characters, not ${name.length}`);
  }
}
