// How a device becomes a user's without anybody typing a token: it shows a code, the user says yes in a browser (RFC 8628).

import { systemClock, systemTimer } from './clock.js';
import type { Clock, Timer } from './clock.js';
import { DeviceError } from './errors.js';
import { isGatewayOrigin } from './gateway-url.js';

export interface PairingCode {
  /** What the user types, such as `BCDF-GHJK`. */
  readonly userCode: string;
  /** Where; show it. */
  readonly verificationUrl: string;
  /** The same with the code in it, for a QR code or a link. */
  readonly completeUrl: string;
  /** Milliseconds since 1970, by the device's clock. */
  readonly expiresAtMs: number;
}

/** What `createDevice` takes. */
export interface PairedDevice {
  readonly url: string;
  readonly id: string;
  readonly token: string;
  /** What the user called it. */
  readonly name: string;
}

export interface PairingOptions {
  /** The gateway as browsers reach it: `https://push.example.org`. */
  readonly gateway: string;
  /** What the user is asked about, such as `Anna's phone`; the user may change it. */
  readonly name?: string;
  readonly onCode: (code: PairingCode) => void;
  readonly signal?: AbortSignal;
  /** The global one if absent. */
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  readonly timer?: Timer;
}

const client = 'lowbeat-device';
const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
/** RFC 8628 §3.5: where the gateway says nothing, and what `slow_down` adds. */
const intervalSeconds = 5;
/** A gateway that does not answer is asked again for as long as the code is good. */
const answerMs = 20_000;

/**
 * Resolves once the user has said yes; takes up to a quarter of an hour. Rejects with DeviceError: 'pairing-refused' where the user said no,
 * 'pairing-expired' where nobody said anything, 'pairing-failed' where the gateway cannot be asked at first or is none, 'bad-option'; and with
 * the signal's reason.
 */
export async function pairDevice(options: PairingOptions): Promise<PairedDevice> {
  const { gateway, name, onCode, signal, clock = systemClock(), timer = systemTimer } = options;
  const base = baseOf(gateway);
  const asked = await post(options, `${base}/oauth/device`, { client_id: client, ...(name !== undefined && { device_name: name }) });
  if (asked.error !== undefined) throw failed(`the gateway refused: ${asked.error}`);
  const { device_code: deviceCode, user_code: userCode, verification_uri: verificationUrl, expires_in: expiresIn } = asked.body;
  const completeUrl = asked.body.verification_uri_complete ?? verificationUrl;
  if (!isText(deviceCode) || !isText(userCode) || !isText(verificationUrl) || !isText(completeUrl) || typeof expiresIn !== 'number') {
    throw failed(`what answers at ${base} is not a gateway that pairs devices`);
  }
  const expiresAtMs = clock.nowMs() + expiresIn * 1000;
  onCode({ userCode, verificationUrl, completeUrl, expiresAtMs });

  let seconds = typeof asked.body.interval === 'number' ? asked.body.interval : intervalSeconds;
  while (clock.nowMs() < expiresAtMs) {
    await sleep(seconds * 1000, timer, signal);
    const { error, body }: Answer = await post(options, `${base}/oauth/token`, { grant_type: grantType, device_code: deviceCode, client_id: client })
      .catch((cause: unknown) => {
        signal?.throwIfAborted();
        // It may be a tunnel, or a restart: until the code ends there is time.
        if (cause instanceof DeviceError) return { error: 'authorization_pending', body: {} };
        throw cause;
      });
    if (error === 'authorization_pending') continue;
    if (error === 'slow_down') {
      seconds += intervalSeconds;
      continue;
    }
    if (error === 'access_denied') throw new DeviceError({ code: 'pairing-refused', message: 'the user did not want this device' });
    if (error === 'expired_token' || error === 'invalid_grant') break;
    if (error !== undefined) throw failed(`the gateway refused: ${error}`);
    const { mqtt_url: url, device_id: id, access_token: token, device_name: called } = body;
    if (!isText(url) || !isText(id) || !isText(token)) throw failed('the gateway answered without what a device needs');
    return { url, id, token, name: isText(called) ? called : name ?? 'device' };
  }
  throw new DeviceError({ code: 'pairing-expired', message: 'nobody has entered the code in time; pair again' });
}

type Body = Readonly<Record<string, unknown>>;

interface Answer {
  /** As RFC 6749 §5.2 has it; undefined where it went well. */
  readonly error: string | undefined;
  readonly body: Body;
}

async function post({ fetch: ask = fetch, signal }: PairingOptions, url: string, form: Record<string, string>): Promise<Answer> {
  const timeout = AbortSignal.timeout(answerMs);
  let response: Response;
  let body: Body;
  try {
    response = await ask(url, {
      method: 'POST', body: new URLSearchParams(form), redirect: 'error', signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    body = await response.json() as Body;
  } catch (cause) {
    signal?.throwIfAborted();
    throw failed(`no gateway answers at ${new URL(url).origin}`, cause);
  }
  if (response.ok) return { error: undefined, body };
  // A refusal of the gateway itself has its words in `detail`.
  const error = body.error ?? body.detail;
  if (response.status >= 500 || response.status === 429) throw failed(isText(error) ? error : `the gateway answers with status ${response.status}`);
  return { error: isText(error) ? error : `status ${response.status}`, body };
}

function baseOf(gateway: string): string {
  if (!isGatewayOrigin(gateway)) {
    throw new DeviceError({ code: 'bad-option', message: `gateway must be like https://push.example.org, not ${JSON.stringify(gateway.slice(0, 80))}` });
  }
  return gateway.replace(/\/$/, '');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function failed(message: string, cause?: unknown): DeviceError {
  return new DeviceError({ code: 'pairing-failed', message, cause });
}

function sleep(delayMs: number, timer: Timer, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = timer.set(delayMs, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
