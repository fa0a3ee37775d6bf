// G6 for bans and suspensions: sockets close within 1 s at every replica, nothing is stored after the answer, no token
// that was issued before opens a socket, and a lifted ban has no effect.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type House, startHouse, until, untilLetIn } from '../house.ts';
import { type Answer, call, openSocket, type Person, person, Refused, type Socket, sleep } from '../people.ts';

let house: House;
let ann: Person;
let root: Person;

before(async () => {
  house = await startHouse({ chats: 2, websites: 2 });
  const { url } = house.websites[0]!;
  [ann, root] = [await person(url), await person(url)];
  await house.records.query('update users set is_admin = true where username = $1', [root.username]);
});
after(() => house.stop());

const at = (room: string, rest = '') => `/api/rooms/${encodeURIComponent(room)}${rest}`;
const somebody = () => person(house.websites[1]!.url);
const join = (who: Person, room: string, chat: number): Promise<Socket> => who.join(room, '', house.chats[chat]!.url);
const ban = (who: Person, room: string, by = ann) => by.call('PUT', at(room, `/bans/${who.username}`));
const unban = (who: Person, room: string) => ann.call('DELETE', at(room, `/bans/${who.username}`));
const suspension = (who: Person, method = 'PUT') => root.call(method, `/api/users/${who.username}/suspension`);

async function answered(answer: Promise<Answer>, status: number): Promise<number> {
  const { status: got, body } = await answer;
  assert.equal(got, status, JSON.stringify(body));
  return performance.now();
}

async function closedWithin(sockets: Socket[], code: number, since: number): Promise<void> {
  for (const socket of sockets) assert.equal(await socket.closed(), code);
  const ms = performance.now() - since;
  assert.ok(ms < 1_000, `closed after ${ms} ms`);
}

test('a ban closes the sockets of the user in the room with 4503 at every replica within 1 s, and no others', async () => {
  const [bob, cid] = [await somebody(), await somebody()];
  const [room, other] = [await ann.createRoom(), await ann.createRoom()];
  const banned = [await join(bob, room.name, 0), await join(bob, room.name, 1)];
  const kept = [await join(bob, other.name, 0), await join(cid, room.name, 1), await join(ann, room.name, 0)];
  await closedWithin(banned, 4503, await answered(ban(bob, room.name), 204));
  await kept[2]!.next('presence.changed', (frame) => frame.left.includes(bob.username));
  for (const socket of kept) assert.equal(socket.ws.readyState, socket.ws.OPEN);
  await Promise.all(kept.map((socket) => socket.close()));
});

test('a ban whose notification is lost closes the sockets within 1 s', async () => {
  const bob = await somebody();
  const room = await ann.createRoom();
  const socket = await join(bob, room.name, 0);
  await house.records.query(
    `insert into bans (room_id, username, banned_by, created_at, changed_at) values ($1, $2, 'ann', now(), clock_timestamp())`,
    [room.id, bob.username],
  );
  await closedWithin([socket], 4503, performance.now());
});

test('a suspension closes every socket of the user with 4501 within 1 s and ends the sessions', async () => {
  const bob = await somebody();
  const rooms = [await ann.createRoom(), await ann.createRoom()];
  const sockets = [await join(bob, rooms[0].name, 0), await join(bob, rooms[1].name, 1)];
  await closedWithin(sockets, 4501, await answered(suspension(bob), 204));
  assert.equal((await bob.call('GET', '/api/session')).status, 401);
});

test('a room token that was issued before the ban opens no socket; after the ban is lifted a new one does', async () => {
  const bob = await somebody();
  const room = await ann.createRoom();
  const token = await bob.roomToken(room.name);
  await join(bob, room.name, 1).then((socket) => socket.close());
  await answered(ban(bob, room.name), 204);
  const url = `${house.chats[0]!.url}/ws/${encodeURIComponent(room.name)}`;
  await until(() =>
    openSocket(url, token).then(
      (socket) => socket.closed().then((code) => code !== 4503),
      (error) => error instanceof Refused && error.problem.code === 'banned',
    ),
  );
  assert.equal((await bob.call('POST', at(room.name, '/tokens'))).body.code, 'banned');
  await answered(unban(bob, room.name), 204);
  await until(async () => (await openSocket(url, await bob.roomToken(room.name)).catch(() => undefined)) !== undefined);
  await answered(ban(bob, room.name), 204);
  await until(() =>
    openSocket(url, token).then(
      () => false,
      (error) => error.problem?.code === 'banned',
    ),
  );
});

test('an append of a banned user is refused inside the transaction, before chat knows of the ban', async () => {
  const [bob, cid] = [await somebody(), await somebody()];
  const room = await ann.createRoom();
  const sockets = [await join(bob, room.name, 0), await join(cid, room.name, 0)] as const;
  const wire = house.wires[0]!;
  let done = false;
  wire.fault = async (wireCall, forward) => {
    if (wireCall.path === '/changes') return 'cut'; // chat does not learn of the ban
    if (wireCall.path === '/messages' && !done) {
      done = true;
      await answered(ban(bob, room.name), 204);
    }
    return forward();
  };
  await until(async () => (await fetch(`${house.chats[0]!.internalUrl}/readyz`)).status === 503);
  const ids = [sockets[0].say('too late'), sockets[1].say('not banned')];
  const error = await sockets[0].next('error');
  assert.deepEqual([error.code, error.refId], ['banned', ids[0]]);
  assert.equal(await sockets[0].closed(), 4503);
  assert.equal((await sockets[1].next('message.created')).id, ids[1]);
  assert.deepEqual(
    (await house.records.log(room)).map(({ id }) => id),
    [ids[1]],
  );
  wire.fault = undefined;
  await untilLetIn(house.chats[0]!);
});

/** Every HTTP request that stores something in a room. */
const stores = (who: Person, room: string, id: string): Promise<Answer>[] => [
  who.call('POST', at(room, '/messages'), { id: randomUUID(), content: 'new' }),
  who.call('PATCH', at(room, `/messages/${id}`), { content: 'edited' }),
  who.call('PUT', at(room, `/messages/${id}/reactions/${encodeURIComponent('👍')}`)),
  who.call('DELETE', at(room, `/messages/${id}`)),
];

test('a request that waits for the row of the room behind a ban is refused with banned and stores nothing', async () => {
  const bob = await somebody();
  const room = await ann.createRoom();
  const id = randomUUID();
  await answered(bob.call('POST', at(room.name, '/messages'), { id, content: 'before' }), 201);
  const holder = await house.records.connection();
  await holder.query('begin');
  await holder.query('select 1 from chat_rooms where id = $1 for update', [room.id]);
  const waiting = async () =>
    (
      await house.records.query(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
    ).length;
  const banned = ban(bob, room.name);
  await until(async () => (await waiting()) === 1);
  const answers = stores(bob, room.name, id);
  await until(async () => (await waiting()) >= 3, 900);
  await holder.query('commit');
  await holder.end();
  await answered(banned, 204);
  const codes = (await Promise.all(answers)).map(({ body }) => body.code);
  assert.deepEqual(codes, ['banned', 'banned', 'banned', 'banned']);
  const [{ last_seq }] = await house.records.query('select last_seq from chat_rooms where id = $1', [room.id]);
  assert.equal(Number(last_seq), 1);
});

test('of messages that race with the ban, each is stored before it or refused, by socket and by HTTP', async () => {
  let [stored, refused] = [0, 0];
  for (let round = 0; round < 5 || (round < 40 && !(stored && refused)); round += 1) {
    const bob = await somebody();
    const room = await ann.createRoom();
    const socket = await join(bob, room.name, round % 2);
    const said = Array.from({ length: 10 }, () => socket.say('by socket'));
    let answeredAt: string | undefined;
    const banned = sleep(round % 4).then(async () => {
      await answered(ban(bob, room.name), 204);
      answeredAt = (await house.records.query('select clock_timestamp()::text as now'))[0].now;
    });
    const [answer] = await Promise.all([
      bob.call('POST', at(room.name, '/messages'), { id: randomUUID(), content: 'by HTTP' }),
      banned,
    ]);
    assert.ok([201, 403].includes(answer.status), JSON.stringify(answer.body));
    assert.equal(await socket.closed(), 4503);
    await sleep(20);
    const late = 'select count(*)::int as late from messages where room_id = $1 and timestamp > $2::timestamptz';
    const [{ late: count }] = await house.records.query(late, [room.id, answeredAt]);
    assert.equal(count, 0, 'nothing is stored after the answer');
    const log = new Set((await house.records.log(room)).map((event) => event.id));
    for (const id of said) {
      const answers = socket.frames.filter((frame) => frame.id === id || frame.refId === id);
      if (answers.length > 0) assert.equal(log.has(id), answers[0].type === 'message.created');
      if (log.has(id)) stored += 1;
      else refused += 1;
    }
  }
  assert.ok(stored > 0 && refused > 0, `${stored} stored, ${refused} refused`);
});

test('a log-in that verified its password before the suspension starts no session after it', async () => {
  const bob = await somebody();
  const holder = await house.records.connection();
  await holder.query('begin');
  await holder.query('select 1 from users where username = $1 for update', [bob.username]);
  const body = { email: bob.email, password: 'a long enough password' };
  const suspended = suspension(bob);
  const { url } = house.websites[0]!;
  const logins = [call(url, 'POST', '/api/session', { body }), call(url, 'POST', '/api/access-tokens', { body })];
  await sleep(500);
  await holder.query('commit');
  await holder.end();
  await answered(suspended, 204);
  for (const answer of await Promise.all(logins))
    assert.equal(answer.body.code, 'suspended', JSON.stringify(answer.body));
  const alive = `select 1 from sessions s join users u on u.id = s.user_id where u.username = $1 and ended_at is null`;
  assert.deepEqual(await house.records.query(alive, [bob.username]), []);
});
