// The PROXY protocol, versions 1 and 2, as a load balancer puts it in front of a connection
// (https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt, cited as PROXY §n).

import { isIPv4, isIPv6 } from 'node:net';

export type ReadProxyHeader =
  | { readonly state: 'incomplete' }
  | { readonly state: 'refused'; readonly message: string }
  /** `address` is absent when the header names none (UNKNOWN, LOCAL): the connection's own counts then (PROXY §2.1, §2.2). */
  | { readonly state: 'header'; readonly address?: string; readonly end: number };

const incomplete: ReadProxyHeader = { state: 'incomplete' };
/** PROXY §2.2. */
const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const v2HeaderBytes = 16;
const v1Prefix = Buffer.from('PROXY ');
/** With its CRLF (PROXY §2.1). */
const v1Bytes = 107;

/** The header that the connection must start with: PROXY §2 forbids to guess whether there is one. */
export function readProxyHeader(bytes: Buffer, maximumBytes: number): ReadProxyHeader {
  if (startsLike(bytes, signature)) {
    return bytes.length < v2HeaderBytes ? incomplete : readVersion2(bytes, maximumBytes);
  }
  if (startsLike(bytes, v1Prefix)) return readVersion1(bytes);
  return refused('a PROXY protocol header must come first: is this port reached past the load balancer?');
}

function refused(message: string): ReadProxyHeader {
  return { state: 'refused', message };
}

function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function readVersion1(bytes: Buffer): ReadProxyHeader {
  const lineEnd = bytes.subarray(0, v1Bytes).indexOf('\r\n');
  if (lineEnd < 0) {
    return bytes.length < v1Bytes ? incomplete : refused(`a PROXY v1 header has at most ${v1Bytes} bytes (PROXY §2.1)`);
  }
  const end = lineEnd + 2;
  const [, family, source, target, sourcePort, targetPort, ...rest] = bytes.toString('latin1', 0, lineEnd).split(' ');
  // What follows UNKNOWN is to be ignored (PROXY §2.1).
  if (family === 'UNKNOWN') return { state: 'header', end };
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
  if (
    (family !== 'TCP4' && family !== 'TCP6') || source === undefined || rest.length > 0 ||
    !isAddress(source) || !isAddress(target ?? '') || !isPort(sourcePort) || !isPort(targetPort)
  ) {
    return refused('a PROXY v1 header is "PROXY TCP4|TCP6 source target sourcePort targetPort" or "PROXY UNKNOWN" (PROXY §2.1)');
  }
  return { state: 'header', address: source, end };
}

function readVersion2(bytes: Buffer, maximumBytes: number): ReadProxyHeader {
  const versionAndCommand = bytes.readUInt8(12);
  if (versionAndCommand !== 0x20 && versionAndCommand !== 0x21) {
    return refused('a PROXY v2 header has version 2 and command LOCAL or PROXY (PROXY §2.2)');
  }
  const addressLength = bytes.readUInt16BE(14);
  const end = v2HeaderBytes + addressLength;
  if (end > maximumBytes) return refused(`a PROXY v2 header of ${end} bytes: at most ${maximumBytes} are read`);
  if (bytes.length < end) return incomplete;
  // LOCAL is the balancer's own health check (PROXY §2.2).
  if (versionAndCommand === 0x20) return { state: 'header', end };
  const family = bytes.readUInt8(13) >>> 4;
  if (family === 1) {
    if (addressLength < 12) return refused('a PROXY v2 header over IPv4 has 12 bytes of addresses (PROXY §2.2)');
    return { state: 'header', address: bytes.subarray(16, 20).join('.'), end };
  }
  if (family === 2) {
    if (addressLength < 36) return refused('a PROXY v2 header over IPv6 has 36 bytes of addresses (PROXY §2.2)');
    return { state: 'header', address: formatIPv6(bytes.subarray(16, 32)), end };
  }
  // UNSPEC and AF_UNIX name no address of the internet: to be accepted, the connection's own counts (PROXY §2.2).
  return { state: 'header', end };
}

function formatIPv6(bytes: Buffer): string {
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(bytes.readUInt16BE(at).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}
