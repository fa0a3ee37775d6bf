// A real Chromium for the tests of the pages. What a page must never do, it must not do in any of them: throw, or be
// stopped by the content security policy.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { PASSWORD, type Person } from '../../tests/people.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why these tests cannot run here; never a reason in CI. */
export const chromiumIsMissing = process.env.CI || existsSync(CHROMIUM) ? false : `${CHROMIUM} is not there`;

export interface Visitors {
  /** A page of somebody new to the site, in a browser profile of its own. */
  visit(options?: BrowserContextOptions): Promise<Page>;
  /** Somebody logged in by the login page, at `path`. */
  enter(who: Person, path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Ends the browser. Fails when a page threw or tried what its policy forbids. */
  leave(): Promise<void>;
}

/** Opens a browser on the site at `url`. */
export async function openVisitors(url: string): Promise<Visitors> {
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const faults: string[] = [];
  const visit = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ baseURL: url, locale: 'en-GB', reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(10_000);
    context.on('weberror', (event) => faults.push(String(event.error().stack)));
    context.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) faults.push(message.text());
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

/** A new room of hers with her in it, live. */
export async function enterNewRoom(
  visitors: Visitors,
  who: Person,
): Promise<{ page: Page; room: { name: string; id: string } }> {
  const room = await who.createRoom();
  const page = await visitors.enter(who, roomPath(room.name));
  await live(page);
  return { page, room };
}

/** The messages on the page that are not stored yet. */
export const unsent = (page: Page): Locator => page.locator('[data-unsent] li');

/** Cuts the page off from tokens, and so from new sockets. */
export const cutOff = (page: Page): Promise<unknown> => page.context().route('**/tokens', (route) => route.abort());

/** Lets it connect again, without the wait that grows with each attempt. */
export async function letBack(page: Page): Promise<void> {
  await page.context().unroute('**/tokens');
  await page.evaluate(() => setInterval(() => dispatchEvent(new Event('online')), 50));
}
