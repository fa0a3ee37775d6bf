// getLimits returns the limits in force on this server, without a session.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsInForce } from '@parlance/service/limits_in_force.ts';
import { readSettings } from '@parlance/service/settings.ts';
import { LIMIT_NOTES, LIMITS } from '@parlance/specs/limits.ts';
import openapi from '@parlance/specs/openapi.json' with { type: 'json' };
import { START_SETTINGS } from '../../start.ts';
import { call } from '../../tests/people.ts';
import { limits as published } from '../app/docs/tables.ts';
import { startTestWebsite } from './fixture.ts';

const settingsOf = (environment: Record<string, string> = {}) => readSettings(environment, START_SETTINGS);

test('without settings the limits in force equal those of the contract, its example and the documentation', () => {
  const inForce = limitsInForce(settingsOf());
  assert.deepEqual(inForce, LIMITS);
  assert.deepEqual(openapi.components.schemas.Limits.examples, [LIMITS]);
  assert.deepEqual(Object.keys(openapi.components.schemas.Limits.properties), Object.keys(LIMITS));
  assert.deepEqual(Object.fromEntries(Object.entries(published()).map(([name, { value }]) => [name, value])), LIMITS);
});

test('each setting of a limit changes the limits that name it, and no others', () => {
  const notes = Object.entries(LIMIT_NOTES) as [keyof typeof LIMITS, { setting?: keyof typeof START_SETTINGS }][];
  const settings = new Set(notes.flatMap(([, { setting }]) => setting ?? []));
  assert.ok(settings.size >= 8);
  for (const setting of settings) {
    const inForce = limitsInForce(settingsOf({ [setting]: '77777' }));
    const changed = notes.filter(([name]) => inForce[name] !== LIMITS[name]).map(([name]) => name);
    const named = notes.filter(([, note]) => note.setting === setting).map(([name]) => name);
    assert.deepEqual(changed, named, setting);
  }
});

test('the limits in force are readable without a session', async (t) => {
  const site = await startTestWebsite({
    MESSAGES_PER_10S: '30',
    SOCKETS_PER_USER: '3',
    LOGINS_PER_10MIN: '7',
    REGISTRATIONS_PER_HOUR: '11',
    REQUESTS_PER_USER_PER_10S: '500',
    ROOMS_PER_DAY: '2',
  });
  t.after(() => site.stop());
  const { status, body } = await call(site.url, 'GET', '/api/limits');
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), Object.keys(LIMITS));
  const { messagesPer10s, framesPer10s, socketsPerUser, socketsPerAddress, loginsPer10Min, loginsPerDay } = body;
  assert.deepEqual([messagesPer10s, framesPer10s, socketsPerUser, socketsPerAddress], [30, 300, 3, 256]);
  const { loginsPerAddressPer10Min, registrationsPerHour, requestsPerUserPer10s, roomsPerDay, contentMax } = body;
  assert.deepEqual([loginsPer10Min, loginsPerDay, loginsPerAddressPer10Min], [7, 35, 70]);
  assert.deepEqual([registrationsPerHour, requestsPerUserPer10s, roomsPerDay, contentMax], [11, 500, 2, 4_000]);
});
