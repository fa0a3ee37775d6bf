// The list of the documentation pages in the order of the sidebar: the guides, and one page for each operation, object
// and frame of the contract. Does not render them.
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { frameParts } from './frames.ts';
import { httpReference } from './reference.ts';
import { problems } from './tables.ts';

export interface Page {
  path: string;
  /** The name in the sidebar. */
  name: string;
  /** The path of its Markdown, relative to this file. */
  source: string;
  /** One sentence about it. Absent: the first one of its text. */
  about?: string;
  /** What its Markdown is rendered with, besides the data of every page. */
  data?: Record<string, unknown>;
}

/** An entry of the sidebar. Entries `below` fold into it. */
export interface Entry {
  name: string;
  path?: string;
  below?: Entry[];
}

const page = (path: string, name: string, source: string): Page => ({ path: `/docs${path}`, name, source });

const GUIDES: Page[] = [
  page('', 'Get started', 'pages/index.md'),
  page('/quickstart', 'A complete bot', 'pages/quickstart.md'),
  page('/send', 'Send and be sure', 'pages/send.md'),
  page('/resume', 'Resume', 'pages/resume.md'),
  page('/reconnect', 'Reconnect', 'pages/reconnect.md'),
  page('/log', 'The log of a room', 'pages/log.md'),
  page('/fold', 'Messages are a fold', 'pages/fold.md'),
  page('/edit', 'Edit, delete, react', 'pages/edit.md'),
  page('/pagination', 'Pagination', 'pages/pagination.md'),
  page('/browsers', 'Browser pages and CORS', 'pages/browsers.md'),
  page('/accounts', 'Accounts', 'pages/accounts.md'),
  page('/versions', 'Versions and deprecation', 'pages/versions.md'),
  page('/sdk', 'JavaScript client', '../../../specs/client/README.md'),
  page('/generate', 'Generate a client', 'pages/generate.md'),
];
const { groups, objects } = httpReference();
const OPERATIONS = groups.map(({ name, operations }) => ({
  name,
  pages: operations.map((op) => ({
    ...page(`/http/${op.id}`, op.id, 'pages/operation.md'),
    about: op.summary,
    data: { op },
  })),
}));
const HTTP: Page[] = [
  page('/http', 'HTTP reference', 'pages/http.md'),
  page('/http/try', 'Try it out', 'pages/try.md'),
  page('/http/errors', 'Errors', 'pages/errors.md'),
];
const OBJECTS: Page[] = [
  page('/http/objects', 'All objects', 'pages/objects.md'),
  ...objects.map((object) => ({
    ...page(`/http/objects/${object.name}`, object.name, 'pages/object.md'),
    about: object.description ?? '',
    data: { object },
  })),
];
const FRAMES = frameParts().map(({ title, frames }) => ({
  name: title,
  pages: frames.map((frame) => ({
    ...page(`/socket/${frame.type}`, frame.type, 'pages/frame.md'),
    about: frame.summary,
    data: { frame },
  })),
}));
const SOCKET: Page[] = [
  page('/socket', 'Socket reference', 'pages/socket.md'),
  page('/socket/transcripts', 'Transcripts', 'pages/transcripts.md'),
];
const PROBLEM_CODES = page('/problems', 'Problem codes', 'pages/problems.md');
const CLOSINGS = page('/close-codes', 'Close codes', 'pages/close-codes.md');
const TABLES: Page[] = [
  page('/limits', 'Limits', 'pages/limits.md'),
  page('/changelog', 'Changelog', '../../../specs/CHANGELOG.md'),
];

export const PAGES: readonly Page[] = [
  ...GUIDES,
  ...HTTP,
  ...OPERATIONS.flatMap(({ pages }) => pages),
  ...OBJECTS,
  ...SOCKET,
  ...FRAMES.flatMap(({ pages }) => pages),
  ...[PROBLEM_CODES, CLOSINGS, ...TABLES],
];

const codes = ({ name, path }: Page, all: string[]): Entry => ({
  name,
  below: [{ name: 'All', path }, ...all.map((code) => ({ name: code, path: `${path}#${code}` }))],
});

/** The sidebar: groups of entries. */
export const SIDEBAR: readonly { name: string; entries: Entry[] }[] = [
  { name: 'Guides', entries: GUIDES },
  {
    name: 'HTTP',
    entries: [
      ...HTTP,
      ...OPERATIONS.map(({ name, pages }) => ({ name, below: pages })),
      { name: 'objects', below: OBJECTS },
    ],
  },
  { name: 'Socket', entries: [...SOCKET, ...FRAMES.map(({ name, pages }) => ({ name, below: pages }))] },
  {
    name: 'Codes and limits',
    entries: [codes(PROBLEM_CODES, Object.keys(problems())), codes(CLOSINGS, Object.keys(CLOSE_CODES)), ...TABLES],
  },
];
