// Serves the documents for developers: pages, the raw contract, and the files that they load. They need no other host
// and are the same for all readers, except for the server's own address. Never reads the database or the session.
import { type OriginSettings, ownOrigin } from '@parlance/service/origin.ts';
import { type Response, Router } from 'express';
import nunjucks from 'nunjucks';
import type { Assets } from '../bundle.ts';
import { docFiles } from '../docs/files.ts';
import { PAGES, SIDEBAR } from '../docs/pages.ts';
import { rendered } from '../docs/render.ts';
import { Representation } from '../representation.ts';

export interface DocsOptions {
  assets: Assets;
  settings: OriginSettings;
}

/** GET `/docs` and everything below it. Passes on every other path. */
export function docs({ assets, settings }: DocsOptions): Router {
  const files = docFiles();
  const templates = new nunjucks.Environment(
    new nunjucks.FileSystemLoader(
      ['../docs/templates', '../templates'].map((one) => new URL(one, import.meta.url).pathname),
    ),
    { autoescape: true, trimBlocks: true, lstripBlocks: true },
  );
  templates.addFilter('has', (entries: { path?: string }[], path: string) => entries.some((one) => one.path === path));
  templates.addGlobal('asset', assets.url);
  templates.addGlobal('file', files.url);
  templates.addGlobal('megabytes', files.megabytes);

  const router = Router({ caseSensitive: true, strict: true });
  for (const page of PAGES) {
    // Rendered on first use: rendering all pages takes 0.2 s, which would delay every start.
    let html: string | undefined;
    let last: { origin: string; page: Representation } | undefined; // almost all readers use the same address
    router.get(page.path, (request, response) => {
      html ??= templates.render('docs.html', { page, sidebar: SIDEBAR, ...rendered(page) });
      const origin = ownOrigin(request, settings);
      if (last?.origin !== origin) last = { origin, page: new Representation('html', withAddress(html, origin)) };
      last.page.sendTagged(request, askEachTime(response));
    });
    router.get(`${page.path}/`, (_request, response) => response.redirect(308, page.path));
  }
  for (const { path, representation } of files.downloads) {
    router.get(path, (request, response) => representation.sendTagged(request, askEachTime(response)));
  }
  router.use(files.router);
  return router;
}

const withAddress = (html: string, origin: string) =>
  html.replaceAll('http://localhost:8080', origin).replaceAll('ws://localhost:8080', origin.replace(/^http/, 'ws'));

/** Browsers cache the response and revalidate it each time. */
const askEachTime = (response: Response) => response.set('Cache-Control', 'no-cache');
