// A cookie that says: in this browser somebody has signed in by this name. It opens nothing; it keeps tries apart (OWASP: device cookies).

import { timingSafeEqual } from 'node:crypto';

import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { limits } from '../../core/limits.js';
import type { RandomBytes } from '../../gateway/secrets.js';
import type { Sign } from './console-key.js';

const cookie = 'lowbeat_known';
const pattern = /^[\w-]{22}\.[\w-]{43}$/;

export class KnownBrowsers {
  readonly #options: { readonly randomBytes: RandomBytes; readonly sign: Sign; readonly publicUrl: () => string | undefined };

  constructor(options: { readonly randomBytes: RandomBytes; readonly sign: Sign; readonly publicUrl: () => string | undefined }) {
    this.#options = options;
  }

  /** The browser's own name, if somebody has signed in there by `name`. Rejects with StoreError. */
  async knownAs(request: FastifyRequest, name: string): Promise<string | undefined> {
    const value = request.cookies[cookie];
    if (value === undefined || !pattern.test(value)) return undefined;
    const [browser = '', signature = ''] = value.split('.');
    const wanted = await this.#options.sign('known-browser', browser, name);
    return timingSafeEqual(wanted, Buffer.from(signature, 'base64url')) ? browser : undefined;
  }

  /** Rejects with StoreError. */
  async remember(reply: FastifyReply, name: string): Promise<void> {
    const { randomBytes, sign, publicUrl } = this.#options;
    const browser = Buffer.from(randomBytes(16)).toString('base64url');
    const signature = (await sign('known-browser', browser, name)).toString('base64url');
    void reply.setCookie(cookie, `${browser}.${signature}`, {
      path: '/console/v1/sign-in', httpOnly: true, secure: publicUrl()?.startsWith('https://') === true, sameSite: 'strict',
      maxAge: Math.floor(limits.sessionMs / 1000),
    });
  }
}
