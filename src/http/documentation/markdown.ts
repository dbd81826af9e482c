// docs/http.md from the OpenAPI document: the same for people.

/** The part of OpenAPI 3.1 that the document uses. */
export interface OpenApiDocument {
  readonly info: { readonly title: string };
  readonly tags?: readonly { readonly name: string }[];
  readonly paths?: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
}

interface OpenApiOperation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: { readonly description?: string; readonly content?: Content };
  readonly responses?: Readonly<Record<string, OpenApiResponse>>;
}

interface OpenApiParameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>;
  readonly content?: Content;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

const credentials: Readonly<Record<string, string>> = {
  appSecret: '`Authorization: Basic`, the app\'s id and its secret',
  deviceToken: '`Authorization: Basic`, the device\'s id and its token',
  adminToken: '`Authorization: Bearer`, the admin token of the data folder',
  session: 'the cookie of who is signed in; with every method but GET its CSRF token in `x-csrf-token`',
  vapid: '`Authorization: vapid t=…, k=…` (RFC 8292)',
};

const problemType = 'application/problem+json';

export function httpMarkdown(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })));
  const sections = (document.tags ?? []).map(({ name: tag }) => {
    const own = operations.filter(({ operation }) => operation.tags?.includes(tag) === true);
    return [`## ${tag}`, ...own.map(({ name, operation }) => describe(name, operation))].join('\n\n');
  });
  return `${introduction}\n${sections.join('\n\n')}\n`;
}

const introduction = `# HTTP

Every address of the gateway's HTTP side. This page is made from the routes themselves (\`npm run generate\`); a running gateway serves the
same as an OpenAPI 3.1 document at \`/openapi.json\`. Refusals are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problems
(\`application/problem+json\`) whose \`code\` stands in [errors](errors.md). MQTT over WebSocket is at \`/mqtt\`, and told in [the protocol](protocol.md).
`;

function describe(name: string, operation: OpenApiOperation): string {
  const { summary = '', description, security, parameters = [], requestBody, responses = {} } = operation;
  const parts = [`### \`${name}\``, `${summary}.${description === undefined ? '' : ` ${description}`}`];
  const schemes = (security ?? []).flatMap((one) => Object.keys(one));
  if (schemes.length > 0) {
    const optional = security?.some((one) => Object.keys(one).length === 0) === true;
    parts.push(`Who asks: ${schemes.map((scheme) => credentials[scheme] ?? scheme).join(' or ')}${optional ? '; may be left out' : ''}.`);
  }
  if (parameters.length > 0) parts.push(table(['in', 'name', 'what', 'allowed'], parameters.map(parameterRow)));
  if (requestBody !== undefined) parts.push(bodyText(requestBody));
  parts.push(table(['answer', 'what', 'with'], Object.entries(responses).map(([status, response]) => responseRow(status, response))));
  return parts.join('\n\n');
}

function parameterRow({ in: place, name, required, description = '', schema }: OpenApiParameter): readonly string[] {
  return [place, `\`${name}\`${required === true ? '' : '?'}`, description, allowed(schema)];
}

function bodyText({ description = '', content = {} }: NonNullable<OpenApiOperation['requestBody']>): string {
  const [type = '', { schema } = {}] = Object.entries(content)[0] ?? [];
  const shape = schema?.properties === undefined ? '' : ` ${shapeOf(schema)}`;
  return `Body (\`${type}\`):${shape}${description === '' ? '' : ` ${description}`}.`;
}

function responseRow(status: string, { description, headers = {}, content = {} }: OpenApiResponse): readonly string[] {
  if (content[problemType] !== undefined) {
    return [status, description.split(', ').map((code) => `[\`${code}\`](errors.md)`).join(', '), ''];
  }
  const named = Object.entries(headers).map(([name, header]) => `\`${name}\`: ${header.description ?? ''}`);
  const bodies = Object.entries(content).map(([type, { schema }]) => (schema === undefined ? type : shapeOf(schema) || type));
  return [status, description, [...bodies, ...named].join('; ')];
}

function allowed({ type, enum: values, const: only, minimum, maximum, default: otherwise }: Schema = {}): string {
  const choices = values ?? (only === undefined ? undefined : [only]);
  const range = minimum === undefined ? '' : ` from ${minimum}${maximum === undefined ? ' up' : ` to ${maximum}`}`;
  const what = choices === undefined ? (type === 'integer' ? `a whole number${range}` : 'text') : choices.map(String).join(', ');
  return otherwise === undefined ? what : `${what}; ${JSON.stringify(otherwise).replaceAll('"', '')} if absent`;
}

/** `{"name", "user"?, "keys": {"auth"}}`, in the manner of the other documents. */
function shapeOf(schema: Schema): string {
  const { type, items, properties, required = [], enum: values, anyOf } = schema;
  if (items !== undefined) return `\`[${plain(shapeOf(items))}]\``;
  if (properties !== undefined) {
    const names = Object.entries(properties).map(([name, inner]) => {
      const nested = inner.properties !== undefined || inner.items !== undefined ? `: ${plain(shapeOf(inner))}` : '';
      return `"${name}"${required.includes(name) ? '' : '?'}${nested}`;
    });
    return `\`{${names.join(', ')}}\``;
  }
  if (values?.length === 1) return `\`${JSON.stringify(values[0])}\``;
  if (anyOf !== undefined) return '';
  return type === undefined || type === 'object' ? '' : `\`${String(type)}\``;
}

function plain(code: string): string {
  return code.replaceAll('`', '') || '…';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
