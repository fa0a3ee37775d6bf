import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomJoined } from '../../generated/frames.ts';
import { Cursor } from '../cursor.ts';

const roomId = '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10';
const joined = (more: Partial<RoomJoined>): RoomJoined => ({
  type: 'room.joined',
  roomId,
  room: 'Tea room',
  username: 'ann',
  lastSeq: 41,
  resumed: false,
  members: ['ann'],
  memberCount: 1,
  ...more,
});

test('without a cursor the query is empty, and the stream starts after lastSeq', () => {
  const cursor = new Cursor();
  assert.deepEqual(cursor.query(), {});
  assert.equal(cursor.join(joined({})), true);
  assert.deepEqual(
    [40, 41, 42, 43].map((seq) => cursor.place(seq)),
    ['passed', 'passed', 'next', 'ahead'],
  );
});

test('a reconnect resumes after the last event handled, with the roomId of its room', () => {
  const cursor = new Cursor();
  cursor.join(joined({}));
  cursor.last = 45;
  assert.deepEqual(cursor.query(), { after: '45', roomId });
  assert.equal(cursor.join(joined({ resumed: true, lastSeq: 60 })), true);
  assert.equal(cursor.place(46), 'next');
});

test('a resume that is not possible is a gap, and the stream starts after the new lastSeq', () => {
  const cursor = new Cursor(45, roomId);
  const other = '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e11';
  assert.equal(cursor.join(joined({ roomId: other, lastSeq: 3 })), false);
  assert.deepEqual(cursor.query(), { after: '3', roomId: other });
});

test('a cursor of 0 needs no roomId, any later one does', () => {
  assert.deepEqual(new Cursor(0).query(), { after: '0' });
  assert.throws(() => new Cursor(1), TypeError);
});

test('a message stored before a join without a cursor is handled once, one before a cursor never again', () => {
  const fresh = new Cursor();
  fresh.join(joined({ lastSeq: 41 }));
  assert.deepEqual(
    [41, 41, 42].map((seq) => fresh.handleOld(seq)),
    [true, false, false],
  );
  const resumed = new Cursor(41, roomId);
  resumed.join(joined({ resumed: true }));
  assert.equal(resumed.handleOld(41), false);
});
