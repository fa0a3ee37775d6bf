// Which origins may do what: no unsafe request rides on a cookie from another site (CSRF), and other sites' pages use
// the API only where an operator allowed them, with bearer tokens, never with cookies (CORS).
import { type OriginSettings, originKind } from '@parlance/service/origin.ts';
import { Problem } from '@parlance/service/problem.ts';
import cors from 'cors';
import type { Request, RequestHandler } from 'express';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Answers allowed origins' preflights and lets their pages read answers; never with credentials. */
export function crossOrigin(settings: OriginSettings): RequestHandler {
  const answer = cors({
    origin: [...settings.ALLOWED_ORIGINS],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'If-Match'],
    exposedHeaders: ['ETag', 'Location', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'],
    credentials: false,
    maxAge: 600,
    preflightContinue: false,
  });
  return (req, res, next) => {
    // Any other OPTIONS is a method that the contract does not know.
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

/** Whether a page of one of the allowed origins asks: it may use tokens, and is never given a cookie. */
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
      // With neither header present it is not a browser; `none` is a person's own doing, never a page's request.
      return site === undefined || site === 'same-origin';
    case 'allowed':
      return req.headers.cookie === undefined;
    case 'foreign':
      return site === 'same-origin';
  }
}
