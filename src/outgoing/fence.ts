// Where the gateway's own requests may go: public https addresses, and what the operator allows besides. A URL that somebody brought
// must not become a way into the operator's network.

import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

import ipaddr from 'ipaddr.js';

import { limits } from '../core/limits.js';

/** As `dns.lookup` with `all`. */
export type Resolve = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface FenceOptions {
  /**
   * Origins (`https://push.internal:8443`), networks (`10.0.0.0/8`) and addresses that are open although they are not public; only as
   * an origin (`http://127.0.0.1:3000`) without encryption.
   */
  readonly allow: readonly string[];
  /** Certificates that are trusted besides the usual ones, PEM. */
  readonly ca?: string | Buffer;
  /** The system's if absent. */
  readonly resolve?: Resolve;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [address: Address, bits: number];

/** What is wrong with an entry of `allow` and what would be right. */
export function allowanceProblem(text: string): string | undefined {
  return parseAllowance(text) === undefined
    ? `${JSON.stringify(text.slice(0, 80))}: an https or http origin such as https://push.internal:8443, an address, or a network such as 10.0.0.0/8`
    : undefined;
}

/** No name in a name server leads to an address that is not open. */
class ClosedAddressError extends Error {
  readonly code = 'ECLOSED';
}

export class OutgoingFence {
  readonly #origins = new Set<string>();
  readonly #networks: Network[] = [];
  readonly #resolve: Resolve;
  readonly #fenced: Agent;
  readonly #open: Agent;
  readonly #plain: PlainAgent;

  /** Throws RangeError for an entry that is none. */
  constructor({ allow, ca, resolve }: FenceOptions) {
    for (const text of allow) {
      const allowance = parseAllowance(text);
      if (allowance === undefined) throw new RangeError(allowanceProblem(text));
      if (typeof allowance === 'string') this.#origins.add(allowance);
      else this.#networks.push(allowance);
    }
    this.#resolve = resolve ?? ((hostname, done) => systemLookup(hostname, { all: true }, done));
    const options = {
      keepAlive: true,
      maxSockets: limits.outgoingSocketsPerHost,
      maxTotalSockets: limits.outgoingSockets,
      timeout: limits.outgoingIdleMs,
    };
    const trusting = { ...options, ...(ca !== undefined && { ca }) };
    this.#fenced = new Agent({ ...trusting, lookup: this.#lookup });
    this.#open = new Agent(trusting);
    this.#plain = new PlainAgent(options);
  }

  /** Why nothing is sent there; undefined when it may be, as far as can be told before its name is looked up. */
  problem(text: string): string | undefined {
    if (text.length > limits.urlCharacters) return `${text.length} characters; ${limits.urlCharacters} are the most`;
    if (!URL.canParse(text)) return 'not a URL';
    const url = new URL(text);
    if (url.username !== '' || url.password !== '') return 'a URL with a name or password in it';
    if (this.#origins.has(url.origin)) return undefined;
    if (url.protocol !== 'https:') return 'not an https URL';
    // URL writes every spelling of an address in one way: 2130706433 and 0x7f.1 are 127.0.0.1.
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    if (isIP(host) !== 0) return this.#isOpen(host) ? undefined : 'not a public address';
    return host.includes('.') && !/\.(localhost|local|internal)$/.test(host) ? undefined : 'not a public name';
  }

  /** Connects to nowhere else than `problem` lets it. */
  agentFor(url: string): Agent | PlainAgent {
    const { origin, protocol } = new URL(url);
    if (!this.#origins.has(origin)) return this.#fenced;
    return protocol === 'https:' ? this.#open : this.#plain;
  }

  /** Ends the connections that are kept open. */
  close(): void {
    this.#fenced.destroy();
    this.#open.destroy();
    this.#plain.destroy();
  }

  // What is checked is what is connected to: a second answer of the name server changes nothing.
  readonly #lookup: LookupFunction = (hostname, options, done) => {
    this.#resolve(hostname, (error, addresses) => {
      if (error !== null) {
        done(error, '', 0);
        return;
      }
      const family = options.family === 4 || options.family === 6 ? options.family : undefined;
      const open = addresses.filter((one) => (family === undefined || one.family === family) && this.#isOpen(one.address));
      const [first] = open;
      if (first === undefined) done(new ClosedAddressError('the name leads to no public address'), '', 0);
      else if (options.all === true) done(null, open);
      else done(null, first.address, first.family);
    });
  };

  #isOpen(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    // ::ffff:10.0.0.1 is 10.0.0.1.
    const address = ipaddr.process(text);
    return isPublic(address) || this.#networks.some(([network, bits]) => {
      return network.kind() === address.kind() && address.match(network, bits);
    });
  }
}

const globalUnicast = ipaddr.parse('2000::');

/** RFC 6890 and what came after it: whatever is not plainly global stays outside. */
function isPublic(address: Address): boolean {
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(globalUnicast, 3));
}

function parseAllowance(text: string): string | Network | undefined {
  if (/^https?:\/\//.test(text)) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && url.href === `${url.origin}/` ? url.origin : undefined;
  }
  if (isIP(text) !== 0) {
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined;
}
