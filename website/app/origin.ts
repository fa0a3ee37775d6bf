// The rules for other origins: their pages cannot send an unsafe request with our cookie (CSRF), and they can use the
// API only if the operator allowed the origin, with bearer tokens and never with cookies (CORS).
import { type OriginSettings, originKind } from '@parlance/service/origin.ts';
import { Problem } from '@parlance/service/problem.ts';
import contract from '@parlance/specs/openapi.server.json' with { type: 'json' };
import cors from 'cors';
import type { Request, RequestHandler } from 'express';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The methods of the contract, and HEAD, which is answered like GET. */
const METHODS = [
  ...new Set([
    'HEAD',
    ...Object.values(contract.paths).flatMap((item) => Object.keys(item).map((name) => name.toUpperCase())),
  ]),
];

/** What a page of an allowed origin may send and read. */
export const CORS = {
  methods: METHODS,
  allowedHeaders: ['Authorization', 'Content-Type', 'If-Match'],
  exposedHeaders: ['Allow', 'ETag', 'Location', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'],
  maxAge: 600,
};

/** Answers preflights of allowed origins and lets their pages read answers, never with credentials. */
export function crossOrigin(settings: OriginSettings): RequestHandler {
  const answer = cors({
    origin: [...settings.ALLOWED_ORIGINS],
    ...CORS,
    credentials: false,
    preflightContinue: false,
  });
  return (req, res, next) => {
    // Any other OPTIONS request is left to the routes: the contract does not have this method.
    const preflight = req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;
    if (req.method === 'OPTIONS' && !(preflight && originKind(req, settings) === 'allowed')) return next();
    answer(req, res, next);
  };
}

/** Refuses, with bad_origin, unsafe requests that another site's page sent with our cookie or to get one. */
export function sameOrigin(settings: OriginSettings): RequestHandler {
  return (req, _res, next) => {
    if (SAFE.has(req.method) || req.headers.authorization !== undefined || isOurs(req, settings)) return next();
    next(new Problem('bad_origin'));
  };
}

/** Whether the request comes from a page of an allowed origin: it may use tokens and never gets a cookie. */
export const fromAllowedOrigin =
  (settings: OriginSettings) =>
  (request: Request): boolean =>
    originKind(request, settings) === 'allowed';

function isOurs(req: Request, settings: OriginSettings): boolean {
  const site = req.headers['sec-fetch-site'];
  switch (originKind(req, settings)) {
    case 'own':
      return true;
    case 'none':
      // Without both headers the client is not a browser. `none` is a user's navigation, never a request of a page.
      return site === undefined || site === 'same-origin';
    case 'allowed':
      return req.headers.cookie === undefined;
    case 'foreign':
      return site === 'same-origin';
  }
}
