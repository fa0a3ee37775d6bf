// A real Chromium for the tests of the pages. A file fails if a page throws or violates its content security policy.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before } from 'node:test';
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
  type WebSocketRoute,
} from 'playwright-core';
import { PASSWORD, type Person, person, type Socket } from '../../tests/people.ts';
import { startTestStack, type TestStack } from '../../tests/stack.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why these tests are skipped. In CI they never are. */
export const chromiumIsMissing = process.env.CI || existsSync(CHROMIUM) ? false : `${CHROMIUM} is not there`;

/** A host whose pages are not a secure context, unlike 127.0.0.1: APIs that need one are missing there. */
export const PLAIN_HOST = 'plain.test';

export interface Visitors {
  /** A new page in a new browser profile, not logged in. */
  visit(options?: BrowserContextOptions): Promise<Page>;
  /** Logs in through the login page, which leads to `path`. */
  enter(who: Person, path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Closes the browser. Fails if a page threw or violated its content security policy. */
  leave(): Promise<void>;
}

/** The text in the clipboard. The site's pages may not read it, so it is pasted into another page. */
export async function clipboardOf(page: Page): Promise<string> {
  const elsewhere = await page.context().newPage();
  await elsewhere.setContent('<textarea></textarea>');
  const field = elsewhere.locator('textarea');
  await field.focus();
  await elsewhere.keyboard.press('ControlOrMeta+V');
  const text = await field.inputValue();
  await elsewhere.close();
  return text;
}

/** Opens a browser on the site at `url`. */
export async function openVisitors(url: string): Promise<Visitors> {
  const args = ['--no-sandbox', `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`];
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args });
  const faults: string[] = [];
  const visit = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ baseURL: url, locale: 'en-GB', reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(20_000);
    context.on('weberror', (event) => faults.push(String(event.error().stack)));
    context.on('console', (message) => {
      // The site has no frames. A page of another origin that frames the site gets this message, as it should.
      if (/^(?!Framing ).*Content Security Policy/s.test(message.text())) faults.push(message.text());
    });
    return await context.newPage();
  };
  return {
    visit,
    enter: async (who, path, options) => {
      const page = await visit(options);
      await page.goto(path);
      await page.getByLabel('Email').fill(who.email);
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.keyboard.press('Enter');
      await page.waitForURL(path);
      return page;
    },
    leave: async () => {
      await browser.close();
      assert.deepEqual(faults, []);
    },
  };
}

export interface Site {
  stack: TestStack;
  visitors: Visitors;
  ann: Person;
  bob: Person;
}

/**
 * A stack, a browser and two users for the tests of a file. Empty without Chromium. `prepare` runs before the tests.
 */
export function siteWithVisitors(
  environment: Record<string, string> = {},
  prepare: (site: Site) => Promise<void> = async () => undefined,
): Site {
  const site = {} as Site;
  before(async () => {
    if (chromiumIsMissing) return;
    site.stack = await startTestStack({ ALLOWED_HOSTS: PLAIN_HOST, ...environment });
    site.visitors = await openVisitors(site.stack.url);
    [site.ann, site.bob] = await Promise.all([person(site.stack.url), person(site.stack.url)]);
    await prepare(site);
  });
  after(async () => {
    try {
      await site.visitors?.leave();
    } finally {
      await site.stack?.stop(); // also after a failure, or the process would not end
    }
  });
  return site;
}

export const roomPath = (name: string): string => `/rooms/${encodeURIComponent(name)}`;

/** Resolves once the room on the page is live. */
export const live = (page: Page): Promise<void> => page.locator('[data-live]').waitFor();

/** Writes a message and sends it with Enter. */
export async function say(page: Page, content: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(content);
  await page.keyboard.press('Enter');
}

/** Resolves once the last stored message on the page is this one. */
export async function lastMessage(page: Page, content: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => [...document.querySelectorAll('[data-messages] .bubble')].at(-1)?.textContent === wanted,
    content,
  );
}

/** The text of every stored message on the page, from top to bottom. */
export const messages = (page: Page): Promise<string[]> => page.locator('[data-messages] .bubble').allTextContents();

/** Every stored message as shown: author (always `somebody`), time, text or tombstone, and reactions. */
export const shown = (page: Page): Promise<string[]> =>
  page.locator('[data-messages] .message').evaluateAll((items) =>
    items.map((item) => {
      const parts = item.querySelectorAll('.name, .visually-hidden, time, .bubble, .tombstone, .chip');
      const words = (part: Element) => (part.matches('.name, .visually-hidden') ? 'somebody' : part.textContent);
      return [...parts].map(words).join(' | ');
    }),
  );

/** Chooses an entry of the menu of the message with this text. */
export async function act(page: Page, text: string, entry: string): Promise<void> {
  const item = page.locator('.message', { hasText: text });
  await item.hover();
  await item.getByRole('button', { name: 'Actions', exact: true }).click();
  await page.getByRole('dialog', { name: 'Actions' }).getByRole('button', { name: entry, exact: true }).click();
}

/** Creates a room of `who` and opens it in the browser, live. */
export async function enterNewRoom(
  visitors: Visitors,
  who: Person,
): Promise<{ page: Page; room: { name: string; id: string } }> {
  const room = await who.createRoom();
  const page = await visitors.enter(who, roomPath(room.name));
  await live(page);
  return { page, room };
}

/** Sends all contents to a room as `who`. @returns the socket, which is still joined. */
export async function fill(who: Person, room: string, contents: string[]): Promise<Socket> {
  const socket = await who.join(room);
  for (const [index, content] of contents.entries()) {
    socket.say(content);
    const isLast = index === contents.length - 1;
    if (isLast || index % 50 === 49) await socket.next('message.created', (frame) => frame.seq === index + 1);
  }
  return socket;
}

/** 'message 1', 'message 2', … */
export const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `message ${index + 1}`);

/** The messages on the page that are not stored yet. */
export const unsent = (page: Page): Locator => page.locator('[data-unsent] li');

export interface Cable {
  /** Closes the page's sockets and all new ones. */
  cut(): Promise<void>;
  /** Allows sockets again, and makes the page reconnect at once. */
  mend(): Promise<void>;
}

/**
 * Proxies the sockets of the page, which it reloads. `fromServer` and `fromPage` return the frame to pass on, or
 * undefined to drop it. `fromPage` may also answer the page itself.
 */
export async function cable(
  page: Page,
  options: {
    fromServer?(frame: string): string | undefined;
    fromPage?(frame: string, answer: (frame: object) => void): string | undefined;
  } = {},
): Promise<Cable> {
  const { fromServer = (frame) => frame, fromPage = (frame) => frame } = options;
  let broken = false;
  let last: WebSocketRoute | undefined;
  await page.routeWebSocket(/\/ws\//, (browser) => {
    if (broken) return void browser.close({ code: 1012 });
    last = browser;
    const server = browser.connectToServer();
    server.onMessage((frame) => {
      const passed = fromServer(String(frame));
      if (passed !== undefined) browser.send(passed);
    });
    browser.onMessage((frame) => {
      const passed = fromPage(String(frame), (answer) => browser.send(JSON.stringify(answer)));
      if (passed !== undefined) server.send(passed);
    });
  });
  await page.reload();
  await live(page);
  return {
    cut: async () => {
      broken = true;
      await last!.close({ code: 1012 });
    },
    mend: async () => {
      broken = false;
      await page.evaluate(() => setInterval(() => dispatchEvent(new Event('online')), 50));
    },
  };
}
