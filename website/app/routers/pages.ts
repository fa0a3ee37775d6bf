// Renders the pages: checks the log-in and passes each template its data. Every change goes through the API, from the
// scripts of the page. Never applies a domain rule and never writes.
import { LIMITS } from '@parlance/specs/limits.ts';
import { validateRoomName } from '@parlance/specs/validators.js';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import nunjucks from 'nunjucks';
import type { Assets } from '../bundle.ts';
import { Representation } from '../representation.ts';
import type { Registration } from '../settings.ts';

export interface PagesOptions {
  /** The user who is logged in by the session's cookie, if any. */
  viewer(request: Request): { username: string; email: string; isAdmin: boolean } | undefined;
  /** The room with that name in any case and normalisation; undefined: no such room, or the name is invalid. */
  findRoom(name: string): Promise<{ id: string; name: string; owner: string } | undefined>;
  assets: Assets;
  /** Whether a forgotten password can be replaced by mail. */
  mails: boolean;
  registration: Registration;
}

/** The content of an error page. */
export interface PageProblem {
  status: number;
  heading: string;
  text: string;
  requestId?: string;
}

type Render = (request: Request, response: Response, template: string, context?: object) => void;

const NO_ROOM: PageProblem = {
  status: 404,
  heading: 'There is no such room',
  text: 'No room has this name, or it was deleted. You can find another room, or open one with this name yourself.',
};

/** GET `/`, `/login`, `/register`, `/password-reset`, `/account`, `/rooms`, `/rooms/{roomName}`; passes on the rest. */
export function pages(options: PagesOptions): Router {
  const { viewer } = options;
  const render = renderer(options);
  const router = Router({ caseSensitive: true, strict: true });

  router.get('/', (request, response) => render(request, response, 'index.html', { script: 'home.js' }));

  for (const name of ['login', 'register']) {
    router.get(`/${name}`, (request, response) => {
      const next = ownPath(request.query.next);
      if (viewer(request)) return redirect(response, next ?? '/rooms');
      render(request, response, `${name}.html`, {
        here: name,
        script: `${name}.js`,
        next: next ?? '/rooms',
        query: next ? `?next=${encodeURIComponent(next)}` : '',
        invitedTo: next && roomNameIn(next),
        registration: options.registration,
      });
    });
  }

  router.get('/password-reset', (request, response) => {
    const { mails } = options;
    render(request, response, 'password_reset.html', { script: 'password_reset.js', mails });
  });

  const needsLogin: RequestHandler = (request, response, next) => {
    if (viewer(request)) return next();
    redirect(response, `/login?next=${encodeURIComponent(request.originalUrl)}`);
  };

  router.get('/account', needsLogin, (request, response) => {
    render(request, response, 'account.html', { here: 'account', script: 'account.js' });
  });

  router.get('/rooms', needsLogin, (request, response) => {
    render(request, response, 'chat.html', { here: 'rooms', script: 'rooms.js' });
  });

  router.get('/rooms/:roomName', needsLogin, async (request, response) => {
    const room = await options.findRoom(request.params.roomName as string);
    if (room) return render(request, response, 'room_chat.html', { script: 'room.js', room });
    response.status(NO_ROOM.status);
    render(request, response, 'problem.html', { ...NO_ROOM, script: 'home.js' });
  });

  return router;
}

/** A redirect that is not cached, because its target depends on the user. */
const redirect = (response: Response, path: string) => response.set('Cache-Control', 'no-store').redirect(303, path);

/**
 * Creates the error page, for the handlers of unknown paths and of errors.
 * @returns a function that answers and returns true if the request prefers HTML to JSON; otherwise it returns false.
 */
export function problemPage(options: Pick<PagesOptions, 'viewer' | 'assets'>) {
  const render = renderer(options);
  return (request: Request, response: Response, problem: PageProblem): boolean => {
    if (request.accepts(['application/problem+json', 'application/json', 'text/html']) !== 'text/html') return false;
    response.status(problem.status);
    render(request, response, 'problem.html', { ...problem, script: 'home.js' });
    return true;
  };
}

/**
 * The path of a `next` parameter; undefined if it is not a path of this site: another origin in any form (`//host`,
 * `/\host`, with a tab inside), or a path that resolves to one (`/.//host`).
 */
export function ownPath(next: unknown): string | undefined {
  if (typeof next !== 'string' || !next.startsWith('/')) return undefined;
  const base = 'http://this.invalid';
  if (!URL.canParse(next, base)) return undefined;
  const url = new URL(next, base);
  const path = url.pathname + url.search + url.hash;
  return url.origin === base && !path.startsWith('//') ? path : undefined;
}

/** The room's name if this is the path of a room page; undefined: another page, or an invalid room name. */
function roomNameIn(path: string): string | undefined {
  const encoded = /^\/rooms\/([^/?#]+)(?:[?#]|$)/.exec(path)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const name = decodeURIComponent(encoded).normalize('NFC');
    return validateRoomName(name) ? name : undefined;
  } catch {
    return undefined; // not percent-encoded UTF-8
  }
}

function renderer({ viewer, assets }: Pick<PagesOptions, 'viewer' | 'assets'>): Render {
  const templates = new nunjucks.Environment(
    new nunjucks.FileSystemLoader(new URL('../templates', import.meta.url).pathname),
    { autoescape: true, trimBlocks: true, lstripBlocks: true },
  );
  templates.addGlobal('asset', assets.url);
  templates.addGlobal('preloads', assets.preloads);
  templates.addGlobal('limits', LIMITS);
  return (request, response, template, context) => {
    // A page depends on the user. It is not cached, so that it cannot be shown again after log-out.
    response.set('Cache-Control', 'no-store');
    const html = templates.render(template, { viewer: viewer(request), ...context });
    new Representation('html', html).send(request, response);
  };
}
