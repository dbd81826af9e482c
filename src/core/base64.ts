// RFC 4648 §4 with padding. The core has neither Buffer nor btoa, and `Uint8Array.toBase64` is
// newer than our target.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(index, index + 3);
    const group = (a << 16) | (b << 8) | c;
    text += alphabet.charAt(group >> 18) + alphabet.charAt((group >> 12) & 63);
    text += index + 1 < bytes.length ? alphabet.charAt((group >> 6) & 63) : '=';
    text += index + 2 < bytes.length ? alphabet.charAt(group & 63) : '=';
  }
  return text;
}

/** Throws a SyntaxError for text that `encodeBase64` does not make. */
export function decodeBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = (text.length / 4) * 3 - padding;
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new SyntaxError('not base64 with padding');
  }
  const bytes = new Uint8Array(length);
  for (let from = 0, to = 0; from < text.length; from += 4, to += 3) {
    let group = 0;
    for (let at = from; at < from + 4; at += 1) {
      // The padding stands for zeros.
      group = (group << 6) | Math.max(0, alphabet.indexOf(text.charAt(at)));
    }
    bytes[to] = group >> 16;
    // What lies beyond the end of a typed array is not written.
    bytes[to + 1] = group >> 8;
    bytes[to + 2] = group;
  }
  return bytes;
}
