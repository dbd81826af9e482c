// Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol): an application server may run in a browser.
// What may be done here lies in the address and in headers that a script sets itself, never in cookies; so every origin
// may, and none with credentials.

import type { FastifyInstance } from 'fastify';

/** What a sender or a reader sends beyond what any request may; `*` would not stand for `Authorization`. */
const requestHeaders = [
  'authorization', 'content-encoding', 'content-type', 'crypto-key', 'encryption', 'last-event-id', 'link', 'prefer',
  'topic', 'ttl', 'urgency',
];
/** What a script may read of an answer. */
const answerHeaders = ['link', 'location', 'preference-applied', 'retry-after', 'ttl', 'www-authenticate'].join(', ');
/** It does not change while a gateway runs; browsers shorten it to what they like, Chrome to two hours. */
const preflightSeconds = 86_400;

/** For all routes that are added to `scope` after it: headers that let scripts read the answers, and preflights. */
export function addCors(scope: FastifyInstance): void {
  const methods = new Map<string, Set<string>>();

  scope.addHook('onRequest', (_request, reply, done) => {
    void reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', answerHeaders);
    done();
  });

  scope.addHook('onRoute', ({ routePath, method }) => {
    const added = [method].flat().filter((name) => name !== 'OPTIONS');
    const known = methods.get(routePath);
    if (known !== undefined) {
      for (const name of added) known.add(name);
      return;
    }
    if (added.length === 0) return;
    const allowed = new Set(added);
    methods.set(routePath, allowed);
    scope.options(routePath, (_request, reply) =>
      reply
        .code(204)
        .header('access-control-allow-methods', [...allowed].join(', '))
        .header('access-control-allow-headers', requestHeaders.join(', '))
        .header('access-control-max-age', preflightSeconds)
        .send());
  });
}
