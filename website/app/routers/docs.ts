// The documents for authors of programs: pages, the raw contract, and the few files they load. Offline, and the same for
// everybody; of the request only the server's own address goes in. Never reads the database or the session.
import { type OriginSettings, ownOrigin } from '@parlance/service/origin.ts';
import { type Response, Router } from 'express';
import nunjucks from 'nunjucks';
import type { Assets } from '../bundle.ts';
import { docFiles } from '../docs/files.ts';
import { PAGES, rendered } from '../docs/pages.ts';
import { Representation } from '../representation.ts';

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
  templates.addGlobal('file', files.url);
  templates.addGlobal('megabytes', files.megabytes);

  const router = Router({ caseSensitive: true, strict: true });
  for (const page of PAGES) {
    // Made when it is first asked for: all of them take 0.2 s, which no start should wait for.
    let html: string | undefined;
    let last: { origin: string; page: Representation } | undefined; // all readers but few use the same address
    router.get(page.path, (request, response) => {
      html ??= templates.render('docs.html', { page, pages: PAGES, ...rendered(page) });
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

/** Browsers keep it and ask each time whether it is still the same. */
const askEachTime = (response: Response) => response.set('Cache-Control', 'no-cache');
