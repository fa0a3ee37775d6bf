// Every link in the documents works: pages, downloads and files answer 200, fragments exist, and links to other sites are
// in a short list.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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

test('the first page links to every page', async () => {
  const { links } = await look('/docs');
  for (const { path } of PAGES) assert.ok(links.includes(path), path);
});
