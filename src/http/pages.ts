// The pages' files: read once at the start, and nothing else of the disk is ever served.

import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { sendProblem } from './problem.js';

interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

export interface Pages {
  /** What each page begins with. */
  readonly shell: PageFile;
  readonly assets: ReadonlyMap<string, PageFile>;
}

/** Addresses of pages; which is shown is the script's to see. */
export const pagePaths = ['/', '/sign-in', '/setup', '/join', '/apps', '/devices', '/status', '/account', '/operator', '/pair', '/authorize/:id'] as const;

const types: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' };

/** Of the folder that the build wrote; throws when it is not there. */
export function readPages(folder: string): Pages {
  const files = new Map(readdirSync(folder).map((name) => {
    const plain = readFileSync(join(folder, name));
    return [name, { type: types[extname(name)] ?? 'application/octet-stream', plain, gzipped: gzipSync(plain, { level: 9 }) }];
  }));
  const shell = files.get('index.html');
  if (shell === undefined) throw new Error(`there is no index.html in ${folder}: run "npm run build"`);
  files.delete('index.html');
  return { shell, assets: files };
}

// Nothing from elsewhere, nothing inline, in nobody's frame. An empty icon is a data: URL.
const policy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
].join('; ');

export function addPages(app: FastifyInstance, { shell, assets }: Pages): void {
  for (const path of pagePaths) {
    app.get(path, (request, reply) => {
      void reply.header('content-security-policy', policy).header('cache-control', 'no-cache');
      // The page of an authorization is an app's popup, which the app is to see close; nobody else holds a window of ours.
      if (path !== '/authorize/:id') void reply.header('cross-origin-opener-policy', 'same-origin');
      return send(shell, request, reply);
    });
  }
  app.get<{ Params: { readonly file: string } }>('/assets/:file', (request, reply) => {
    const file = assets.get(request.params.file);
    if (file === undefined) return sendProblem(reply, { status: 404, code: 'not-found', detail: 'there is no such file; load the page again' });
    // The name changes with what is in it.
    void reply.header('cache-control', 'public, max-age=31536000, immutable');
    return send(file, request, reply);
  });
}

function send({ type, plain, gzipped }: PageFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.type(type).header('vary', 'Accept-Encoding');
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(plain);
  return reply.header('content-encoding', 'gzip').send(gzipped);
}
