// Attacks by pages of other origins in a real browser with a logged-in user: with the session cookie, sockets, frames.
// One origin is another site. The other is the same site on another port, where the browser sends the cookie despite
// SameSite.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { leaveUnheard } from '../../tests/wiretap.ts';
import { eventually, sqlFor } from './fixture.ts';
import { chromiumIsMissing, live, PLAIN_HOST, roomPath, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors();
const chat = () => site.stack.url;

let server: Server;
let port: number;
before(async () => {
  server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>elsewhere</title><p>elsewhere</p>');
  });
  leaveUnheard(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

const ORIGINS = {
  'another site': () => `http://${PLAIN_HOST}:${port}`,
  'the same site, another origin': () => `http://127.0.0.1:${port}`,
} as const;

/** A page of the other origin in the browser of a logged-in user. */
async function lured(origin: () => string): Promise<{ own: Page; foreign: Page }> {
  const own = await site.visitors.enter(site.ann, '/rooms');
  const foreign = await own.context().newPage();
  await foreign.goto(origin());
  return { own, foreign };
}

const requests = (method: string, path: string) =>
  site.stack.lines.filter((line) => line.msg === 'request' && line.method === method && line.path === path);

for (const [where, origin] of Object.entries(ORIGINS)) {
  test(`from ${where}: no request with the cookie changes anything, and no answer can be read`, { skip }, async (t) => {
    const { own, foreign } = await lured(origin);
    const sql = await sqlFor(t, site.stack.databaseUrl);
    const state = async () => {
      const counts =
        '(select count(*) from chat_rooms) rooms, (select count(*) from sessions where ended_at is null) alive';
      return (await sql.query(`select ${counts}, (select md5(string_agg(u::text, '')) from users u) users`)).rows;
    };
    const before = await state();
    site.stack.lines.length = 0;
    const outcomes = await foreign.evaluate(async (url) => {
      const outcome = (answer: Promise<Response>) =>
        answer.then(
          (read) => `${read.type} ${read.status}`,
          (error: Error) => error.name,
        );
      const json = { 'content-type': 'application/json' };
      const body = JSON.stringify({ name: 'Room of a stranger' });
      const credentials = 'include';
      return {
        simple: await outcome(fetch(`${url}/api/rooms`, { method: 'POST', mode: 'no-cors', credentials, body })),
        json: await outcome(fetch(`${url}/api/rooms`, { method: 'POST', credentials, headers: json, body })),
        logOut: await outcome(fetch(`${url}/api/session`, { method: 'DELETE', credentials })),
        read: await outcome(fetch(`${url}/api/session`, { credentials })),
        page: await outcome(fetch(`${url}/rooms`, { credentials })),
        image: await new Promise<string>((resolve) => {
          const image = new Image();
          image.onload = () => resolve('loaded');
          image.onerror = () => resolve('failed');
          image.src = `${url}/assets/icon.svg`;
        }),
        script: await new Promise<string>((resolve) => {
          const script = document.createElement('script');
          script.onload = () => resolve('loaded');
          script.onerror = () => resolve('failed');
          script.src = `${url}/api/session`;
          document.body.append(script);
        }),
      };
    }, chat());
    assert.deepEqual(outcomes, {
      simple: 'TypeError',
      json: 'TypeError',
      logOut: 'TypeError',
      read: 'TypeError',
      page: 'TypeError',
      image: 'failed',
      script: 'failed',
    });
    assert.deepEqual(
      requests('POST', '/api/rooms').map(({ status }) => status),
      [403],
      'the simple request arrived, and was refused',
    );
    assert.equal(requests('DELETE', '/api/session').length, 0, 'the preflight was refused');
    assert.deepEqual(await state(), before);
    await own.reload();
    assert.equal(new URL(own.url()).pathname, '/rooms', 'still logged in');
  });

  test(`from ${where}: no form logs a user in (login CSRF)`, { skip }, async () => {
    const { own, foreign } = await lured(origin);
    const cookies = async () => JSON.stringify(await own.context().cookies(chat()));
    const before = await cookies();
    const answered = foreign.waitForResponse(`${chat()}/api/session`);
    const { email } = site.bob;
    await foreign.evaluate(
      ([url, start]) => {
        const form = document.createElement('form');
        Object.assign(form, { method: 'post', action: `${url}/api/session`, enctype: 'text/plain' });
        const field = document.createElement('input');
        Object.assign(field, { name: start, value: '"}' });
        form.append(field);
        document.body.append(form);
        form.submit();
      },
      [chat(), `{"email":"${email}","password":"a long enough password","x":"`] as const,
    );
    const answer = await answered;
    assert.equal(answer.status(), 403);
    assert.equal(await answer.headerValue('set-cookie'), null);
    assert.equal(await cookies(), before);
  });

  test(`from ${where}: no socket is opened, even with a valid room token`, { skip }, async () => {
    const { foreign } = await lured(origin);
    const room = await site.ann.createRoom();
    const token = await site.ann.roomToken(room.name);
    const url = `${chat().replace('http', 'ws')}/ws/${encodeURIComponent(room.name)}`;
    const open = (page: Page) =>
      page.evaluate(
        ([address, bearer]) =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(address, ['chat.v1', `bearer.${bearer}`]);
            socket.onopen = () => resolve('open');
            socket.onerror = () => resolve('failed');
          }),
        [url, token] as const,
      );
    const own = await site.visitors.visit();
    await own.goto('/login');
    assert.equal(await open(own), 'open', 'precondition: it opens from the own origin');
    site.stack.lines.length = 0;
    assert.equal(await open(foreign), 'failed');
    await eventually(() => site.stack.lines.some(({ code }) => code === 'bad_origin'));
    assert.ok(!site.stack.lines.some(({ msg }) => msg === 'socket opened'));
  });

  test(`from ${where}: no page is shown in a frame, and an opener has no access to the window that it opens`, {
    skip,
  }, async () => {
    const { foreign } = await lured(origin);
    for (const path of ['/rooms', '/login', '/account', '/docs', '/api/session', '/nowhere']) {
      await foreign.evaluate((url) => {
        const frame = document.createElement('iframe');
        frame.src = url;
        document.body.replaceChildren(frame);
      }, chat() + path);
      const shown = () => foreign.mainFrame().childFrames().at(-1)?.url();
      await eventually(() => shown() === 'chrome-error://chromewebdata/');
    }
    const opened = foreign.context().waitForEvent('page');
    await foreign.evaluate((url) => {
      Object.assign(globalThis, { other: open(url) });
    }, `${chat()}/rooms`);
    await (await opened).waitForURL('**/rooms');
    await eventually(() => foreign.evaluate(() => (globalThis as unknown as { other: Window }).other.closed));
  });
}

test('after logging out, going back in the browser shows no page of the session', { skip }, async () => {
  const room = await site.ann.createRoom();
  const page = await site.visitors.enter(site.ann, roomPath(room.name));
  await live(page);
  await page.goto('/account');
  await page.goto('/rooms');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL((url) => url.pathname === '/' || url.pathname === '/login');
  for (let steps = 0; steps < 3; steps += 1) {
    await page.goBack().catch(() => undefined);
    await page.waitForLoadState();
    assert.match(new URL(page.url()).pathname, /^\/(login)?$/);
    assert.ok(!(await page.content()).includes(site.ann.email));
  }
});
