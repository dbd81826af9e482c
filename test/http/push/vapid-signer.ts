import { SignJWT, exportJWK, generateKeyPair } from 'jose';

export interface Signer {
  /** 65 bytes. */
  readonly key: Uint8Array;
  /** An `Authorization`; no two are the same. */
  readonly sign: (claims: Record<string, unknown>) => Promise<string>;
}

/** An application server with a key of its own (RFC 8292). */
export async function signer(): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const { x = '', y = '' } = await exportJWK(publicKey);
  const key = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return {
    key,
    sign: async (claims) => {
      const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT' }).sign(privateKey);
      return `vapid t=${token}, k=${key.toString('base64url')}`;
    },
  };
}
