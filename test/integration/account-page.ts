// A user's own page of a real gateway, over HTTP as a browser speaks it: signed up by an invitation, with cookies and the token against
// forged requests.

import { Operator } from '../cli/cast.js';
import type { RunningGateway } from '../cli/cast.js';

export class AccountPage {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();
  #csrf = '';

  private constructor(gateway: RunningGateway) {
    this.#url = `http://127.0.0.1:${gateway.ports.httpPort}/console/v1`;
  }

  /** A new user, signed in. */
  static async signUp(gateway: RunningGateway, name: string): Promise<AccountPage> {
    const invitation = await new Operator(gateway).client.invite({ operator: false });
    if (!invitation.ok) throw new Error(invitation.error.message);
    const page = new AccountPage(gateway);
    await page.ask('GET', '/session');
    await page.ask('POST', '/sign-up', { token: invitation.value.token, name, password: `the password of ${name}` });
    return page;
  }

  /** What it answers; throws unless that is a success. */
  async ask(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { cookie, 'x-csrf-token': this.#csrf, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const answer = JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>;
    if (typeof answer['csrf'] === 'string') this.#csrf = answer['csrf'];
    return answer;
  }
}
