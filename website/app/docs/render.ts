// How the sources of the documentation pages become Markdown and then HTML. Numbers, codes and examples come from the
// contract; the tests run the examples of the same Markdown.
import { readFileSync } from 'node:fs';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import nunjucks from 'nunjucks';
import { CORS } from '../origin.ts';
import { eventTypes, frameParts } from './frames.ts';
import { type Heading, renderMarkdown } from './markdown.ts';
import type { Page } from './pages.ts';
import { httpReference } from './reference.ts';
import { filesOf, versions } from './releases.ts';
import { limits, problems } from './tables.ts';

const environment = new nunjucks.Environment(null, { autoescape: false, trimBlocks: true, lstripBlocks: true });
environment.addFilter('n', (number: number) => number.toLocaleString('en'));
// Text in a table must not end its cell or its row. In descriptions a backslash is literal.
const cell = (value: unknown) => String(value).replaceAll('|', '\\|').replace(/\s+/g, ' ');
environment.addFilter('cell', cell);
environment.addFilter('words', (text: string) => cell(text.replaceAll('\\', '\\\\')));

const http = httpReference();
/** What the contract and the server say, for every page. */
const ofContract = {
  limitRows: limits(),
  problems: problems(),
  closeCodes: CLOSE_CODES,
  http,
  version: openapi.info.version,
  releases: versions().map((version) => ({ version, files: [...filesOf(version).keys()] })),
  deprecated: http.groups.flatMap(({ operations }) => operations.flatMap(({ id, sunset }) => (sunset ? [id] : []))),
  room: asyncapi.channels.room,
  parts: frameParts(),
  pageDefault: openapi.components.parameters.Limit.schema.default,
  cors: CORS,
  ...eventTypes(),
};

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

/**
 * The complete Markdown of a page. The server's address in it is `http://localhost:8080`.
 * @param inForce the limits of this server; those of the contract when absent.
 */
export function markdownOf({ source, data }: Page, inForce: Readonly<Record<string, number>> = LIMITS): string {
  const text = read(source);
  return source.startsWith('pages/')
    ? environment.renderString(text, { ...ofContract, limits: inForce, ...data })
    : text;
}

export interface Rendered {
  title: string;
  html: string;
  /** In the order of the page; the first is its title. */
  headings: Heading[];
  /** The headings of the second level, for the table of contents. */
  sections: Heading[];
}

export function rendered(page: Page, inForce?: Readonly<Record<string, number>>): Rendered {
  const { html, headings } = renderMarkdown(markdownOf(page, inForce));
  const title = headings[0]?.html.replace(/<[^>]+>/g, '') ?? page.name;
  return { title, html, headings, sections: headings.filter(({ depth }) => depth === 2) };
}
