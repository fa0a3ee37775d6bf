// Normalizes a request before it is checked against the contract: the path and query, the encoding of the body, and
// names (NFC). Refuses what cannot be normalized; checks nothing else.
import { isUtf8 } from 'node:buffer';
import { Problem } from '@parlance/service/problem.ts';
import { normalName } from '@parlance/specs/names.ts';
import type { RequestHandler } from 'express';
import { invalid } from './problems.ts';

/**
 * Normalizes room names in paths to NFC. In a query, decodes a plus as a space, as forms encode it (no room name has a
 * plus), and encodes characters that RFC 3986 allows there unencoded: the validator, which reads originalUrl, would
 * refuse them. Refuses malformed percent-encoding.
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

/** Refuses a body that is not UTF-8: decoded, it would be stored as text that its sender did not write. */
export const utf8Only = (_req: unknown, _res: unknown, body: Buffer, charset: string) => {
  if (charset !== 'utf-8') throw new Problem('unsupported_media_type', 'Send JSON in UTF-8.');
  if (!isUtf8(body)) throw new Problem('invalid_json', 'The body is not valid UTF-8.');
};

/** Normalizes the name of a new room to NFC. */
export const normalBody: RequestHandler = (req, _res, next) => {
  if (typeof req.body?.name === 'string') req.body.name = normalName(req.body.name);
  next();
};

/** Answers HEAD like GET, without the body (RFC 9110). */
export const headAsGet: RequestHandler = (req, _res, next) => {
  if (req.method === 'HEAD') req.method = 'GET';
  next();
};

/** Sets the scheme of PUBLIC_URL, because a proxy may have reported another one. */
export const seenThroughTls: RequestHandler = (req, _res, next) => {
  req.headers['x-forwarded-proto'] = 'https';
  next();
};
