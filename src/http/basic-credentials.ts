/** RFC 7617; empty ones when there are none, which are refused like wrong ones. */
export function basicCredentials(header: string | undefined): { readonly username: string; readonly password: Uint8Array } {
  const encoded = /^Basic +([A-Za-z0-9+/]{1,512}={0,2}) *$/i.exec(header ?? '')?.[1];
  const decoded = Buffer.from(encoded ?? '', 'base64');
  const colon = decoded.indexOf(':');
  if (colon < 0) return { username: '', password: new Uint8Array(0) };
  return { username: decoded.toString('utf8', 0, colon), password: decoded.subarray(colon + 1) };
}
