// Each series of /metrics changes as its help says, on a real stack with real traffic and real faults.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { RoomNews } from '@parlance/chat/broker.ts';
import { type House, startHouse, until, untilLetIn } from './house.ts';
import { call, openSocket, Refused, type Socket, sleep } from './people.ts';
import type { Member, RecordedRoom } from './records.ts';
import { changed, parse, scrape, sumOf, type Wanted } from './scrape.ts';
import { SECRETS, startChatPart, startTestStack } from './stack.ts';

let house: House;
let ann: Member;
let bob: Member;
/** An access token of bob. */
let token: string;
let room: RecordedRoom;
before(async () => {
  house = await startHouse({ chats: 2, environment: { DATABASE_CONNECTIONS: '2' } });
  [ann, bob] = (await house.records.members(2)) as [Member, Member];
  room = await house.records.room(ann);
  token = await house.records.accessToken(bob);
});
after(() => house.stop());

const website = () => house.websites[0]!.internalUrl;
const chat = (index = 0) => house.chats[index]!.internalUrl;
const gauge = async (url: string, ...wanted: Wanted) => sumOf(await scrape(url), ...wanted);
const join = (who: Member, at = 0, query = '', where = room): Promise<Socket> =>
  house.records.join(who, where, house.chats[at]!.url, query);
const ask = (method: string, path: string, body?: unknown) =>
  call(house.websites[0]!.url, method, path, { token, body });
/** A new room of bob. */
const ownRoom = async () => {
  const { id, name } = await house.records.room(bob);
  return { id, name, path: `/api/rooms/${encodeURIComponent(name)}` };
};

test('sockets, users and rooms are counted while they are open, and each close by its code', async () => {
  const wanted = [
    ['parlance_sockets_opened_total'],
    ['parlance_sockets_closed_total', { code: '1000' }],
    ['parlance_sockets_closed_total', { code: '1006' }],
    ['parlance_sockets_closed_total', { code: 'other' }],
  ] as const;
  const counts = await changed(chat(), wanted, async () => {
    const sockets = [await join(ann), await join(ann), await join(ann), await join(bob)];
    assert.deepEqual(
      await Promise.all(['sockets', 'users', 'rooms'].map((name) => gauge(chat(), `parlance_${name}`))),
      [4, 2, 1],
    );
    sockets[0]!.ws.close(1000);
    sockets[1]!.ws.close(4999);
    for (const socket of sockets.slice(2)) socket.ws.terminate();
    await until(async () => (await gauge(chat(), 'parlance_sockets')) === 0);
    assert.deepEqual([await gauge(chat(), 'parlance_users'), await gauge(chat(), 'parlance_rooms')], [0, 0]);
  });
  assert.deepEqual(counts, [4, 1, 2, 1]);
});

test('a message is counted at each step: frame, batch, commit, event, delivery to each socket, lag', async () => {
  const sockets = [await join(ann), await join(bob)] as const;
  const say = async () => {
    for (let count = 0; count < 10; count += 1) {
      const id = sockets[0].say(`message ${count}`);
      for (const socket of sockets) await socket.next('message.created', (frame) => frame.id === id);
    }
    const id = sockets[0].say('twice');
    await sockets[1].next('message.created', (frame) => frame.id === id);
    sockets[0].say('twice', id);
    await until(() => sockets[0].frames.filter((frame) => frame.id === id).length === 2);
  };
  const wanted: Wanted[] = [
    ['parlance_frames_received_total', { type: 'message.send' }],
    ['parlance_messages_total', { outcome: 'stored' }],
    ['parlance_messages_total', { outcome: 'repeated' }],
    ['parlance_append_batch_messages_sum'],
    ['parlance_append_seconds_count'],
    ['parlance_events_total', { source: 'append' }],
    ['parlance_deliveries_total'],
    ['parlance_delivery_lag_seconds_count'],
  ];
  const stored: Wanted[] = [
    ['parlance_events_stored_total', { type: 'message.created' }],
    ['parlance_commit_messages_sum'],
    ['parlance_commit_seconds_count'],
    ['parlance_requests_total', { listener: 'internal', operation: 'appendMessages', status: '200' }],
  ];
  let atChat: number[] = [];
  const atWebsite = await changed(website(), stored, async () => {
    atChat = await changed(chat(), wanted, say);
  });
  assert.deepEqual(atChat, [12, 11, 1, 12, 12, 11, 22, 11]);
  assert.deepEqual(atWebsite, [11, 12, 12, 12]);
  const lag = (await gauge(chat(), 'parlance_delivery_lag_seconds_sum'))!;
  assert.ok(lag > 0, `${lag}`);
  for (const socket of sockets) await socket.close();
});

test('an event that the broker carries to another chat is counted there, with its age', async () => {
  const [here, there] = [await join(ann, 0), await join(bob, 1)];
  const wanted: Wanted[] = [
    ['parlance_events_total', { source: 'broker' }],
    ['parlance_event_age_seconds_count', { source: 'broker' }],
    ['parlance_broker_received_total'],
    ['parlance_deliveries_total'],
  ];
  const [published] = await changed(chat(0), [['parlance_broker_published_total']], async () => {
    const [events, ages, received, deliveries] = await changed(chat(1), wanted, async () => {
      const id = here.say('to the other');
      await there.next('message.created', (frame) => frame.id === id);
    });
    assert.deepEqual([events, ages, deliveries], [1, 1, 1]);
    assert.ok(received! >= 1);
  });
  assert.ok(published! >= 1);
  assert.equal(await gauge(chat(1), 'parlance_broker_connected'), 1);
  for (const socket of [here, there]) await socket.close();
});

test('a change over HTTP is counted by its type at the website, and at chat as read from the log', async () => {
  const { name, path, id: roomId } = await ownRoom();
  const socket = await join(ann, 0, '', { id: roomId, name });
  const id = randomUUID();
  const wanted = ['message.created', 'message.edited', 'message.deleted', 'reaction.added', 'reaction.removed'].map(
    (type): Wanted => ['parlance_events_stored_total', { type }],
  );
  const log: Wanted[] = [
    ['parlance_events_total', { source: 'log' }],
    ['parlance_event_age_seconds_count', { source: 'log' }],
  ];
  let atChat: number[] = [];
  const counts = await changed(website(), wanted, async () => {
    atChat = await changed(chat(), log, async () => {
      const ok = async (...request: [string, string, unknown?]) => {
        const answer = await ask(...request);
        assert.ok(answer.status < 300, JSON.stringify(answer.body));
      };
      await ok('POST', `${path}/messages`, { id, content: 'one' });
      await ok('PATCH', `${path}/messages/${id}`, { content: 'two' });
      await ok('PUT', `${path}/messages/${id}/reactions/${encodeURIComponent('👍')}`);
      await ok('DELETE', `${path}/messages/${id}/reactions/${encodeURIComponent('👍')}`);
      await ok('DELETE', `${path}/messages/${id}`);
      await ok('DELETE', `${path}/messages/${id}`); // changes nothing
      await socket.next('message.deleted');
    });
  });
  assert.deepEqual(counts, [1, 1, 1, 1, 1]);
  assert.equal(atChat[0], 5);
  assert.ok(atChat[1]! >= 1 && atChat[1]! <= 5, 'events that were written together count once');
  await socket.close();
});

test('missed events and their pages are counted for each socket that reads them', async () => {
  const long = await house.records.room(ann);
  await house.records.fill(long, ann, 450);
  const wanted: Wanted[] = [
    ['parlance_replayed_events_total'],
    ['parlance_replay_pages_total'],
    ['parlance_pages_read_total'],
    ['parlance_deliveries_total'],
  ];
  const counts = await changed(chat(), wanted, async () => {
    const socket = await join(ann, 0, `?after=0&roomId=${long.id}`, long);
    await socket.next('message.created', ({ seq }) => seq === 450, 10_000);
    await until(async () => (await gauge(chat(), 'parlance_sockets_catching_up')) === 0);
    await socket.close();
  });
  assert.deepEqual(counts, [450, 3, 3, 0]);
});

test('frames that break the contract are counted by kind, and the error frames that answer them by code', async () => {
  const wanted: Wanted[] = [
    ...['invalid_json', 'invalid_frame', 'binary'].map((kind): Wanted => ['parlance_off_spec_frames_total', { kind }]),
    ...['invalid_json', 'invalid_frame', 'id_conflict'].map(
      (code): Wanted => ['parlance_error_frames_total', { code }],
    ),
    ['parlance_sockets_closed_total', { code: '1003' }],
    ['parlance_frames_received_total'],
    ['parlance_off_spec_frames_sent_total'],
  ];
  const counts = await changed(chat(), wanted, async () => {
    const socket = await join(ann);
    socket.send('no JSON');
    await socket.next('error');
    socket.send({ type: 'message.send' });
    await socket.next('error');
    const id = socket.say('first');
    await socket.next('message.created');
    socket.say('another with the same id', id);
    await socket.next('error');
    socket.ws.send(Buffer.from([1, 2, 3]));
    await socket.closed();
    await until(async () => (await gauge(chat(), 'parlance_sockets')) === 0);
  });
  assert.deepEqual(counts, [1, 1, 1, 1, 1, 1, 1, 2, 0]);
});

test('refused upgrades are counted by their reason', async () => {
  const url = `${house.chats[0]!.url}/ws/${encodeURIComponent(room.name)}`;
  const wanted = ['invalid_token', 'wrong_room', 'not_found', 'upgrade_required'].map(
    (reason): Wanted => ['parlance_joins_refused_total', { reason }],
  );
  const counts = await changed(chat(), wanted, async () => {
    const refused = (to: string, token?: string) => assert.rejects(openSocket(to, token), Refused);
    await refused(url, 'no.token');
    await refused(url, await house.records.roomToken(ann, await house.records.room(ann)));
    await refused(`${house.chats[0]!.url}/ws/a/b`, await house.records.roomToken(ann, room));
    assert.equal((await fetch(url.replace('ws:', 'http:'))).status, 426);
  });
  assert.deepEqual(counts, [1, 1, 1, 1]);
});

test('requests are counted by operation and status, refusals by code, and off-spec requests and answers separately', async () => {
  const { path } = await ownRoom();
  const wanted: Wanted[] = [
    ['parlance_requests_total', { listener: 'public', operation: 'getRoom', status: '200' }],
    ['parlance_request_seconds_count', { listener: 'public', operation: 'getRoom' }],
    ['parlance_requests_total', { listener: 'public', operation: 'getRoom', status: '404' }],
    ['parlance_requests_total', { listener: 'public', operation: 'unknown', status: '404' }],
    ['parlance_requests_total', { listener: 'public', operation: 'page', status: '200' }],
    ['parlance_refusals_total', { listener: 'public', code: 'room_not_found' }],
    ['parlance_refusals_total', { listener: 'public', code: 'invalid_request' }],
    ['parlance_off_spec_requests_total', { listener: 'public' }],
    ['parlance_off_spec_requests_total', { listener: 'internal' }],
    ['parlance_off_spec_answers_total', { listener: 'public' }],
  ];
  const counts = await changed(website(), wanted, async () => {
    const url = house.websites[0]!.url;
    assert.equal((await ask('GET', path)).status, 200);
    assert.equal((await ask('GET', '/api/rooms/nowhere')).status, 404);
    assert.equal((await ask('GET', '/api/nowhere')).status, 404);
    assert.equal((await ask('GET', `${path}?colour=red`)).status, 400);
    assert.equal((await call(url, 'GET', '/login')).status, 200);
    await sleep(20); // a request is counted when its answer is written
  });
  assert.deepEqual(counts, [1, 3, 1, 1, 1, 1, 1, 2, 0, 0]);
});

test('an off-spec answer of the website is counted, and so is one that chat receives', async () => {
  const own = await ownRoom();
  const wanted: Wanted[] = [
    ['parlance_off_spec_answers_total', { listener: 'public' }],
    ['parlance_off_spec_answers_total', { listener: 'internal' }],
  ];
  const broken = 'update chat_rooms set last_seq = $2 where id = $1';
  const counts = await changed(website(), wanted, async () => {
    await house.records.query(broken, [own.id, -5]);
    assert.equal((await ask('GET', own.path)).status, 500);
    const asChat = { token: SECRETS.INTERNAL_SECRET };
    assert.equal((await call(website(), 'GET', `/internal/rooms/${own.id}`, asChat)).status, 500);
    await house.records.query(broken, [own.id, 0]);
  });
  assert.deepEqual(counts, [1, 1]);
  const wire = house.wires[0]!;
  const failures = (reason: string): Wanted => ['parlance_website_failures_total', { reason }];
  const [offSpec] = await changed(chat(), [failures('off_spec')], async () => {
    const socket = await join(ann);
    wire.fault = async ({ path }, forward) => (path === '/messages' ? { status: 200, body: '{}' } : forward());
    socket.say('into the void');
    await socket.next('error');
    wire.fault = undefined;
    await socket.close();
  });
  assert.equal(offSpec, 1);
});

test('an off-spec frame of the server is counted and not sent', async (t) => {
  let hear: (news: RoomNews) => void = () => undefined;
  const part = await startChatPart(
    house.wires[0]!.url,
    {},
    {
      connected: true,
      stats: { published: 0, received: 0, dropped: 0, refused: 0 },
      publish: () => undefined,
      subscribe: (_roomId, listener) => {
        hear = listener;
        return () => undefined;
      },
      announce: () => undefined,
      listen: () => undefined,
      close: async () => undefined,
    },
  );
  t.after(() => part.stop());
  await untilLetIn(part);
  const socket = await house.records.join(ann, room, part.url);
  hear({ kind: 'presence', replica: 'other', from: 0, version: 1, joined: [42 as unknown as string], left: [] });
  await until(async () => (await gauge(part.internalUrl, 'parlance_off_spec_frames_sent_total')) === 1);
  socket.ws.terminate();
});

test('a locked room, a slow database and an exhausted connection pool show in the wait metrics', async (t) => {
  const { name, path, id } = await ownRoom();
  const socket = await join(ann, 0, '', { id, name });
  const holder = await house.records.connection();
  t.after(() => holder.end());
  const [busy] = await changed(chat(), [['parlance_messages_total', { outcome: 'busy' }]], async () => {
    const [slow] = await changed(website(), [['parlance_commit_seconds_sum']], async () => {
      await holder.query('begin');
      await holder.query('select 1 from chat_rooms where id = $1 for update', [id]);
      const message = socket.say('held up');
      await sleep(400);
      assert.equal(await gauge(chat(), 'parlance_outbox_bytes'), 'held up'.length * 2 + 512);
      await holder.query('commit');
      await socket.next('message.created', (frame) => frame.id === message);
    });
    assert.ok(slow! > 0.2, `${slow}`);
  });
  assert.ok(busy! >= 1);
  assert.equal(await gauge(chat(), 'parlance_outbox_bytes'), 0);

  const waits: Wanted = ['parlance_pool_wait_seconds_sum', { pool: 'general' }];
  const [waited] = await changed(website(), [waits], async () => {
    await holder.query('begin');
    await holder.query('lock table users in access exclusive mode');
    const asked = Array.from({ length: 6 }, () => ask('GET', path));
    await sleep(500);
    const series = await scrape(website());
    assert.ok(sumOf(series, 'parlance_pool_waiting', { pool: 'general' })! >= 3);
    assert.equal(sumOf(series, 'parlance_website_ready'), 0);
    assert.equal(sumOf(series, 'parlance_pool_connections', { pool: 'general', state: 'busy' }), 2);
    assert.equal(sumOf(series, 'parlance_pool_connections_max', { pool: 'general' }), 2);
    await holder.query('commit');
    // A request that waits too long is refused; on a slow machine that may be any of them.
    for (const { status } of await Promise.all(asked)) assert.ok(status === 200 || status === 503, `${status}`);
  });
  assert.ok(waited! > 0.01, `${waited}`);
  assert.equal(await gauge(website(), 'parlance_pool_waiting', { pool: 'general' }), 0);
  await socket.close();
});

test('a chat without answers from its website is not ready, the age of its changes grows, and the failures are counted', async () => {
  await until(async () => (await gauge(chat(), 'parlance_chat_ready')) === 1, 10_000);
  const series = await scrape(chat());
  assert.ok(sumOf(series, 'parlance_changes_age_seconds')! < 3);
  assert.ok((await gauge(website(), 'parlance_changes_waiting'))! >= 0);
  const [failed] = await changed(chat(), [['parlance_website_failures_total', { reason: 'no_answer' }]], async () => {
    house.wires[0]!.down();
    await until(async () => (await gauge(chat(), 'parlance_chat_ready')) === 0, 10_000);
    await until(async () => (await gauge(chat(), 'parlance_changes_age_seconds'))! > 1, 10_000);
    house.wires[0]!.up();
    await until(async () => (await gauge(chat(), 'parlance_chat_ready')) === 1, 10_000);
  });
  assert.ok(failed! >= 1);
});

test('the website reports whether it is ready, whether a chat is connected, and whether it listens for notifications', async () => {
  const series = await scrape(website());
  for (const who of ['chat', 'website']) {
    const ahead = (await gauge(who === 'chat' ? chat() : website(), `parlance_${who}_clock_ahead_seconds`))!;
    assert.ok(Math.abs(ahead) < 5, `${ahead}`); // one machine, one clock
  }
  const names = ['website_ready', 'chat_present', 'listening', 'password_places'];
  assert.deepEqual(
    names.map((name) => sumOf(series, `parlance_${name}`)),
    [1, 1, 1, 0],
  );
  const backends = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
    and application_name = 'parlance-changes'`;
  await house.records.query(backends);
  await until(async () => (await gauge(website(), 'parlance_listening')) === 0, 10_000);
  await until(async () => (await gauge(website(), 'parlance_listening')) === 1, 10_000);
});

test('refusals of the limits per address are counted by reason', async (t) => {
  const stack = await startTestStack({ REQUESTS_PER_ADDRESS: '1', REQUEST_BURST_PER_ADDRESS: '3' });
  t.after(() => stack.stop());
  const answers = await Promise.all(Array.from({ length: 6 }, () => fetch(`${stack.url}/healthz`)));
  assert.ok(answers.some(({ status }) => status === 429));
  const refused = await gauge(stack.internalUrl, 'parlance_address_refusals_total', { reason: 'rate' });
  assert.ok(refused! >= 1);
});

test('npm start serves the metrics of both services, and those of the process once', async (t) => {
  const stack = await startTestStack();
  t.after(() => stack.stop());
  const text = await (await fetch(`${stack.internalUrl}/metrics`)).text();
  for (const name of ['parlance_chat_ready', 'parlance_website_ready', 'process_resident_memory_bytes']) {
    assert.equal(text.match(new RegExp(`^# TYPE ${name} `, 'gm'))?.length, 1, name);
  }
  const names = Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name);
  assert.equal(new Set(names).size, names.length, 'the services share no metric name');
});

test('no series names a user, a room, an address, a path or an id', async () => {
  const texts = await Promise.all(
    [website(), chat(0), chat(1)].map(async (url) => (await fetch(`${url}/metrics`)).text()),
  );
  const text = texts.join('');
  for (const name of [ann.username, bob.username, room.name, room.id, 'nowhere', '127.0.0.1']) {
    assert.ok(!text.includes(name), name);
  }
  const values = new Set(parse(text).flatMap(({ labels }) => Object.values(labels)));
  for (const value of values) assert.doesNotMatch(value, /[/@]|[0-9a-f]{8}-/);
});
