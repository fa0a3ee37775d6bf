// The index of the search: pages, their sections, codes and limits. Small: titles and a sentence each, no texts.
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import type { Page } from './pages.ts';
import { rendered } from './render.ts';
import { limits, problems } from './tables.ts';

/** Title, address, and what it is. */
type Found = [title: string, path: string, about: string];

/** The index as JSON. The address of an entry is a path with a fragment. */
export function searchIndex(pages: readonly Page[]): string {
  const found: Found[] = pages.flatMap((page): Found[] => {
    if (page.about !== undefined) return [[page.name, page.path, page.about]];
    const { headings } = rendered(page);
    const below = headings.slice(1).map(({ id, html }): Found => [plain(html), `${page.path}#${id}`, page.name]);
    return [[page.name, page.path, ''], ...below];
  });
  const rows = (path: string, table: Record<string, string>) =>
    Object.entries(table).map(([name, about]): Found => [name, `/docs/${path}#${name}`, about]);
  const told = <T>(table: Record<string, T>, about: (row: T) => string) =>
    Object.fromEntries(Object.entries(table).map(([name, row]) => [name, about(row)]));
  return JSON.stringify([
    ...found,
    ...rows(
      'problems',
      told(problems(), ({ title }) => title),
    ),
    ...rows(
      'close-codes',
      told(CLOSE_CODES, ({ meaning }) => meaning),
    ),
    ...rows(
      'limits',
      told(limits(), ({ description }) => description),
    ),
  ]);
}

const plain = (html: string) =>
  html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
