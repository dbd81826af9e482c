import type { FastifyInstance } from 'fastify';

/** Which methods an address takes, for whoever used another. To be called before any route is added. */
export class AllowedMethods {
  readonly #addresses = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method }) => {
      const known = this.#addresses.get(url) ?? { pattern: patternOf(url), methods: new Set() };
      for (const one of [method].flat()) known.methods.add(one);
      this.#addresses.set(url, known);
    });
  }

  /** Empty when there is no such address. */
  of(url: string): readonly string[] {
    const path = url.split('?', 1)[0] ?? '';
    for (const { pattern, methods } of this.#addresses.values()) if (pattern.test(path)) return [...methods].sort();
    return [];
  }
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}/?$`);
}
