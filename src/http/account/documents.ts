// What is kept of accounts, and of what users decide in the pages: small JSON documents of the store. Secrets are kept as hashes only.

import { z } from 'zod';

import type { DocumentRecord } from '../../ports/store.js';

const schemas = {
  /** Id: hash of the cookie's token. Owner: who is signed in. */
  session: z.object({ createdAtMs: z.number(), usedAtMs: z.number() }),
  /** Id: the user's. */
  password: z.object({ hash: z.string(), changedAtMs: z.number() }),
  /** Id: hash of the credential's id, which may be longer than an id of a document. */
  passkey: z.object({
    credential: z.string(),
    publicKey: z.string(),
    counter: z.number(),
    transports: z.array(z.string()),
    name: z.string(),
    createdAtMs: z.number(),
    usedAtMs: z.number().optional(),
  }),
  /** Id: hash of the code that a device shows. Owner: who decided. No name: it is not to be a device. */
  pairing: z.object({ name: z.string().optional() }),
  /** Id: hash of its token. */
  invitation: z.object({ operator: z.boolean(), user: z.string().optional() }),
};

export type AccountDocuments = { readonly [Kind in keyof typeof schemas]: z.output<(typeof schemas)[Kind]> };

/** The value of a document; undefined for one that is none, which only a damaged store has. */
export function readDocument<Kind extends keyof AccountDocuments>(
  kind: Kind,
  document: DocumentRecord | undefined,
): AccountDocuments[Kind] | undefined {
  if (document === undefined) return undefined;
  try {
    return schemas[kind].parse(JSON.parse(Buffer.from(document.value).toString())) as AccountDocuments[Kind];
  } catch {
    return undefined;
  }
}

export function writtenDocument(value: AccountDocuments[keyof AccountDocuments]): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** The store removes what has expired a little later. */
export function isOver({ expiresAtMs }: DocumentRecord, nowMs: number): boolean {
  return expiresAtMs !== undefined && nowMs >= expiresAtMs;
}
