// Reading what senders encrypt: the RFCs' own examples, the `web-push` package, and everything that can be wrong with a body.

import { createECDH, randomBytes } from 'node:crypto';
import assert from 'node:assert/strict';

import fc from 'fast-check';
import t from 'tap';
import webPush from 'web-push';

import { DeviceError } from '../../src/device/errors.js';
import type { DeviceErrorCode } from '../../src/device/errors.js';
import { decryptAes128gcm, decryptWebPush } from '../../src/device/push-decryption.js';
import type { DecryptionKeys } from '../../src/device/push-decryption.js';
import { KeyRing } from '../../src/device/push-keys.js';
import type { PushKeys } from '../../src/device/push-keys.js';
import type { DeviceWarning } from '../../src/device/warnings.js';
import { seeded } from '../wire/seeded.js';
import { encrypted, oneRecord } from './sender.js';

const { seed } = seeded();
t.comment(`LOWBEAT_SEED=${seed}`);

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64url, 'base64url'));
}

function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

// RFC 8291 §5 and Appendix A.
const rfc8291 = {
  plaintext: 'When I grow up, I want to be a watermelon',
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  d: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  body: 'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95b'
    + 'Qpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
} as const;

async function ringWith(keys: PushKeys & { readonly d: string }, warnings: DeviceWarning[] = []): Promise<KeyRing> {
  const ring = new KeyRing({ onWarning: (warning) => warnings.push(warning) });
  await ring.load([{ app: 'chat', subscription: 'sub_chat', ...keys }]);
  return ring;
}

async function ringWithNew(): Promise<{ readonly ring: KeyRing; readonly keys: PushKeys }> {
  const ring = new KeyRing({ onWarning: ({ message }) => { throw new Error(message); } });
  const keys = await ring.make('chat', 'sub_chat');
  if (keys === undefined) throw new Error('no WebCrypto');
  return { ring, keys };
}

async function codeOf(decrypting: Promise<unknown>): Promise<DeviceErrorCode | 'none'> {
  try {
    await decrypting;
  } catch (error) {
    assert.ok(error instanceof DeviceError, String(error));
    assert.notEqual(error.message, '');
    return error.code;
  }
  return 'none';
}

await t.test('web-push 15: the example of RFC 8291, with its keys as they are stored', async (t) => {
  const ring = await ringWith(rfc8291);
  t.equal(text(await ring.decrypt('chat', bytes(rfc8291.body))), rfc8291.plaintext);
  t.same(ring.of('chat', 'sub_chat'), { p256dh: rfc8291.p256dh, auth: rfc8291.auth });
});

await t.test('web-push 14: the examples of RFC 8188, of one record and of two', async (t) => {
  const one = await decryptAes128gcm(bytes('I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg'), (keyId) => {
    t.equal(keyId.length, 0);
    return Promise.resolve(bytes('yqdlZ-tYemfogSmv7Ws5PQ'));
  });
  t.equal(text(one), 'I am the walrus');
  const two = bytes('uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA');
  const key = (keyId: Uint8Array): Promise<Uint8Array<ArrayBuffer>> => {
    t.equal(text(keyId), 'a1');
    return Promise.resolve(bytes('BO3ZVPxUlnLORbVGMpbT1Q'));
  };
  t.equal(text(await decryptAes128gcm(two, key)), 'I am the walrus');
  t.equal(await codeOf(decryptAes128gcm(two.subarray(0, 23 + 25), key)), 'bad-padding', 'cut off after a whole record');
  t.equal(await codeOf(decryptAes128gcm(two.subarray(0, 23 + 30), key)), 'decryption-failed', 'or within one');
});

await t.test('web-push 14: bodies of the web-push package, empty to largest', async (t) => {
  const { ring, keys } = await ringWithNew();
  for (const length of [0, 1, 39, 1000, 3992, 3993]) {
    const payload = randomBytes(length);
    const body = encrypted(keys, payload);
    t.equal(body.length, length + 103);
    t.same(Buffer.from(await ring.decrypt('chat', body)), payload, `${length} bytes`);
  }
  const request = webPush.generateRequestDetails({ endpoint: 'https://gateway.example/push/x', keys }, 'größer', { contentEncoding: 'aes128gcm' });
  t.equal(text(await ring.decrypt('chat', request.body)), 'größer', 'as it goes over HTTP');
});

await t.test('the body is copied before it is worked on, and pooled memory does no harm', async (t) => {
  const { ring, keys } = await ringWithNew();
  const body = Buffer.from(encrypted(keys, 'once'));
  const decrypting = ring.decrypt('chat', body);
  body.fill(0);
  t.equal(text(await decrypting), 'once');
});

await t.test('web-push 14: a body that was changed names what is wrong', async (t) => {
  const { ring, keys } = await ringWithNew();
  const body = encrypted(keys, 'to be changed');
  const other = createECDH('prime256v1');
  other.generateKeys();
  const changed = (change: (copy: Buffer) => void): Buffer => {
    const copy = Buffer.from(body);
    change(copy);
    return copy;
  };
  for (const [what, wrong, code] of [
    ['nothing at all', new Uint8Array(0), 'ciphertext-too-short'],
    ['a header alone', body.subarray(0, 86), 'ciphertext-too-short'],
    ['a byte too few for a record', body.subarray(0, 86 + 16), 'ciphertext-too-short'],
    ['the least that could be, cut off', body.subarray(0, 86 + 17), 'decryption-failed'],
    ['a byte too few', body.subarray(0, -1), 'decryption-failed'],
    ['a byte too many', Buffer.concat([body, Buffer.of(0)]), 'decryption-failed'],
    ['another salt', changed((copy) => { copy[3]! ^= 1; }), 'decryption-failed'],
    ['no record size', changed((copy) => { copy.writeUInt32BE(0, 16); }), 'bad-record-size'],
    ['a record size without room', changed((copy) => { copy.writeUInt32BE(17, 16); }), 'bad-record-size'],
    ['a record size that cuts it in two', changed((copy) => { copy.writeUInt32BE(20, 16); }), 'decryption-failed'],
    ['no key id', Buffer.concat([body.subarray(0, 20), Buffer.of(0), body.subarray(86)]), 'bad-sender-key'],
    ['a shorter key id', Buffer.concat([body.subarray(0, 20), Buffer.of(64), body.subarray(21, 85), body.subarray(86)]), 'bad-sender-key'],
    ['a compressed point', changed((copy) => { copy[21] = 2; }), 'bad-sender-key'],
    ['a point that is not on the curve', changed((copy) => { copy[85]! ^= 1; }), 'bad-sender-key'],
    ['the point at zero', changed((copy) => { copy.fill(0, 22, 86); }), 'bad-sender-key'],
    ['the point of somebody else', changed((copy) => { other.getPublicKey().copy(copy, 21); }), 'decryption-failed'],
    ['another ciphertext', changed((copy) => { copy[90]! ^= 0x80; }), 'decryption-failed'],
    ['another tag', changed((copy) => { copy[copy.length - 1]! ^= 1; }), 'decryption-failed'],
  ] as const) {
    t.equal(await codeOf(ring.decrypt('chat', wrong)), code, what);
  }
  const { keys: others } = await ringWithNew();
  t.equal(await codeOf(ring.decrypt('chat', encrypted(others, 'x'))), 'decryption-failed', 'for the keys of another');
  t.equal(await codeOf(ring.decrypt('chat', encrypted({ ...keys, auth: others.auth }, 'x'))), 'decryption-failed', 'with another secret');
  t.equal(await codeOf(ring.decrypt('mail', body)), 'no-keys');
  t.equal(text(await ring.decrypt('chat', changed((copy) => { copy.writeUInt32BE(0xffff_ffff, 16); }))), 'to be changed',
    'a larger record size changes nothing');
});

await t.test('RFC 8188 §2: what a record may end with', async (t) => {
  const { ring, keys } = await ringWithNew();
  for (const [padding, expected] of [
    [[2], 'none'], [[2, 0, 0, 0], 'none'], [[2, 0, 0, 1], 'bad-padding'], [[1], 'bad-padding'], [[], 'bad-padding'], [[3, 0], 'bad-padding'],
  ] as const) {
    const decrypting = ring.decrypt('chat', oneRecord(keys, Buffer.from([0x61, 0, ...padding])));
    t.equal(await codeOf(decrypting), expected, `ends with ${JSON.stringify(padding)}`);
    if (expected === 'none') t.same(Buffer.from(await decrypting), Buffer.of(0x61, 0), 'zeros of the payload are its own');
  }
  t.equal(await codeOf(ring.decrypt('chat', oneRecord(keys, Buffer.alloc(9)))), 'bad-padding', 'zeros alone');
});

await t.test('any damage to a body is a fault of its own kind, never another exception or other bytes', async (t) => {
  const { ring, keys } = await ringWithNew();
  const body = encrypted(keys, 'the only plaintext');
  const seen = new Set<string>();
  await fc.assert(fc.asyncProperty(
    fc.array(fc.record({ at: fc.nat(body.length - 1), bits: fc.integer({ min: 1, max: 255 }) }), { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 0, max: body.length }),
    async (flips, length) => {
      const copy = Uint8Array.from(body);
      for (const { at, bits } of flips) copy[at]! ^= bits;
      const cut = length < body.length / 2 ? copy.subarray(0, length) : copy;
      try {
        assert.equal(text(await ring.decrypt('chat', cut)), 'the only plaintext');
        seen.add('plaintext');
      } catch (error) {
        assert.ok(error instanceof DeviceError, String(error));
        seen.add(error.code);
      }
    },
  ), { seed, numRuns: 400 });
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (noise) => {
    assert.notEqual(await codeOf(ring.decrypt('chat', noise)), 'none');
  }), { seed, numRuns: 200 });
  for (const code of ['ciphertext-too-short', 'bad-sender-key', 'decryption-failed']) t.ok(seen.has(code), code);
});

await t.test('keys', async (t) => {
  await t.test('are new each time, and what is told of them is no secret of theirs', async (t) => {
    const ring = new KeyRing({ onWarning: () => undefined });
    const first = await ring.make('chat', 'sub_1');
    const second = await ring.make('chat', 'sub_2');
    const mail = await ring.make('mail', 'sub_3');
    t.equal(new Set([first, second, mail].flatMap((keys) => [keys?.p256dh, keys?.auth])).size, 6);
    t.equal(ring.of('chat', 'sub_1'), undefined, 'they end with their subscription');
    t.same(Object.keys(second!), ['p256dh', 'auth']);
    t.equal(Buffer.from(second!.p256dh, 'base64url').length, 65);
    t.equal(Buffer.from(second!.auth, 'base64url').length, 16);
    t.same(ring.stored().map(({ app, subscription }) => [app, subscription]), [['chat', 'sub_2'], ['mail', 'sub_3']]);
    ring.forget('chat');
    t.same(ring.stored().map(({ app }) => app), ['mail']);
    t.equal(await codeOf(ring.decrypt('chat', encrypted(second!, 'x'))), 'no-keys');
  });

  await t.test('survive being stored', async (t) => {
    const { ring, keys } = await ringWithNew();
    const again = await ringWith(ring.stored()[0]!);
    t.equal(text(await again.decrypt('chat', encrypted(keys, 'after a restart'))), 'after a restart');
  });

  await t.test('that are no pair are left out, and told', async (t) => {
    const { ring, keys } = await ringWithNew();
    const kept = ring.stored()[0]!;
    const flipped = Buffer.from(keys.p256dh, 'base64url');
    flipped[64]! ^= 1;
    const warnings: DeviceWarning[] = [];
    const off = await ringWith({ ...kept, p256dh: flipped.toString('base64url') }, warnings);
    t.equal(off.of('chat', 'sub_chat'), undefined);
    t.match(warnings, [{ code: 'state-damaged', message: /stored keys of "chat"/ }]);
  });

  await t.test('are not made where there is no WebCrypto, which is told once', async (t) => {
    const { ring: usual } = await ringWithNew();
    t.intercept(globalThis, 'crypto', { value: {} });
    const warnings: DeviceWarning[] = [];
    const ring = await ringWith(usual.stored()[0]!, warnings);
    t.equal(await ring.make('chat', 'sub_chat'), undefined);
    t.equal(await ring.make('mail', 'sub_mail'), undefined);
    t.match(warnings, [{ code: 'no-web-crypto', message: /https/ }]);
    t.equal(await codeOf(ring.decrypt('chat', new Uint8Array(200))), 'no-keys');
  });
});

await t.test('keys that were made elsewhere work, as a DecryptionKeys of their own', async (t) => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const keys: DecryptionKeys = { privateKey: pair.privateKey, publicKey, authSecret: randomBytes(16) };
  const told = { p256dh: Buffer.from(publicKey).toString('base64url'), auth: Buffer.from(keys.authSecret).toString('base64url') };
  t.equal(text(await decryptWebPush(encrypted(told, 'from a key that cannot be exported'), keys)), 'from a key that cannot be exported');
});
