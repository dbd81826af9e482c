// What the gateway logs: pino's JSON lines for programs, the same lines as text for people.

import pino from 'pino';

import type { Log } from '../ports/log.js';
import type { Settings } from './settings.js';

export interface ServeLog extends Log {
  /** An 'info' line that no level suppresses: whoever started the gateway waits for it. */
  announce(fields: object, message: string): void;
}

export interface LogOptions {
  readonly level: Settings['logLevel'];
  readonly format: 'json' | 'text';
  /** Takes whole lines. */
  readonly write?: (text: string) => void;
}

export function createLog(options: LogOptions): ServeLog {
  const { level, format, write = (text: string) => void process.stdout.write(text) } = options;
  const logger = pino(
    {
      level,
      // The process's number and the host's name are known to whoever collects the lines.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    { write: format === 'json' ? write : (line: string) => write(lineForPeople(line)) },
  );
  const announcer = logger.child({}, { level: 'info' });
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    announce: (fields, message) => announcer.info(fields, message),
  };
}

/** `21:04:03 warn  the certificate ends soon  file=cert.pem` */
function lineForPeople(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const details = Object.entries(fields).map(([name, value]) => `  ${name}=${fieldText(value)}`);
  const clock = new Date(String(time)).toTimeString().slice(0, 8);
  return `${clock} ${String(level).padEnd(5)} ${String(msg)}${details.join('')}\n`;
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return /^[\w@.:/-]+$/.test(value) ? value : JSON.stringify(value);
  // pino's form of an error: for people its message says enough, the JSON lines have the stack.
  if (typeof value === 'object' && value !== null && 'message' in value) return JSON.stringify(value.message);
  return JSON.stringify(value);
}
