// The floor of Web Push: a server of `node:http` that reads each body and answers 201 at once. It checks nothing, keeps nothing and
// tells nobody.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { answerCalls } from '../harness/processes.js';
import { backlog, collect } from './listening.js';

answerCalls({
  listen: async () => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(201, { 'content-length': 0 }).end());
    });
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0, backlog }, resolve));
    return (server.address() as AddressInfo).port;
  },
  collect,
});
