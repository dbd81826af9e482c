// The options of one publish as a query string: `notify/<uid>?urgency=high&ttl=60` over MQTT, and the same over HTTP.

import { z } from 'zod';

import { urgencies } from '../core/frames.js';
import type { Urgency } from '../core/frames.js';
import { limits } from '../core/limits.js';
import type { PublishError } from './doors.js';

export interface PublishOptions {
  readonly urgency: Urgency;
  readonly ttlSeconds: number;
  /** Collapse key; empty: none. */
  readonly topic: string;
  /** The sender's own name for the message; empty: none. */
  readonly reference: string;
  readonly receipt: boolean;
}

export type ParsePublishOptions =
  | { readonly ok: true; readonly options: PublishOptions }
  | {
      readonly ok: false;
      readonly error: PublishError;
      /** The message's `id` where that much could be read; else empty. */
      readonly reference: string;
    };

/** The alphabet of RFC 8030 §5.4. */
const topicPattern = new RegExp(`^[A-Za-z0-9_-]{1,${limits.topicCharacters}}$`);
// It becomes one level of the topics `receipt/<id>` and `cancel/<id>` and a part of URLs: their unreserved characters.
const referencePattern = new RegExp(`^[A-Za-z0-9._~-]{1,${limits.referenceCharacters}}$`);

/** Whether `text` can name a message. */
export function isReference(text: string): boolean {
  return referencePattern.test(text);
}

const allowed = {
  urgency: urgencies.join(', '),
  ttl: `whole seconds from 0 to ${limits.ttlSeconds}`,
  topic: `1 to ${limits.topicCharacters} characters of A-Z a-z 0-9 - _`,
  id: `1 to ${limits.referenceCharacters} characters of A-Z a-z 0-9 . _ ~ -`,
  receipt: 'true or 1, false or 0; it needs an id',
} as const;
type OptionName = keyof typeof allowed;

const defaultOptions: PublishOptions = {
  urgency: 'normal',
  // As long as the gateway keeps anything: what web-push asks for by default, too.
  ttlSeconds: limits.ttlSeconds,
  topic: '',
  reference: '',
  receipt: false,
};

const optionsSchema = z
  .strictObject({
    urgency: z.enum(['very-low', 'low', 'normal', 'high']).default(defaultOptions.urgency),
    ttl: z.string().regex(/^\d{1,10}$/).transform(Number).pipe(z.int().max(limits.ttlSeconds)).default(defaultOptions.ttlSeconds),
    topic: z.string().regex(topicPattern).default(defaultOptions.topic),
    id: z.string().regex(referencePattern).default(defaultOptions.reference),
    receipt: z.enum(['true', '1', 'false', '0']).transform((value) => value === 'true' || value === '1').default(defaultOptions.receipt),
  })
  .refine((options) => !options.receipt || options.id !== '', { path: ['receipt'] });

/** What `query` (without its `?`) asks for; an unknown, repeated or bad option is an error that names it and what is allowed. */
export function parsePublishOptions(query: string): ParsePublishOptions {
  if (query === '') return { ok: true, options: defaultOptions };
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  let repeated: string | undefined;
  for (const [name, value] of new URLSearchParams(query)) {
    if (name in values) repeated ??= name;
    values[name] = value;
  }
  const reference = isReference(values['id'] ?? '') ? (values['id'] ?? '') : '';
  if (repeated !== undefined) {
    return { ok: false, reference, error: badOption(`option "${quote(repeated)}" is given more than once`) };
  }
  const parsed = optionsSchema.safeParse({ ...values });
  if (parsed.success) {
    const { urgency, ttl, topic, id, receipt } = parsed.data;
    return {
      ok: true,
      options: { urgency, ttlSeconds: ttl, topic, reference: id, receipt },
    };
  }
  return { ok: false, reference, error: badOption(describe(parsed.error, values)) };
}

function describe(error: z.ZodError, values: Readonly<Record<string, string>>): string {
  const issue = error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    return `unknown option "${quote(issue.keys[0] ?? '')}": allowed are ${Object.keys(allowed).join(', ')}`;
  }
  const name = String(issue?.path[0] ?? '');
  return `option ${name} is "${quote(values[name] ?? '')}": allowed is ${isOptionName(name) ? allowed[name] : 'another value'}`;
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(allowed, name);
}

/** Input in a message: cut, and without what could break a log line. */
function quote(text: string): string {
  const shown = text.replace(/[^\x20-\x7e]/g, '?');
  return shown.length > 40 ? `${shown.slice(0, 40)}…` : shown;
}

function badOption(message: string): PublishError {
  return { code: 'bad-option', message };
}
