// Signs, parses and verifies tokens in the JWS compact serialization with ES256 (RFC 7515, RFC 7518 §3.4). Checks no
// claims and no times. (Libraries decode a token several times and stream it into OpenSSL: 40 µs on top of 60 for the
// curve.)
import { type KeyObject, sign, verify } from 'node:crypto';
import { fromDer, toDer } from './ecdsa_signature.ts';

/** The hash of ES256, and the length of its signature in base64url. */
const SHA256 = 'sha256';
const SIGNATURE_LENGTH = 86;

/** Header, payload and signature in base64url, without padding; a signature of 64 bytes, whose last 4 bits are 0. */
const FORM = /^([\w-]+)\.([\w-]+)\.([\w-]{85}[AQgw])$/;

/** @param key a private key on P-256. */
export function signJws(header: object, payload: object, key: KeyObject): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${fromDer(sign(SHA256, Buffer.from(signed), key)).toString('base64url')}`;
}

export interface Jws {
  header: unknown;
  /** Returns the payload if it is JSON and `key`, a public key on P-256, verifies it; otherwise undefined. */
  payload(key: KeyObject): unknown;
}

/** Undefined: the token is malformed, or its header is not a JSON object. */
export function readJws(token: string): Jws | undefined {
  const [, header = '', payload = '', signature = ''] = FORM.exec(token) ?? [];
  const said = decode(header);
  if (typeof said !== 'object' || said === null) return undefined;
  return {
    header: said,
    payload: (key) => {
      const signed = Buffer.from(token.slice(0, -1 - SIGNATURE_LENGTH));
      const isOurs = verify(SHA256, signed, key, toDer(Buffer.from(signature, 'base64url')));
      return isOurs ? decode(payload) : undefined;
    },
  };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}
