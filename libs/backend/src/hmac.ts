const encoder = new TextEncoder();

export type Bytes = Uint8Array<ArrayBuffer>;

export const utf8 = (text: string): Bytes => encoder.encode(text);

/** A key for HMAC-SHA-256 by Web Crypto, which Node, Deno, Bun, workers and browsers have alike. */
export const hmacKey = (secret: string, usage: 'sign' | 'verify'): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', utf8(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [usage]);

export const hmac = async (key: CryptoKey, content: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.sign('HMAC', key, content));

/** Compares in constant time: the platform does, for its own MAC of the content against the given one. */
export const isHmac = (key: CryptoKey, mac: Bytes, content: Bytes): Promise<boolean> =>
  crypto.subtle.verify('HMAC', key, mac, content);
