// The OpenAPI document of the routes that are there: each is told by its entry of the table, and one without an entry is an error.

import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';

import { appAndDeviceOperations } from './apps-and-devices.js';
import { consoleOperations } from './console.js';
import { authorizationOperations } from './authorization.js';
import { audiences, problemSchema, schemaOf } from './operation.js';
import type { OpenApiDocument } from './markdown.js';
import type { Operations } from './operation.js';
import { operatorOperations } from './operator.js';
import { serviceOperations } from './service.js';
import { webPushOperations } from './web-push.js';

export const operations: Operations = {
  ...webPushOperations, ...appAndDeviceOperations, ...authorizationOperations, ...consoleOperations, ...operatorOperations,
  ...serviceOperations,
};

/** To be called before any route is added. It says what routes do and changes nothing of it: who checks requests is their handlers. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.addSchema(problemSchema);
  app.addHook('onRoute', (route) => {
    const method = [route.method].flat()[0] ?? '';
    // Preflights, and a HEAD that is only a GET without its body, are told of by what they belong to.
    if (method === 'OPTIONS' || (method === 'HEAD' && operations[`HEAD ${route.url}`] === undefined)) {
      route.schema = { hide: true };
      return;
    }
    const operation = operations[`${method} ${route.url}`];
    if (operation === undefined) throw new Error(`src/http/documentation says nothing of ${method} ${route.url}`);
    route.schema = schemaOf(operation);
  });
  await app.register(swagger, {
    exposeHeadRoutes: true,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lowbeat',
        version,
        description: 'The HTTP side of a Lowbeat gateway. Refusals are RFC 9457 problems with a stable `code`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as { name: string },
      },
      tags: audiences.map((name) => ({ name })),
      components: {
        securitySchemes: {
          appSecret: { type: 'http', scheme: 'basic', description: 'the app\'s id and its secret' },
          deviceToken: { type: 'http', scheme: 'basic', description: 'the device\'s id and its token' },
          adminToken: { type: 'http', scheme: 'bearer', description: 'the admin token, which lies in the data folder' },
          session: { type: 'apiKey', in: 'cookie', name: 'lowbeat', description: 'the cookie of who is signed in; `__Host-lowbeat` over https' },
          vapid: { type: 'http', scheme: 'vapid', description: 'RFC 8292: `vapid t=JWT, k=KEY`; a restricted endpoint asks for it' },
        },
      },
    },
    transformObject: (parts) => {
      const document = 'openapiObject' in parts ? parts.openapiObject : parts.swaggerObject;
      // A bare wake-up has no body.
      const { requestBody } = (document.paths?.['/push/{token}'] as { post?: { requestBody?: object } } | undefined)?.post ?? {};
      if (requestBody !== undefined) Object.assign(requestBody, { required: false });
      return document;
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => (typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`) },
  });
  app.get('/openapi.json', (_request, reply) => reply.header('cache-control', 'public, max-age=300').send(openApiOf(app)));
}

/** The document of an app that is ready; the same object each time. */
export function openApiOf(app: FastifyInstance): OpenApiDocument {
  return app.swagger() as unknown as OpenApiDocument;
}
