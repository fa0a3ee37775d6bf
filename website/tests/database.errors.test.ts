// Which errors of a connection say that the database cannot be used now.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnavailable } from '@parlance/website/database.ts';

test('a database host that is down, or that no route leads to, is unavailable and not a fault', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN']) {
    assert.equal(isUnavailable(Object.assign(new Error(`connect ${code}`), { code })), true, code);
  }
  assert.equal(isUnavailable(Object.assign(new Error('open'), { code: 'EACCES' })), false);
});
