// Serves the documents for developers: pages, the raw contract, and the files that they load. They need no other host
// and are the same for all readers, except for the server's own address. Never reads the database or the session.
import { type OriginSettings, ownOrigin } from '@parlance/service/origin.ts';
import { type Response, Router } from 'express';
import nunjucks from 'nunjucks';
import type { Assets } from '../bundle.ts';
import { docFiles } from '../docs/files.ts';
import { llmsText, markdownPath } from '../docs/llms.ts';
import { PAGES, SIDEBAR } from '../docs/pages.ts';
import { changelogFeed } from '../docs/releases.ts';
import { markdownOf, rendered } from '../docs/render.ts';
import { searchIndex } from '../docs/search.ts';
import { Representation } from '../representation.ts';

export interface DocsOptions {
  assets: Assets;
  settings: OriginSettings;
  /** The limits as they apply here, by name. */
  inForce: Readonly<Record<string, number>>;
}

/** GET `/docs`, all below it, and `/llms.txt`. Passes on every other path. */
export function docs({ assets, settings, inForce }: DocsOptions): Router {
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
  const serve = (path: string, type: string, make: () => string, set: (response: Response) => Response) => {
    // Rendered on first use: rendering all pages takes 2 s, which would delay every start.
    let text: string | undefined;
    let last: { origin: string; made: Representation } | undefined; // almost all readers use the same address
    router.get(path, (request, response) => {
      text ??= make();
      const origin = ownOrigin(request, settings);
      if (last?.origin !== origin) last = { origin, made: new Representation(type, withAddress(text, origin)) };
      last.made.sendTagged(request, set(response));
    });
  };
  for (const page of PAGES) {
    const markdown = markdownPath(page);
    const html = () => templates.render('docs.html', { page, markdown, sidebar: SIDEBAR, ...rendered(page, inForce) });
    serve(page.path, 'html', html, askEachTime);
    serve(markdown, MARKDOWN, () => markdownOf(page, inForce), askEachTime);
    router.get(`${page.path}/`, (_request, response) => response.redirect(308, page.path));
  }
  for (const path of ['/llms.txt', '/docs/llms.txt']) {
    serve(path, MARKDOWN, () => llmsText(PAGES, SIDEBAR), askEachTime);
  }
  serve('/docs/search.json', 'application/json; charset=utf-8', () => searchIndex(PAGES), askEachTime);
  serve('/docs/changelog.atom', 'application/atom+xml; charset=utf-8', changelogFeed, forAnyOrigin);
  for (const { path, representation } of files.downloads) {
    router.get(path, (request, response) => representation.sendTagged(request, forAnyOrigin(response)));
  }
  router.use(files.router);
  return router;
}

const MARKDOWN = 'text/markdown; charset=utf-8';

const withAddress = (html: string, origin: string) =>
  html.replaceAll('http://localhost:8080', origin).replaceAll('ws://localhost:8080', origin.replace(/^http/, 'ws'));

/** Browsers cache the response and revalidate it each time. */
const askEachTime = (response: Response) => response.set('Cache-Control', 'no-cache');

/** Tools in pages of any origin can read the contract. It is the same for everybody. */
const forAnyOrigin = (response: Response) => askEachTime(response).set('Access-Control-Allow-Origin', '*');
