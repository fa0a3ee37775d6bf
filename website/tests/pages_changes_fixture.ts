// Shared by the tests of message changes: locators of the composer, editor and messages, and sending over HTTP.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import type { Json, Person } from '../../tests/people.ts';
import { enterNewRoom, live, roomPath, type Site } from './pages_fixture.ts';

export const composer = (page: Page): Locator => page.getByLabel('Message', { exact: true });
export const editor = (page: Page): Locator => page.getByLabel('Edit the message');
export const message = (page: Page, text: string): Locator => page.locator('.message', { hasText: text });
export const announced = (page: Page, text: string): Promise<void> =>
  page.locator('[data-announcer]', { hasText: text }).waitFor({ state: 'attached' });

/** Sends a message over HTTP. @returns its path and the message. */
export async function post(who: Person, room: string, content: string): Promise<{ path: string; message: Json }> {
  const at = `/api${roomPath(room)}/messages`;
  const { status, body } = await who.call('POST', at, { id: randomUUID(), content });
  assert.equal(status, 201);
  return { path: `${at}/${body.id}`, message: body };
}

/** Two pages in a new room of ann's: hers and bob's. */
export async function together(site: Site): Promise<{ a: Page; b: Page; name: string }> {
  const { page: a, room } = await enterNewRoom(site.visitors, site.ann);
  const b = await site.visitors.enter(site.bob, roomPath(room.name));
  await live(b);
  return { a, b, name: room.name };
}
