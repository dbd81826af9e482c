// The certificate of the TLS listeners: two PEM files, read again when they change.

import { X509Certificate } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

import type { Log } from '../ports/log.js';
import { CommandFailure } from './failure.js';

export interface Certificate {
  /** PEM: the certificate, and the chain to its issuer. */
  readonly cert: Buffer;
  /** PEM. */
  readonly key: Buffer;
}

export interface CertificatePaths {
  readonly tlsCert: string;
  readonly tlsKey: string;
}

export interface WatchOptions extends CertificatePaths {
  readonly log: Log;
  readonly onChange: (certificate: Certificate) => void;
  /** How often the files are looked at. */
  readonly intervalMs?: number;
}

/** Looking is one system call a file, and works where notices of change do not: network folders, swapped links. */
const lookEveryMs = 1_000;
/** Two files are rarely replaced in one instant: what is read in between would not fit together. */
const settleMs = 500;
/** Renewal by ACME begins a month before the end: two weeks before it, something is wrong. */
const endsSoonMs = 14 * 86_400_000;

/** Reads both files; throws CommandFailure that says which one is wrong and how. */
export async function readCertificate(paths: CertificatePaths): Promise<Certificate> {
  const cert = await read('certificate', paths.tlsCert);
  const key = await read('private key', paths.tlsKey);
  try {
    new X509Certificate(cert);
  } catch (error) {
    throw unusable(`${paths.tlsCert} is not a certificate in PEM`, error);
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw unusable(`${paths.tlsKey} is not the private key in PEM of the certificate ${paths.tlsCert}`, error);
  }
  return { cert, key };
}

/** Calls `onChange` with each new certificate that is good; one that is not is logged, and the old one stays. */
export function watchCertificate(options: WatchOptions): { close(): void } {
  const { tlsCert, tlsKey, log, onChange, intervalMs = lookEveryMs } = options;
  let timer: NodeJS.Timeout | undefined;
  const reload = async (): Promise<void> => {
    try {
      const certificate = await readCertificate(options);
      onChange(certificate);
      log.info({ validTo: new X509Certificate(certificate.cert).validTo }, 'the TLS certificate was read again');
      warnOfEnd(certificate, log);
    } catch (error) {
      log.error({ error }, 'the new TLS certificate is not usable; the old one stays in use');
    }
  };
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), settleMs);
  };
  const files = [tlsCert, tlsKey];
  for (const file of files) watchFile(file, { interval: intervalMs, persistent: false }, changed);
  return {
    close: () => {
      clearTimeout(timer);
      for (const file of files) unwatchFile(file, changed);
    },
  };
}

/** Says so in the log when a certificate has ended or soon will. */
export function warnOfEnd(certificate: Certificate, log: Log): void {
  const { validTo } = new X509Certificate(certificate.cert);
  const leftMs = Date.parse(validTo) - Date.now();
  if (leftMs < 0) log.error({ validTo }, 'the TLS certificate has ended; clients refuse it');
  else if (leftMs < endsSoonMs) log.warn({ validTo }, 'the TLS certificate ends soon');
}

async function read(what: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw unusable(`cannot read the ${what} ${file}`, error);
  }
}

function unusable(what: string, cause: unknown): CommandFailure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CommandFailure(`${what}: ${reason}`, { exit: 'usage', code: 'bad-certificate', cause });
}
