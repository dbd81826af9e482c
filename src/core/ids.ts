// Identities. Each is a branded string: a DeviceId cannot be passed where a Uid is meant.
// They are made of random bytes that the caller brings; the core has no randomness of its own.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type UserId = Branded<'UserId'>;
export type DeviceId = Branded<'DeviceId'>;
export type AppId = Branded<'AppId'>;
/** The random name of a user for one app only. */
export type Uid = Branded<'Uid'>;
export type SubscriptionId = Branded<'SubscriptionId'>;
/** Where the receipts of one Web Push sender are collected (RFC 8030 §5.1). */
export type ReceiptSubscriptionId = Branded<'ReceiptSubscriptionId'>;
/** Who may name a message and be owed its receipt. */
export type SenderId = AppId | ReceiptSubscriptionId;

/** Short number of an app on one device's links, 1 and up. */
export type Alias = number;
/** Number of a notification on one device, 1 and up, ascending, never used twice. */
export type NotificationId = number;

export const idPrefixes = {
  user: 'usr_',
  device: 'dev_',
  app: 'app_',
  uid: 'uid_',
  subscription: 'sub_',
  receiptSubscription: 'rcp_',
} as const;

/** Random bytes behind an id. 16 bytes = 128 bits, the least RFC 8030 §8.3 lets a capability have is 120. */
export const idBytes = 16;
/** Random bytes behind a device token or an app secret. */
export const secretBytes = 32;

// Crockford's base 32 without padding: safe in topics, URLs, file names, and case-insensitive when read aloud.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** `prefix` and the bytes in lower-case base 32; 16 bytes give 26 characters. */
export function encodeId(prefix: string, bytes: Uint8Array): string {
  let text = prefix;
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((buffer >>> bits) & 31);
    }
    buffer &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet.charAt((buffer << (5 - bits)) & 31) : text;
}

const idPattern = /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{1,64}$/;

/** Whether `text` has the form of an id with this prefix; says nothing about whether it exists. */
export function isId(prefix: string, text: string): boolean {
  return text.startsWith(prefix) && idPattern.test(text);
}
