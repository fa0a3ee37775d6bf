// The website's public Express app. A request passes the middleware in the order of this file. It does not listen.
import { randomUUID } from 'node:crypto';
import type { Log } from '@parlance/service/log.ts';
import { clientAddress } from '@parlance/service/origin.ts';
import { Problem } from '@parlance/service/problem.ts';
import type { operations } from '@parlance/specs/http.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import contract from '@parlance/specs/openapi.server.json' with { type: 'json' };
import { PROBLEMS } from '@parlance/specs/problems.ts';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { EmailFilter } from './bloom.ts';
import type { Assets } from './bundle.ts';
import type { ChangeFeed } from './changes.ts';
import type { Databases } from './database.ts';
import type { Eraser } from './eraser.ts';
import { securityHeaders } from './headers.ts';
import { KnownBrowsers } from './known_browsers.ts';
import type { Limits } from './limits.ts';
import type { RequestMetrics } from './metrics.ts';
import { headAsGet, normalBody, normalUrl, seenThroughTls, utf8Only } from './normal.ts';
import { type Contract, type Handlers, mountContract, operationOf } from './operations.ts';
import { crossOrigin, fromAllowedOrigin, sameOrigin } from './origin.ts';
import { createPasswordGuard } from './password_guard.ts';
import { asProblem, sendProblem } from './problems.ts';
import { requestLog } from './request_log.ts';
import { valueBounds } from './request_values.ts';
import type { ResetMails } from './reset_mails.ts';
import { account } from './routers/account.ts';
import { auth } from './routers/auth.ts';
import { chat } from './routers/chat.ts';
import { docs } from './routers/docs.ts';
import { messages } from './routers/messages.ts';
import { moderation } from './routers/moderation.ts';
import { pages, problemPage } from './routers/pages.ts';
import { websocketHandler } from './routers/websocket_handler.ts';
import { getRoom } from './services/rooms.ts';
import { cookieName, cookieSessions } from './sessions.ts';
import type { WebsiteSettings } from './settings.ts';
import type { SigningKeys } from './signing_keys.ts';
import type { TokenDoor } from './token_door.ts';
import { cookiesForValidator, cookieViewer, resolveViewer } from './viewer.ts';

export interface AppParts {
  dbs: Databases;
  filter: EmailFilter;
  keys: SigningKeys;
  changes: ChangeFeed;
  door: TokenDoor;
  assets: Assets;
  eraser: Eraser;
  /** Absent: no mail is sent. */
  resetMails: ResetMails | undefined;
  limits: Limits;
  settings: WebsiteSettings;
  metrics: RequestMetrics;
  log: Log;
}

export function publicApp(parts: AppParts): Express {
  const { dbs, filter, keys, changes, door, assets, eraser, resetMails, limits, settings, metrics, log } = parts;
  const db = dbs.general;
  const secure = settings.PUBLIC_URL?.startsWith('https:') ?? false;
  const address = clientAddress(settings.TRUSTED_PROXIES);
  const browsers = new KnownBrowsers(settings.SESSION_SECRET, secure);
  const guard = createPasswordGuard(limits, browsers, address);
  const viewer = (request: Request) => cookieViewer(request)?.user;

  const app = express().disable('x-powered-by').set('etag', false).set('query parser', 'simple');
  app.set('case sensitive routing', true).set('strict routing', true);

  app.use((req, res, next) => {
    metrics.watch('public', res, operationOf(req));
    next();
  });
  const follow = requestLog(log, settings);
  app.use((req, res, next) => {
    res.locals.id = follow(req, res);
    next();
  });
  app.use(securityHeaders(settings));
  app.use(assets.router);
  app.use(crossOrigin(settings), sameOrigin(settings));
  app.use(normalUrl, headAsGet);
  if (secure) app.use(seenThroughTls);
  app.use(browsers.setCookies);
  const cookies = cookieSessions(db, settings.SESSION_SECRET, secure);
  app.use(resolveViewer(db, keys, changes.clock, cookies), cookiesForValidator(secure));
  app.use(userRequests(limits));

  // No room name contains U+0000, which PostgreSQL does not store.
  const findRoom = async (name: string) => (name.includes('\0') ? undefined : getRoom(db, name).catch(missing));
  app.use(pages({ viewer, findRoom, assets, registration: settings.REGISTRATION, mails: resetMails !== undefined }));
  app.use(docs({ assets, settings, inForce: limits.inForce }));

  const shared = { db, limits, guard, browsers, address, fromAllowedOrigin: fromAllowedOrigin(settings), secure };
  const handlers: Handlers<operations> = {
    ...auth({ ...shared, filter, keys, registration: settings.REGISTRATION }),
    ...account({ ...shared, resetMails, erase: () => eraser.wake() }),
    ...chat(db, limits),
    ...moderation(dbs),
    ...messages(dbs, limits, log),
    ...websocketHandler({ dbs, keys, changes, door, settings }),
    getLimits: async () => ({ status: 200, body: limits.inForce }),
  };
  const { session } = contract.components.securitySchemes;
  const named = { ...contract.components.securitySchemes, session: { ...session, name: cookieName(secure) } };
  const api = { ...contract, components: { ...contract.components, securitySchemes: named } };
  const bounds = valueBounds(api as unknown as Contract);
  const verify: typeof utf8Only = (req, res, body, charset) => {
    utf8Only(req, res, body, charset);
    bounds.body(body);
  };
  app.use(bounds.query, express.json({ limit: LIMITS.bodyMax, verify }), normalBody(api as unknown as Contract));
  mountContract(app, api as unknown as Contract, handlers, {
    session: (request) => cookieViewer(request) !== undefined,
    bearer: (request) => request.bearer !== undefined,
  });

  const page = problemPage({ viewer, assets });
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    const problem = asProblem(error, log.child({ requestId: res.locals.id }));
    if (!res.headersSent) res.set(problem.headers);
    metrics.refused('public', problem.code, error);
    const html = !inContract(req.path) && !res.headersSent && page(req, res, pageOf(problem, res.locals.id));
    if (!html && !sendProblem(res, problem, res.locals.id ?? randomUUID(), log)) metrics.offSpecAnswer('public');
  });
  return app;
}

/** Counts a request against the user's rate limit once the user is known. */
const userRequests =
  (limits: Limits): express.RequestHandler =>
  (req, _res, next) => {
    const viewer = req.bearer ?? cookieViewer(req);
    if (viewer) limits.request(viewer.user.id);
    next();
  };

/** Whether errors of this path are always problem details, regardless of Accept. Errors elsewhere may be HTML pages. */
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
