// Normalizes a request before it is checked against the contract: the path and query, the encoding of the body, and
// names (NFC). Refuses what cannot be normalized; checks nothing else.
import { isUtf8 } from 'node:buffer';
import { Problem } from '@parlance/service/problem.ts';
import { normalName } from '@parlance/specs/names.ts';
import type { RequestHandler } from 'express';
import type { Contract } from './operations.ts';
import { invalid } from './problems.ts';
import { contentOf, resolve, type Schema } from './request_values.ts';

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

/** Normalizes each field of a body to NFC whose schema has `x-normalize: NFC`. */
export function normalBody(contract: Contract): RequestHandler {
  const bodies = Object.entries(contract.paths).flatMap(([template, item]) => {
    const path = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    return Object.entries(item).flatMap(([method, { requestBody }]) => {
      const schema = contentOf(requestBody);
      return schema ? [{ method: method.toUpperCase(), path, schema }] : [];
    });
  });
  return (req, _res, next) => {
    const body = bodies.find(({ method, path }) => method === req.method && path.test(req.path));
    if (body) req.body = normalValue(contract, body.schema, req.body);
    next();
  };
}

function normalValue(contract: Contract, schema: Schema, value: unknown): unknown {
  if (schema.$ref !== undefined) return normalValue(contract, resolve(contract, schema.$ref), value);
  if (typeof value === 'string') return schema['x-normalize'] === 'NFC' ? normalName(value) : value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (Object.hasOwn(value, name)) {
      const object = value as Record<string, unknown>;
      object[name] = normalValue(contract, field, object[name]);
    }
  }
  return value;
}

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
