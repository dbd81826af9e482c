// The version of the key layout: what is kept under `keys.schemaVersion`, as text. It grows by one with each
// migration (src/store/migrations.ts), and with each `recordVersion`, the version in the first byte of records: a
// program that cannot read them must refuse the store as a whole, not record by record as if they were damaged.

import { StoreError } from '../ports/store.js';

export const schemaVersion = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function schemaVersionValue(version: number): Uint8Array {
  return encoder.encode(String(version));
}

/** The version that `value` tells. Throws StoreError when this program cannot read a store of that version. */
export function readSchemaVersion(value: Uint8Array, newest: number): number {
  const told = decoder.decode(value);
  const version = Number(told);
  if (!/^[1-9][0-9]{0,8}$/.test(told)) {
    throw new StoreError('STORE_UNREADABLE', `the schema version is damaged: ${JSON.stringify(told)} is no number`);
  }
  if (version > newest) {
    throw new StoreError(
      'STORE_UNREADABLE',
      `written by a newer Lowbeat: its schema version is ${version}, this program reads up to ${newest}; `
      + 'start the newer program, or restore a backup made by this one',
    );
  }
  return version;
}
