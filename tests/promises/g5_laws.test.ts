// G3 to G5 after random operations: the frames equal the log, the fold of the log equals the history, and a client that
// resumes at any cursor has the same state. Chat is killed meanwhile. `npm run laws` is the long form.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runLaws } from '../laws/run.ts';
import { testDatabase } from '../stack.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());

test('240 random operations in 4 rooms: every client has the state of the log, from any cursor', async (t) => {
  const seed = Date.now();
  t.diagnostic(`seed ${seed}`);
  const counts = await runLaws(database.url, { operations: 240, seed, rooms: 4 });
  assert.ok(counts.operations >= 240 && counts.kills >= 1, JSON.stringify(counts));
  // Most operations must store an event; each event is a cursor to resume at.
  assert.ok(counts.events > counts.operations / 3 && counts.resumes > counts.events, JSON.stringify(counts));
});
