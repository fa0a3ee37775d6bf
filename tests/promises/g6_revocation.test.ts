// G6: ending a session or deleting a room closes its sockets within 1 s, also when notifications are lost.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type House, startHouse, until, untilLetIn } from '../house.ts';
import { call, openSocket, type Person, person, Refused, type Socket, sleep } from '../people.ts';

let house: House;
let ann: Person;

before(async () => {
  house = await startHouse({ chats: 2, websites: 2 });
  ann = await person(house.websites[0]!.url);
});
after(() => house.stop());

const at = (path: string) => `/ws/${encodeURIComponent(path)}`;
const join = (who: Person, room: string, chat: number, query = ''): Promise<Socket> =>
  who.join(room, query, house.chats[chat]!.url);

/** The close code, and the milliseconds from `cause` to the close. */
async function closing(socket: Socket, cause: () => Promise<unknown>): Promise<{ code: number; ms: number }> {
  await cause();
  const began = performance.now();
  const code = await socket.closed(3_000);
  return { code, ms: performance.now() - began };
}

/** Ends the session of the user at one of the websites. */
const logOut = (who: Person, website: number) =>
  call(house.websites[website]!.url, 'DELETE', '/api/session', { token: who.token });

test('logging out at one website closes the sockets at every chat replica within 1 s', async () => {
  const bob = await person(house.websites[0]!.url);
  const room = await ann.createRoom();
  const sockets = [await join(bob, room.name, 0), await join(bob, room.name, 1)];
  const other = await join(ann, room.name, 0);
  const closed = await Promise.all(
    sockets.map((socket, index) => closing(socket, () => (index ? sleep(0) : logOut(bob, 1)))),
  );
  for (const { code, ms } of closed) {
    assert.equal(code, 4501);
    assert.ok(ms < 1_000, `closed after ${ms} ms`);
  }
  assert.equal(other.ws.readyState, other.ws.OPEN);
  await other.close();
});

test('a session that expires closes its sockets within 1 s', async () => {
  const bob = await person(house.websites[0]!.url);
  const room = await ann.createRoom();
  const socket = await join(bob, room.name, 0);
  const expire = () =>
    house.records.query(
      `update sessions set expires_at = now() from users u where u.id = user_id and u.username = $1`,
      [bob.username],
    );
  const { code, ms } = await closing(socket, expire);
  assert.equal(code, 4501);
  assert.ok(ms < 1_000, `closed after ${ms} ms`);
});

test('deleting a room sends room.deleted to its sockets at every replica and closes them within 1 s', async () => {
  const room = await ann.createRoom();
  const sockets = [await join(ann, room.name, 0), await join(ann, room.name, 1)];
  assert.equal((await ann.call('DELETE', `/api/rooms/${encodeURIComponent(room.name)}`)).status, 204);
  const began = performance.now();
  for (const socket of sockets) {
    await socket.next('room.deleted');
    assert.equal(await socket.closed(), 4502);
  }
  assert.ok(performance.now() - began < 1_000);
});

test('a revocation whose notification is lost closes the socket within 1 s', async () => {
  const bob = await person(house.websites[0]!.url);
  const room = await ann.createRoom();
  const socket = await join(bob, room.name, 0);
  // This statement sends no NOTIFY: only the row says that the session has ended.
  const { code, ms } = await closing(socket, () =>
    house.records.query(
      `update sessions set ended_at = clock_timestamp() from users u where u.id = user_id and u.username = $1`,
      [bob.username],
    ),
  );
  assert.equal(code, 4501);
  assert.ok(ms < 1_000, `closed after ${ms} ms`);
});

test('a session that ends while chat cannot reach the website closes its sockets within 1 s after it can', async () => {
  const bob = await person(house.websites[0]!.url);
  const room = await ann.createRoom();
  const socket = await join(bob, room.name, 0);
  const token = await ann.roomToken(room.name);
  house.wires[0]!.down();
  await logOut(bob, 0);
  await sleep(300);
  assert.equal(socket.ws.readyState, socket.ws.OPEN, 'open sockets stay open while the website is unreachable');
  // Chat relies on its last answer for 3 s, then it accepts no sockets.
  await until(async () => {
    const opened = await openSocket(house.chats[0]!.url + at(room.name), token).catch((error) => error);
    if (!(opened instanceof Refused)) {
      await opened.close();
      return false;
    }
    assert.deepEqual([opened.status, opened.problem.code], [503, 'unavailable']);
    return true;
  }, 10_000);
  const { code, ms } = await closing(socket, async () => house.wires[0]!.up());
  assert.equal(code, 4501);
  assert.ok(ms < 1_000, `closed after ${ms} ms`);
  await untilLetIn(house.chats[0]!);
});

test('a token minted just before the logout opens no socket that stays', async () => {
  const bob = await person(house.websites[0]!.url);
  const room = await ann.createRoom();
  const token = await bob.roomToken(room.name);
  const url = house.chats[1]!.url + at(room.name);
  // At the same time: either the upgrade is refused, or the socket is closed within 1 s.
  const attempts = Array.from({ length: 10 }, (_, index) =>
    sleep(index * 5).then(() => openSocket(url, token).catch((error) => error)),
  );
  await sleep(20);
  await logOut(bob, 0);
  const began = performance.now();
  for (const result of await Promise.all(attempts)) {
    if (result instanceof Refused) assert.equal(result.problem.code, 'invalid_token');
    else assert.equal(await (result as Socket).closed(), 4501);
  }
  assert.ok(performance.now() - began < 1_000);
  await assert.rejects(openSocket(url, token), /invalid_token/);
});

test('an append from an ended session is refused inside the transaction, before chat knows of its end', async () => {
  const bob = await person(house.websites[0]!.url);
  const room = await ann.createRoom();
  const socket = await join(bob, room.name, 0);
  const wire = house.wires[0]!;
  let ended = false;
  wire.fault = async (wireCall, forward) => {
    if (wireCall.path === '/changes') return 'cut'; // chat does not learn of the end
    if (wireCall.path === '/messages' && !ended) {
      ended = true;
      await logOut(bob, 0);
    }
    return forward();
  };
  await until(async () => (await fetch(`${house.chats[0]!.internalUrl}/readyz`)).status === 503);
  const id = socket.say('too late');
  const error = await socket.next('error');
  assert.deepEqual([error.code, error.refId], ['session_ended', id]);
  assert.equal(await socket.closed(), 4501);
  assert.ok(ended);
  assert.deepEqual(await house.records.log(room), []);
  wire.fault = undefined;
  await untilLetIn(house.chats[0]!);
});

test('a message into a room that is being deleted is either stored before it or refused with room_gone', async () => {
  const answers = { 'message.created': 0, room_gone: 0 };
  for (let round = 0; round < 5 || (round < 30 && Object.values(answers).includes(0)); round += 1) {
    const room = await ann.createRoom();
    const socket = await join(ann, room.name, round % 2);
    const said = Array.from({ length: 20 }, (_, index) => socket.say(`${round}/${index}`));
    if (round % 2) await socket.next('message.created');
    await Promise.all([
      ann.call('DELETE', `/api/rooms/${encodeURIComponent(room.name)}`),
      sleep(2).then(() => said.push(socket.say('late'))),
    ]);
    assert.equal(await socket.closed(), 4502);
    const log = new Set((await house.records.log(room)).map(({ id }) => id));
    for (const id of said) {
      const replies = socket.frames.filter((frame) => frame.id === id || frame.refId === id);
      assert.ok(replies.length <= 1, 'at most one answer');
      if (replies.length === 0) continue; // the close is its answer: the room is deleted
      const answer: keyof typeof answers = replies[0].code ?? replies[0].type;
      assert.ok(answer in answers, answer);
      assert.equal(log.has(id), answer === 'message.created', answer);
      answers[answer] += 1;
    }
  }
  assert.ok(answers['message.created'] > 0 && answers.room_gone > 0, JSON.stringify(answers));
});

test('a room name taken again is another room: old sockets, tokens and cursors do not reach it', async () => {
  const room = await ann.createRoom();
  const old = await join(ann, room.name, 0);
  const oldToken = await ann.roomToken(room.name);
  old.say('first life');
  await old.next('message.created');
  await ann.call('DELETE', `/api/rooms/${encodeURIComponent(room.name)}`);
  const again = await ann.createRoom(room.name);
  assert.notEqual(again.id, room.id);
  assert.equal(await old.closed(), 4502);
  await until(() =>
    openSocket(house.chats[0]!.url + at(room.name), oldToken).then(
      () => assert.fail('an old token opened the new room'),
      (error) => error.problem.code === 'room_not_found',
    ),
  );
  const bob = await join(ann, room.name, 0, `?after=1&roomId=${room.id}`);
  assert.equal(bob.frames[0].resumed, false);
  assert.equal(bob.frames[0].roomId, again.id);
  assert.equal(bob.frames[0].lastSeq, 0);
  bob.say('second life', randomUUID());
  assert.equal((await bob.next('message.created')).seq, 1);
  await bob.close();
});
