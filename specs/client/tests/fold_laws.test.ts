// Property tests of the fold on random logs: it equals the history, from any starting page and for any interleaving of
// pages and events. A failure message contains the seed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { applyEvent, applyEvents, type MessagePage, mergePage, type Timeline } from '../index.ts';
import { type AnyEvent, type Chance, chanceOf, eventsAt, frozen, messagesAt, randomLog } from './room_log.ts';

const SEEDS = Array.from({ length: 100 }, (_, n) => n + 1);

/** In every tenth log, more users react to one message than a reaction names. */
function logOf(seed: number): { log: AnyEvent[]; chance: Chance } {
  const chance = chanceOf(seed);
  const log = seed % 10 === 0 ? randomLog(chance, 600, 200, 1) : randomLog(chance, 60, 4, 60);
  return { log: frozen(log), chance };
}

/** A random run of consecutive messages, as listMessages returns it at `moment`. */
function pageAt(log: AnyEvent[], moment: number, chance: Chance): Pick<MessagePage, 'messages'> {
  const all = messagesAt(log, moment);
  const from = chance(all.length + 1);
  return frozen({ messages: all.slice(from, from + 1 + chance(all.length)) });
}

test('the random logs contain deletions, withdrawn texts, and reactions with more users than are named', () => {
  const logs = SEEDS.map((seed) => logOf(seed).log);
  const messages = logs.flatMap((log) => messagesAt(log, log.length));
  const entries = messages.flatMap(({ reactions = [] }) => reactions);
  assert.ok(messages.filter(({ deletedAt }) => deletedAt).length > 30);
  assert.ok(logs.flatMap((log) => eventsAt(log, log.length)).filter((event) => 'supersededBy' in event).length > 300);
  assert.ok(entries.filter(({ count, usernames }) => count > usernames.length).length > 3);
});

test('the fold of the whole log, in one call or event by event, equals the history', () => {
  for (const seed of SEEDS) {
    const { log } = logOf(seed);
    const expected = messagesAt(log, log.length);
    const events = frozen(eventsAt(log, log.length));
    assert.deepEqual(applyEvents([], events), expected, `seed ${seed}`);
    assert.deepEqual(events.reduce(applyEvent, [] as Timeline), expected, `seed ${seed}`);
  }
});

test('a page of any moment plus the events after it equals the history, with and without withdrawn texts', () => {
  for (const seed of SEEDS) {
    const { log, chance } = logOf(seed);
    const expected = messagesAt(log, log.length);
    for (let n = 0; n < 6; n++) {
      const moment = chance(log.length + 1);
      const page = frozen(messagesAt(log, moment));
      for (const events of [log, frozen(eventsAt(log, log.length))]) {
        assert.deepEqual(applyEvents(page, events.slice(moment)), expected, `seed ${seed}, page at ${moment}`);
        // Events that the page already includes, in part or all, change nothing.
        const again = applyEvents(page, events.slice(chance(moment + 1)));
        assert.deepEqual(again, expected, `seed ${seed}, page at ${moment}, events again`);
      }
    }
  }
});

test('merging pages of different moments gives the same timeline in any order', () => {
  for (const seed of SEEDS) {
    const { log, chance } = logOf(seed);
    const pages = Array.from({ length: 5 }, () => pageAt(log, chance(log.length + 1), chance));
    const mixed = pages.reduce((timeline, page) => mergePage(timeline, page), [] as Timeline);
    for (let n = 0; n < 10; n++) {
      const shuffled = pages.map((page) => ({ page, at: chance(1_000) })).sort((a, b) => a.at - b.at);
      const other = shuffled.reduce((timeline, { page }) => mergePage(timeline, page), [] as Timeline);
      assert.deepEqual(other, mixed, `seed ${seed}`);
    }
  }
});

/**
 * A client that receives the log while it requests pages, and the timeline that it must end with. The server is ahead
 * by a random number of events; each page is read at a random time in flight. `since`: whether mergePage gets the
 * events received meanwhile.
 */
function live(seed: number, since: boolean): { shown: Timeline; expected: Timeline } {
  const { log, chance } = logOf(seed);
  let heard = chance(log.length);
  let stored = heard;
  let timeline: Timeline = [];
  const begin = heard;
  const loaded = new Set<string>();
  const asked: { since: AnyEvent[]; page?: Pick<MessagePage, 'messages'> }[] = [];
  while (heard < log.length || asked.length > 0) {
    const what = chance(6);
    const request = asked[chance(asked.length)];
    if (what === 0 && heard < log.length) asked.push({ since: [] });
    else if (what === 1 && request && !request.page) request.page = pageAt(log, stored, chance);
    else if (what === 2 && request?.page) {
      asked.splice(asked.indexOf(request), 1);
      for (const { id } of request.page.messages) loaded.add(id);
      timeline = frozen(mergePage(timeline, request.page, since ? request.since : []));
    } else if (what === 3 && stored < log.length) stored += 1;
    else if (heard < stored) {
      const event = eventsAt(log, stored)[heard]!;
      heard += 1;
      timeline = frozen(applyEvent(timeline, event));
      for (const { since } of asked) since.push(event);
    }
  }
  const all = messagesAt(log, log.length);
  return { shown: timeline, expected: all.filter(({ id, seq }) => seq > begin || loaded.has(id)) };
}

test('a client that receives events while pages are in flight ends with the history', () => {
  const small = SEEDS.filter((seed) => seed % 10 !== 0);
  for (const seed of small) {
    const { shown, expected } = live(seed, true);
    assert.deepEqual(shown, expected, `seed ${seed}`);
  }
  const without = small.map((seed) => live(seed, false));
  const wrong = without.filter(({ shown, expected }) => !isDeepStrictEqual(shown, expected));
  assert.ok(wrong.length > 0, 'the premise: without `since`, events are lost');
});
