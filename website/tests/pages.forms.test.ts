// Field errors: announced when they appear, and the accessible description of the field when it gets the focus.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { chromiumIsMissing, siteWithVisitors } from './pages_fixture.ts';

const skip = chromiumIsMissing;
const site = siteWithVisitors();

interface AXNode {
  ignored: boolean;
  role?: { value: string };
  name?: { value: string };
  description?: { value: string };
  properties?: { name: string; value: { value: unknown } }[];
}

/** The node of an element in Chromium's accessibility tree. */
async function accessible(page: Page, selector: string): Promise<AXNode> {
  const session = await page.context().newCDPSession(page);
  const { root } = await session.send('DOM.getDocument');
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector });
  const { nodes } = await session.send('Accessibility.getPartialAXTree', { nodeId, fetchRelatives: false });
  await session.detach();
  return nodes[0] as AXNode;
}

for (const [path, button, fields] of [
  ['/login', 'Log in', ['email', 'password']],
  ['/register', 'Create account', ['email', 'username', 'password']],
  ['/rooms', 'Open room', ['name']],
] as const) {
  test(`field errors of ${path} are announced when they appear`, { skip }, async () => {
    const page = await (path === '/rooms' ? site.visitors.enter(site.ann, path) : site.visitors.visit());
    await page.goto(path);
    for (const field of fields) {
      const { ignored, role, properties } = await accessible(page, `#${field}-error`);
      assert.equal(ignored, false, 'the empty element is in the accessibility tree');
      assert.equal(role?.value, 'alert');
      assert.equal(properties?.find(({ name }) => name === 'live')?.value.value, 'assertive');
    }
    await page.getByRole('button', { name: button }).click();
    await page.locator(`#${fields[0]}:focus`).waitFor();
    for (const field of fields) {
      assert.equal(
        await page
          .getByRole('alert')
          .and(page.locator(`#${field}-error`))
          .textContent(),
        'This field is required.',
      );
      assert.match((await accessible(page, `#${field}`)).description?.value ?? '', /This field is required\.$/);
    }
  });
}
