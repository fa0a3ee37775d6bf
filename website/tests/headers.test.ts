// The headers of every answer of the website, whether it succeeds or fails.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, person } from '../../tests/people.ts';
import { raw, startTestWebsite, type TestWebsite } from './fixture.ts';

let site: TestWebsite;
before(async () => {
  site = await startTestWebsite();
});
after(() => site.stop());

/** Browser features that no page uses. */
const REFUSED = ['camera', 'microphone', 'geolocation', 'display-capture', 'payment', 'usb', 'serial', 'hid', 'midi'];

test('every answer disables the browser features that the pages do not use', async () => {
  const ann = await person(site.url);
  const icon = await call(site.url, 'GET', '/favicon.ico');
  const answers = [
    ...(await Promise.all(
      ['/', '/login', '/docs', '/nowhere', '/api/nowhere'].map((path) => call(site.url, 'GET', path)),
    )),
    await ann.call('GET', '/api/session'),
    await ann.call('DELETE', '/api/session'),
    await call(site.url, 'POST', '/api/rooms', { body: { name: 'x' } }),
    await call(site.url, 'POST', '/api/users', { body: '{' }),
    await call(site.url, 'OPTIONS', '/api/rooms'),
    (await raw(site.url, 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'))!,
    icon,
  ];
  assert.ok(new Set(answers.map(({ status }) => status)).size >= 6, 'precondition: answers with many statuses');
  for (const { status, headers } of answers) {
    const policy = headers.get('permissions-policy');
    assert.ok(policy, `${status} has none`);
    const features = policy.split(', ');
    for (const feature of features) assert.match(feature, /^[a-z-]+=\((self)?\)$/);
    for (const feature of REFUSED) assert.ok(features.includes(`${feature}=()`), feature);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
});
