// The rules of reconnecting are the same in the guides, the contract and the SDK: the formulas of both backoffs, and after
// which close codes and statuses a client uses the longer one.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import asyncapi from '@parlance/specs/asyncapi.json' with { type: 'json' };
import { CLOSE_CODES } from '@parlance/specs/close_codes.ts';
import { LONGER, NORMAL } from '../../specs/client/backoff.ts';

const PAGES = join(import.meta.dirname, '../../website/app/docs/pages');
const guides = readdirSync(PAGES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => readFileSync(join(PAGES, name), 'utf8'));
const handshake = Object.entries(asyncapi.channels.room['x-handshake']);

test('the guides state the formulas of the SDK', () => {
  const stated = guides.flatMap((text) =>
    Array.from(
      text.matchAll(/`min\((\S+) s, (\S+) s · 2ⁿ\)`,?\s+the\s+\*\*((?:longer )?backoff)\*\*/g),
      ([, cap, base, name]) => ({
        name,
        baseMs: Number(base) * 1_000,
        capMs: Number(cap) * 1_000,
      }),
    ),
  );
  assert.deepEqual(stated, [
    { name: 'backoff', ...NORMAL },
    { name: 'longer backoff', ...LONGER },
  ]);
  const formulas = guides.flatMap((text) => text.match(/2ⁿ/g) ?? []);
  assert.equal(formulas.length, stated.length, 'no formula is stated twice');
});

test('the guides name the close codes and statuses with the longer backoff', () => {
  const longer = Object.entries(CLOSE_CODES).filter(([, row]) => 'backoff' in row && row.backoff === 'longer');
  const codes = guides.flatMap((text) => Array.from(text.matchAll(/`longer`\s+\(([\d, ]+)\)/g), ([, list]) => list!));
  assert.deepEqual(codes, [longer.map(([code]) => code).join(', ')]);
  const statuses = handshake.filter(([, { client }]) => client.includes('longer backoff')).map(([status]) => status);
  const named = guides.flatMap((text) =>
    Array.from(text.matchAll(/an\s+upgrade\s+refused\s+with\s+(\d+)\s+or\s+(\d+)/g), ([, ...two]) => two),
  );
  assert.ok(named.length > 0);
  for (const two of named) assert.deepEqual(two, statuses);
});

test('a status of the handshake and its close code have the same backoff', () => {
  for (const [status, row] of handshake) {
    if (!('closeCode' in row)) continue;
    const closed = CLOSE_CODES[row.closeCode as keyof typeof CLOSE_CODES];
    assert.equal('backoff' in closed && closed.backoff === 'longer', row.client.includes('longer backoff'), status);
  }
});

test('the advice of a close code names its backoff', () => {
  for (const [code, { advice, ...row }] of Object.entries(CLOSE_CODES)) {
    const backoff = 'backoff' in row ? row.backoff : undefined;
    const stated = /with (the longer )?backoff/.exec(advice);
    assert.equal(stated ? (stated[1] ? 'longer' : 'normal') : undefined, backoff, code);
  }
});
