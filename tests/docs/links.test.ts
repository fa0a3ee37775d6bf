// Every link in the documents works: pages, downloads and files answer 200, fragments exist, and links to other sites are
// in a short list.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { LIMITS } from '@parlance/specs/limits.ts';
import contract from '@parlance/specs/openapi.json' with { type: 'json' };
import { PROBLEMS, SOCKET_ERRORS } from '@parlance/specs/problems.ts';
import { PAGES } from '@parlance/website/docs/pages.ts';
import { startTestStack, type TestStack } from '../stack.ts';

const ELSEWHERE = ['https://www.rfc-editor.org/rfc/', 'https://pypi.org/project/websockets/'];

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
});
after(() => stack.stop());

interface Found {
  status: number;
  ids: Set<string>;
  links: string[];
}

const found = new Map<string, Promise<Found>>();

/** Fetches a path once; follows redirects. */
function look(path: string): Promise<Found> {
  const known = found.get(path);
  if (known) return known;
  const looked = fetch(stack.url + path).then(async (answer) => {
    const text = await answer.text();
    const html = answer.headers.get('content-type')?.startsWith('text/html') ? text : '';
    const all = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, value]) => value!.replaceAll('&amp;', '&'));
    return { status: answer.status, ids: new Set(all(/ id="([^"]+)"/g)), links: all(/ (?:href|src)="([^"]+)"/g) };
  });
  found.set(path, looked);
  return looked;
}

/** Why a link on a page is dead; undefined when it is not. */
async function fault(page: string, link: string): Promise<string | undefined> {
  const url = new URL(link, stack.url + page);
  if (url.origin !== stack.url) {
    return ELSEWHERE.some((place) => link.startsWith(place)) ? undefined : `${page}: ${link} leads elsewhere`;
  }
  const { status, ids } = await look(url.pathname + url.search);
  if (status !== 200) return `${page}: ${link} answers ${status}`;
  const fragment = decodeURIComponent(url.hash.slice(1));
  if (fragment === '' || ids.has(fragment)) return undefined;
  const operation = /^\/(\w+)\/(\w+)$/.exec(fragment);
  const known = Object.values(contract.paths).flatMap((item) => Object.values(item));
  if (operation && known.some((one) => one.tags[0] === operation[1] && one.operationId === operation[2]))
    return undefined;
  return `${page}: nothing is at ${link}`;
}

test('no link is dead', async () => {
  const faults: string[] = [];
  let links = 0;
  for (const { path } of PAGES) {
    for (const link of (await look(path)).links) {
      links += 1;
      const said = await fault(path, link);
      if (said) faults.push(said);
    }
  }
  assert.deepEqual(faults, []);
  assert.ok(links > 300, `only ${links} links were found`);
});

test('a dead link is reported', async () => {
  assert.match((await fault('/docs', '/docs/nothing'))!, /answers 404/);
  assert.match((await fault('/docs', '/docs/problems#no_code'))!, /nothing is at/);
  assert.match((await fault('/docs', '/docs/http/try#/rooms/noOperation'))!, /nothing is at/);
  assert.match((await fault('/docs', 'https://example.org/'))!, /leads elsewhere/);
});

test('each problem code, close code and limit has an anchor in the documents', async () => {
  const { ids: codes } = await look('/docs/problems');
  for (const code of Object.keys({ ...PROBLEMS, ...SOCKET_ERRORS })) assert.ok(codes.has(code), code);
  const { ids: closes } = await look('/docs/close-codes');
  for (const code of [1000, 1012, 4000, 4502]) assert.ok(closes.has(String(code)), `${code}`);
  const { ids: names } = await look('/docs/limits');
  for (const name of Object.keys(LIMITS)) assert.ok(names.has(name), name);
});

/** The sections that the long pages of earlier versions had. Programs and bookmarks link to them. */
const FORMER: Record<string, string> = {
  '/docs': `in-five-minutes guarantees g1 g2 g3 g4 g5 g6 g7 g8 g9 writing-a-client send-and-be-sure send-messages-reliably
    stay-within-the-rate-limits resume reconnect log-in-again stay-compatible-with-later-versions privacy contract-files`,
  '/docs/log': `events the-cursor withdrawn-text messages-are-a-fold-of-the-log combine-pages-and-events
    resume-after-being-offline with-the-client without-the-client edit-a-message delete-a-message react-to-a-message
    retry-safely how-the-log-is-tested`,
  '/docs/http': `authentication wrong-passwords rate-limit-per-user cross-origin-requests accounts rooms messages errors
    errors-of-any-request rate-limit-per-address objects NotFound TooManyRequests Unavailable`,
  '/docs/socket': `opening frames transcripts send-a-message report-typing receive-frames send-and-receive retry-a-message
    resume edit-react-and-delete typing-and-presence closing-by-the-server`,
};

test('each former section of a page still has its anchor there', async () => {
  const operations = Object.values(contract.paths).flatMap((item) => Object.values(item).map((one) => one.operationId));
  const frames = ['message.send', 'typing.start', 'room.joined', 'message.created', 'presence.changed', 'error'];
  const also: Record<string, string[]> = {
    '/docs/http': [...operations, 'Message', 'Problem'],
    '/docs/socket': frames,
  };
  for (const [path, names] of Object.entries(FORMER)) {
    const { ids } = await look(path);
    for (const id of [...names.split(/\s+/), ...(also[path] ?? [])]) assert.ok(ids.has(id), `${path}#${id}`);
  }
});

test('each operation and each frame has a page', async () => {
  for (const item of Object.values(contract.paths))
    for (const { operationId } of Object.values(item))
      assert.equal((await look(`/docs/http/${operationId}`)).status, 200, operationId);
  for (const { $ref } of [...asyncapi.operations.deliver.messages, ...asyncapi.operations.sendMessage.messages]) {
    assert.equal((await look(`/docs/socket/${$ref.split('/').at(-1)}`)).status, 200, $ref);
  }
});

test('the first page links to every page', async () => {
  const { links } = await look('/docs');
  for (const { path } of PAGES) assert.ok(links.includes(path), path);
});
