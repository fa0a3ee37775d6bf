// Puts what a request says into the one form that is checked against the contract: its path and query, its body's
// encoding, names in NFC. Refuses what has no such form; judges nothing else.
import { isUtf8 } from 'node:buffer';
import { Problem } from '@parlance/service/problem.ts';
import { normalName } from '@parlance/specs/names.ts';
import type { RequestHandler } from 'express';
import { invalid } from './problems.ts';

/**
 * Room names in paths are looked at in NFC, however they were typed. In a query a plus is a space, as forms encode it (no
 * name has one), and what RFC 3986 lets stand there as it is gets encoded: the validator, which reads originalUrl, would
 * refuse it. Malformed percent-encoding is refused.
 */
export const normalUrl: RequestHandler = (req, _res, next) => {
  const [path = '/', query] = req.url.split(/\?(.*)/s, 2);
  const segments = path.split('/').map((segment) => encodeURIComponent(normalName(decodeURIComponent(segment))));
  const search = query === undefined ? '' : `?${query.replaceAll(/[+!$'()*,/:;?@]/g, encoded)}`;
  if (!isPercentEncoded(search)) throw invalid('/query', 'is not percent-encoded UTF-8');
  req.url = req.originalUrl = segments.join('/') + search;
  next();
};

const encoded = (mark: string) => (mark === '+' ? '%20' : `%${mark.charCodeAt(0).toString(16)}`);

function isPercentEncoded(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

/** What is no UTF-8 is refused: decoded all the same, it would be stored as something its sender did not write. */
export const utf8Only = (_req: unknown, _res: unknown, body: Buffer, charset: string) => {
  if (charset !== 'utf-8') throw new Problem('unsupported_media_type', 'Send JSON in UTF-8.');
  if (!isUtf8(body)) throw new Problem('invalid_json', 'The body is not valid UTF-8.');
};

/** The name of a new room is looked at in NFC too. */
export const normalBody: RequestHandler = (req, _res, next) => {
  if (typeof req.body?.name === 'string') req.body.name = normalName(req.body.name);
  next();
};

/** A HEAD is answered as the GET would be, without its body (RFC 9110). */
export const headAsGet: RequestHandler = (req, _res, next) => {
  if (req.method === 'HEAD') req.method = 'GET';
  next();
};

/** PUBLIC_URL says how the world sees us: what stands between may have said otherwise. */
export const seenThroughTls: RequestHandler = (req, _res, next) => {
  req.headers['x-forwarded-proto'] = 'https';
  next();
};
