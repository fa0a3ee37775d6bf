// The list of the documentation pages, and how their sources become Markdown and then HTML. Numbers, codes and examples
// come from the contract; the tests run the examples of the same Markdown.
import { readFileSync } from 'node:fs';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { LIMIT_NOTES, LIMITS } from '@parlance/specs/limits.ts';
import { PROBLEMS, SOCKET_ERRORS } from '@parlance/specs/problems.ts';
import nunjucks from 'nunjucks';
import { eventTypes, framesReference } from './frames.ts';
import { type Heading, renderMarkdown } from './markdown.ts';
import { httpReference } from './reference.ts';

export interface Page {
  path: string;
  /** The name in the navigation. */
  name: string;
  /** The path of its Markdown, relative to this file. */
  source: string;
}

export const PAGES: readonly Page[] = [
  { path: '/docs', name: 'Get started', source: 'pages/index.md' },
  { path: '/docs/quickstart', name: 'A complete bot', source: 'pages/quickstart.md' },
  { path: '/docs/log', name: 'The log of a room', source: 'pages/log.md' },
  { path: '/docs/accounts', name: 'Accounts', source: 'pages/accounts.md' },
  { path: '/docs/http', name: 'HTTP reference', source: 'pages/http.md' },
  { path: '/docs/http/try', name: 'Try it out', source: 'pages/try.md' },
  { path: '/docs/socket', name: 'Socket reference', source: 'pages/socket.md' },
  { path: '/docs/problems', name: 'Problem codes', source: 'pages/problems.md' },
  { path: '/docs/close-codes', name: 'Close codes', source: 'pages/close-codes.md' },
  { path: '/docs/limits', name: 'Limits', source: 'pages/limits.md' },
  { path: '/docs/generate', name: 'Generate a client', source: 'pages/generate.md' },
  { path: '/docs/sdk', name: 'JavaScript client', source: '../../../specs/client/README.md' },
  { path: '/docs/changelog', name: 'Changelog', source: '../../../specs/CHANGELOG.md' },
];

/** Every problem and socket error as published: by code, its HTTP status and whether an error frame can carry it. */
export const problems = () => {
  const codes = { ...PROBLEMS, ...SOCKET_ERRORS };
  return Object.fromEntries(
    Object.entries(codes).map(([code, { title, retry, advice, ...more }]) => [
      code,
      {
        ...(code in PROBLEMS ? { status: PROBLEMS[code as keyof typeof PROBLEMS].status } : {}),
        socket: code in SOCKET_ERRORS,
        title,
        retry,
        ...('stored' in more ? { stored: more.stored } : {}),
        advice,
      },
    ]),
  );
};

/** Every limit as published: value, unit, description. */
export const limits = () =>
  Object.fromEntries(
    Object.entries(LIMITS).map(([name, value]) => [name, { value, ...LIMIT_NOTES[name as keyof typeof LIMITS] }]),
  );

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

/** The complete Markdown of a page. The server's address in it is `http://localhost:8080`. */
export function markdownOf({ source }: Page): string {
  const text = read(source);
  if (!source.startsWith('pages/')) return text;
  const environment = new nunjucks.Environment(null, { autoescape: false, trimBlocks: true, lstripBlocks: true });
  environment.addFilter('n', (number: number) => number.toLocaleString('en'));
  // Text in a table must not end its cell or its row. In descriptions a backslash is literal.
  const cell = (value: unknown) => String(value).replaceAll('|', '\\|').replace(/\s+/g, ' ');
  environment.addFilter('cell', cell);
  environment.addFilter('words', (text: string) => cell(text.replaceAll('\\', '\\\\')));
  return environment.renderString(text, {
    limits: LIMITS,
    limitRows: limits(),
    problems: problems(),
    closeCodes: CLOSE_CODES,
    http: httpReference(),
    room: asyncapi.channels.room,
    frames: framesReference(),
    ...eventTypes(),
  });
}

export interface Rendered {
  title: string;
  html: string;
  /** The headings of the second level, for the table of contents. */
  sections: Heading[];
}

export function rendered(page: Page): Rendered {
  const { html, headings } = renderMarkdown(markdownOf(page));
  const title = headings[0]?.html.replace(/<[^>]+>/g, '') ?? page.name;
  return { title, html, sections: headings.filter(({ depth }) => depth === 2) };
}
