// How other people's servers misbehave.

import type { IncomingMessage, ServerResponse } from 'node:http';

export type Failure =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** 'hang': nothing comes. 'reset': the connection breaks. 'endless': an answer with `begin` as its status that never ends. 'slow': the same, one byte, then nothing. */
  | 'hang' | 'reset' | 'endless' | 'slow';

export function misbehave(failure: Failure, request: IncomingMessage, response: ServerResponse, begin: number): void {
  switch (failure) {
    case 'hang':
      return;
    case 'reset':
      request.socket.destroy();
      return;
    case 'slow':
      response.writeHead(begin);
      response.write('.');
      return;
    case 'endless': {
      response.writeHead(begin);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
      return;
    }
    default:
      response.writeHead(failure.status, failure.headers).end(failure.body);
  }
}
