// The documents for authors of programs: pages, the raw contract, and the few files they load. Offline, and the same for
// everybody; of the request only the server's own address goes in. Never reads the database or the session.
import { createHash } from 'node:crypto';
import { type OriginSettings, ownOrigin } from '@parlance/service/origin.ts';
import { type Request, type Response, Router } from 'express';
import nunjucks from 'nunjucks';
import type { Assets } from '../bundle.ts';
import { docFiles } from '../docs/files.ts';
import { PAGES, rendered } from '../docs/pages.ts';

export interface DocsOptions {
  assets: Assets;
  settings: OriginSettings;
}

/** GET `/docs` and all below it. Every other path is left to the next handler. */
export function docs({ assets, settings }: DocsOptions): Router {
  const files = docFiles();
  const templates = new nunjucks.Environment(
    new nunjucks.FileSystemLoader(
      ['../docs/templates', '../templates'].map((one) => new URL(one, import.meta.url).pathname),
    ),
    { autoescape: true, trimBlocks: true, lstripBlocks: true },
  );
  templates.addGlobal('asset', assets.url);
  templates.addGlobal('file', (name: string) => files.url(name));

  const router = Router({ caseSensitive: true, strict: true });
  for (const page of PAGES) {
    // Made when it is first asked for: all of them take 0.2 s, which no start should wait for.
    let html: string | undefined;
    router.get(page.path, (request, response) => {
      html ??= templates.render('docs.html', { page, pages: PAGES, ...rendered(page) });
      send(request, response, 'text/html; charset=utf-8', withAddress(html, request));
    });
    router.get(`${page.path}/`, (_request, response) => response.redirect(308, page.path));
  }
  for (const { path, type, text } of files.downloads) {
    router.get(path, (request, response) => send(request, response, type, text));
  }
  router.use(files.router);
  return router;

  function withAddress(html: string, request: Request): string {
    const origin = ownOrigin(request, settings);
    return html
      .replaceAll('http://localhost:8080', origin)
      .replaceAll('ws://localhost:8080', origin.replace(/^http/, 'ws'));
  }
}

/** Browsers keep it and ask each time whether it is still the same. */
function send(request: Request, response: Response, type: string, text: string): void {
  response.set({ 'Cache-Control': 'no-cache', ETag: `"${createHash('sha1').update(text).digest('base64url')}"` });
  if (request.fresh) return void response.status(304).end();
  response.type(type).send(text);
}
