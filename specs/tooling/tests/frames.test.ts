// The generated validators and types of the socket's frames.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientFrame, ServerFrame } from '@parlance/specs/frames.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import {
  validateClientFrame,
  validateHandshakeQuery,
  validateServerFrame,
  validateStoredEvent,
} from '@parlance/specs/validators.js';

const id = '0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21';
const send = (content: string): unknown => ({ type: 'message.send', id, content });
const created = {
  type: 'message.created',
  id,
  seq: 42,
  roomId: '0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10',
  room: 'Tea room',
  username: 'ann',
  content: 'Is the kettle on?',
  timestamp: '2026-11-21T09:30:00.000Z',
};

test('the length of a message is counted in code points, up to and including the limit', () => {
  assert.ok(validateClientFrame(send('🫖'.repeat(LIMITS.contentMax))));
  assert.ok(!validateClientFrame(send('🫖'.repeat(LIMITS.contentMax + 1))));
  assert.equal(validateClientFrame.errors?.[0]?.instancePath, '/content');
});

test('a message that is blank, or has U+0000 or an unpaired surrogate, is refused', () => {
  assert.ok(validateClientFrame(send('a')), 'an ordinary one passes');
  for (const content of ['', ' \n\t', '\u200b', 'a\u0000', 'a\ud800', '\udc00a']) {
    assert.ok(!validateClientFrame(send(content)), JSON.stringify(content));
  }
});

test('a value that is not a frame is refused without an exception', () => {
  for (const value of [
    null,
    1,
    'typing.start',
    [],
    {},
    { type: 1 },
    { type: 'message.created' },
    { type: '__proto__' },
  ]) {
    assert.ok(!validateClientFrame(value), JSON.stringify(value));
    assert.ok((validateClientFrame.errors?.length ?? 0) > 0);
  }
});

test('the server cannot send a property that the contract does not name', () => {
  assert.ok(validateServerFrame(created), 'the frame is right without it');
  assert.ok(!validateServerFrame({ ...created, email: 'ann@example.org' }));
  assert.deepEqual(validateServerFrame.errors?.[0]?.params, { additionalProperty: 'email' });
});

test('an event whose text can be withdrawn has exactly one of content and supersededBy', () => {
  const { content, ...bare } = created;
  assert.ok(validateServerFrame({ ...bare, content }));
  assert.ok(validateServerFrame({ ...bare, supersededBy: 43 }));
  assert.ok(!validateServerFrame({ ...bare, content, supersededBy: 43 }));
  assert.ok(!validateServerFrame(bare));
});

test('an event of a later type is valid as a log event and invalid as a frame of this version', () => {
  const { id: _, content: __, ...base } = created;
  const later = { ...base, type: 'members.changed', added: ['bob'] };
  assert.ok(validateStoredEvent(later));
  assert.ok(!validateServerFrame(later));
  assert.equal(validateServerFrame.errors?.[0]?.keyword, 'discriminator');
  const { seq: ___, ...unnumbered } = later;
  assert.ok(!validateStoredEvent(unnumbered));
});

test('a timestamp that is not RFC 3339 is refused', () => {
  assert.ok(!validateServerFrame({ ...created, timestamp: 'yesterday' }));
});

test('the query of the upgrade accepts its two parameters and no others', () => {
  assert.ok(validateHandshakeQuery({ after: '42', roomId: id }));
  for (const query of [{ after: '1e3' }, { after: '-1' }, { after: '' }, { roomId: 'x' }, { token: 'x' }]) {
    assert.ok(!validateHandshakeQuery(query), JSON.stringify(query));
  }
});

test('the frames are discriminated unions: the compiler narrows by type and detects a missing case', () => {
  const told = (frame: ServerFrame): number | string | undefined => {
    switch (frame.type) {
      case 'room.joined':
        return frame.lastSeq;
      case 'message.created':
        return frame.content ?? frame.supersededBy;
      case 'message.edited':
        return frame.content ?? frame.supersededBy;
      case 'message.deleted':
        return frame.messageId;
      case 'reaction.added':
      case 'reaction.removed':
        return frame.emoji;
      case 'presence.changed':
        return frame.memberCount;
      case 'typing.changed':
        return frame.usernames.length;
      case 'room.deleted':
        return frame.type;
      case 'error':
        return frame.code;
      default:
        return frame satisfies never;
    }
  };
  const asked = (frame: ClientFrame): string => (frame.type === 'message.send' ? frame.content : frame.type);
  assert.equal(validateServerFrame(created) && told(created), 'Is the kettle on?');
  assert.equal(asked({ type: 'typing.start' }), 'typing.start');
});
