import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMessageId, newMessageId } from '../message_id.ts';

test('an id has the form that the contract requires, is of version 7, and is unique', () => {
  const ids = Array.from({ length: 10_000 }, newMessageId);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('an id contains its creation time, so that later ids sort later', async () => {
  const before = Date.now();
  const first = newMessageId();
  const made = Number.parseInt(first.slice(0, 13).replace('-', ''), 16);
  assert.ok(made >= before && made <= Date.now(), `${made} lies at ${before}`);
  await sleep(2);
  assert.ok(newMessageId() > first);
});

test('newMessageId works without crypto.randomUUID, which plain http pages do not have', () => {
  const randomUUID = crypto.randomUUID;
  Object.assign(crypto, { randomUUID: undefined });
  try {
    assert.equal(crypto.randomUUID, undefined);
    assert.ok(isMessageId(newMessageId()));
  } finally {
    Object.assign(crypto, { randomUUID });
  }
});

test('isMessageId accepts exactly the ids that the contract allows', async () => {
  const { components } = JSON.parse(await readFile(new URL('../../generated/openapi.json', import.meta.url), 'utf8'));
  const pattern = new RegExp(components.schemas.MessageId.pattern, 'u');
  const id = newMessageId();
  const others = [id.toUpperCase(), `urn:uuid:${id}`, `${id}0`, id.slice(1), `${id}\n`, '', id.replaceAll('-', '')];
  assert.notEqual(id, id.toUpperCase());
  for (const text of [id, ...others]) assert.equal(isMessageId(text), pattern.test(text), JSON.stringify(text));
  assert.deepEqual([id, ...others].filter(isMessageId), [id]);
});
