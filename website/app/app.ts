// The website's public Express app, top to bottom: every request passes these lines in this order. It does not listen.
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { type Log, requestId } from '@parlance/service/log.ts';
import { clientAddress, fromTrustedProxy } from '@parlance/service/origin.ts';
import { Problem } from '@parlance/service/problem.ts';
import type { operations } from '@parlance/specs/http.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { normalName } from '@parlance/specs/names.ts';
import contract from '@parlance/specs/openapi.server.json' with { type: 'json' };
import { PROBLEMS } from '@parlance/specs/problems.ts';
import cookieParser from 'cookie-parser';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { EmailFilter } from './bloom.ts';
import type { Assets } from './bundle.ts';
import type { ChangeFeed } from './changes.ts';
import type { Databases } from './database.ts';
import { createLimits } from './limits.ts';
import { type Contract, type Handlers, mountContract } from './operations.ts';
import { crossOrigin, sameOrigin } from './origin.ts';
import { asProblem, invalid, sendProblem } from './problems.ts';
import { auth } from './routers/auth.ts';
import { chat } from './routers/chat.ts';
import { docs } from './routers/docs.ts';
import { pages, problemPage } from './routers/pages.ts';
import { websocketHandler } from './routers/websocket_handler.ts';
import { getRoom } from './services/rooms.ts';
import { cookieName, cookieSessions } from './sessions.ts';
import type { WebsiteSettings } from './settings.ts';
import type { SigningKeys } from './signing_keys.ts';
import { cookieViewer, resolveViewer } from './viewer.ts';

export interface AppParts {
  dbs: Databases;
  filter: EmailFilter;
  keys: SigningKeys;
  changes: ChangeFeed;
  assets: Assets;
  settings: WebsiteSettings;
  log: Log;
}

export function publicApp({ dbs, filter, keys, changes, assets, settings, log }: AppParts): Express {
  const db = dbs.general;
  const secure = settings.PUBLIC_URL?.startsWith('https:') ?? false;
  const address = clientAddress(settings.TRUSTED_PROXIES);
  const limits = createLimits(dbs.pool, settings);
  const viewer = (request: Request) => cookieViewer(request)?.user;

  const app = express().disable('x-powered-by').set('etag', false).set('query parser', 'simple');
  app.set('case sensitive routing', true).set('strict routing', true);

  app.use(logged(log, settings, address));
  app.use(headers(secure, settings));
  app.use(assets.router);
  app.use(crossOrigin(settings), sameOrigin(settings));
  app.use(normalUrl, headAsGet);
  if (secure) app.use(seenThroughTls);
  app.use(cookieParser(), resolveViewer(db, keys, cookieSessions(db, settings.SESSION_SECRET, secure)));

  // No room is called so, and PostgreSQL takes no U+0000.
  const findRoom = async (name: string) => (name.includes('\0') ? undefined : getRoom(db, name).catch(missing));
  app.use(pages({ viewer, findRoom, assets }));
  app.use(docs({ assets, settings }));

  const handlers: Handlers<operations> = {
    ...auth({ db, filter, keys, limits, address, secure }),
    ...chat(dbs, limits, log),
    ...websocketHandler(db, keys, changes, settings),
  };
  const { session } = contract.components.securitySchemes;
  const named = { ...contract.components.securitySchemes, session: { ...session, name: cookieName(secure) } };
  const api = { ...contract, components: { ...contract.components, securitySchemes: named } };
  app.use(express.json({ limit: LIMITS.bodyMax, verify: utf8Only }), normalBody);
  mountContract(app, api as unknown as Contract, handlers, {
    session: (request) => cookieViewer(request) !== undefined,
    bearer: (request) => request.bearer !== undefined,
  });

  const page = problemPage({ viewer, assets });
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    const problem = asProblem(error, res.locals.log ?? log);
    const html = !inContract(req.path) && !res.headersSent && page(req, res, pageOf(problem, res.locals.id));
    if (!html) sendProblem(res, problem, res.locals.id ?? randomUUID(), log);
  });
  return app;
}

/** Gives each request an id and, when it is answered, a line in the log: no query, no header, no body. */
function logged(log: Log, settings: WebsiteSettings, address: (request: Request) => string): express.RequestHandler {
  const trusted = fromTrustedProxy(settings.TRUSTED_PROXIES);
  return (req, res, next) => {
    const began = performance.now();
    res.locals.id = requestId(req.headers, trusted(req));
    res.locals.log = log.child({ requestId: res.locals.id });
    res.setHeader('X-Request-Id', res.locals.id);
    const [method, path] = [req.method, req.path];
    res.once('close', () => {
      const ms = Math.round((performance.now() - began) * 10) / 10;
      res.locals.log.info({ method, path, status: res.statusCode, ms, address: address(req) }, 'request');
    });
    next();
  };
}

/** No script, style or frame but our own; sockets to our own host only. */
function headers(secure: boolean, settings: WebsiteSettings): express.RequestHandler {
  const strict = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: [
          "'self'",
          (req) => (settings.PUBLIC_URL ?? `http://${req.headers.host ?? 'localhost'}`).replace(/^http/, 'ws'),
        ],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: secure ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'same-origin' },
  });
  return (req, res, next) => {
    // The Host stands in the policy: one that is not a host and port would write into it. HTTP/1.1 has exactly one.
    const hosts = req.headersDistinct.host ?? (req.httpVersion === '1.0' ? [''] : []);
    if (hosts.length !== 1 || !/^[A-Za-z0-9.[\]:_-]*$/.test(hosts[0]!)) {
      return next(new Problem('invalid_request', 'Bad Host.'));
    }
    strict(req, res, next);
  };
}

/**
 * Room names in paths are looked at in NFC, however they were typed. In a query a plus is a space, as forms encode it (no
 * name has one), and what RFC 3986 lets stand there as it is gets encoded: the validator, which reads originalUrl, would
 * refuse it. Malformed percent-encoding is refused.
 */
const normalUrl: express.RequestHandler = (req, _res, next) => {
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
const utf8Only = (_req: unknown, _res: unknown, body: Buffer, charset: string) => {
  if (charset !== 'utf-8') throw new Problem('unsupported_media_type', 'Send JSON in UTF-8.');
  if (!isUtf8(body)) throw new Problem('invalid_json', 'The body is not valid UTF-8.');
};

/** The name of a new room likewise. */
const normalBody: express.RequestHandler = (req, _res, next) => {
  if (typeof req.body?.name === 'string') req.body.name = normalName(req.body.name);
  next();
};

/** A HEAD is answered as the GET would be, without its body (RFC 9110). */
const headAsGet: express.RequestHandler = (req, _res, next) => {
  if (req.method === 'HEAD') req.method = 'GET';
  next();
};

/** PUBLIC_URL says how the world sees us: what stands between may have said otherwise. */
const seenThroughTls: express.RequestHandler = (req, _res, next) => {
  req.headers['x-forwarded-proto'] = 'https';
  next();
};

/** Answered with problem details, whatever is accepted. Elsewhere it may be a person who is lost. */
const inContract = (path: string) => path.startsWith('/api/') || path === '/healthz';

const missing = (error: unknown) => {
  if (error instanceof Problem && error.code === 'room_not_found') return undefined;
  throw error;
};

const pageOf = (problem: Problem, requestId: string) => {
  const found = problem.code !== 'not_found';
  return {
    status: PROBLEMS[problem.code].status,
    heading: found ? 'Something went wrong' : 'There is nothing here',
    text: found ? problem.message : 'No page has this address.',
    requestId,
  };
};
