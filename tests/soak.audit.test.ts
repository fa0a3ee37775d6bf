// The audit of `npm run soak` finds each planted fault. soak.command.test.ts runs the command.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Random } from '../conformance/random.ts';
import { event } from './betraying.ts';
import { type Betrayal, startFaultyProxy } from './faulty_proxy.ts';
import { until } from './house.ts';
import { openRecords, type Records } from './records.ts';
import { type Auditor, auditNews, auditRoom, endLedgers } from './soak/audit.ts';
import { type Ledger, type LoggedEvent, Miss } from './soak/ledger.ts';
import { type Kind, People, textOf, type User } from './soak/people.ts';
import { caughtUp } from './soak/schedule.ts';
import type { Seat } from './soak/seat.ts';
import { SdkSeat } from './soak/seat_sdk.ts';
import { startTestStack, type TestStack } from './stack.ts';

let stack: TestStack;
let records: Records;
before(async () => {
  stack = await startTestStack({ MESSAGES_PER_10S: '100000' });
  records = openRecords(stack.databaseUrl);
});
after(async () => {
  await records.close();
  await stack.stop();
});

interface Scene {
  room: Ledger;
  users: User[];
  seats: Seat[];
  auditor: Auditor;
}

/** Five members send a hundred messages; members of one kind connect through the proxy. Resolves with the first miss. */
async function missOf(
  betrayal: Betrayal,
  plant: (scene: Scene) => Promise<void> | void = () => undefined,
  kind: Kind = 'raw',
) {
  const proxy = await startFaultyProxy(stack.url, [betrayal]);
  const misses: Miss[] = [];
  const people = new People({
    websiteUrls: [stack.url],
    chatUrls: [stack.url.replace('http', 'ws')],
    betrayed: { kind, chatUrls: [proxy.url.replace('http', 'ws')] },
    told: { delivered: 0, acknowledged: 0, joins: 0, resumes: 0 },
    fail: (miss) => misses.push(miss),
  });
  const users = [await people.register(), await people.register()];
  const room = await people.createRoom(users[0]!, `planted ${crypto.randomUUID()}`);
  const kinds = ['sdk', 'raw', 'sdk', 'raw', 'raw'] as const;
  const seats = kinds.map((kind, index) => people.join(kind, users[index % 2]!, room, 0));
  const auditor: Auditor = {
    client: users[0]!.client,
    query: (text, values) => records.query(text, values),
    intervals: new Map([[users[1]!.username, [{ from: 0, to: Number.POSITIVE_INFINITY }]]]),
    audited: { events: 0, changes: 0, messages: 0 },
  };
  try {
    const random = new Random(1);
    const talking = seats.map((seat) => seat.say(Array.from({ length: 20 }, (_, number) => textOf(random, number))));
    await until(() => misses.length > 0 || room.acknowledged === 100, 20_000);
    if (misses.length === 0) {
      await Promise.all(talking);
      await caughtUp(seats);
      await auditNews(room, auditor);
      await plant({ room, users, seats, auditor });
      await auditRoom(room, auditor);
    }
  } catch (error) {
    if (!(error instanceof Miss)) throw error;
    misses.push(error);
  } finally {
    for (const seat of seats) seat.leave();
    await proxy.stop();
  }
  return misses[0]?.message;
}

test('the audit reports no miss without a planted fault', async () => {
  assert.equal(await missOf({}), undefined);
});

const nth = (betray: (one: never, before: never) => unknown[]) => () => {
  let count = 0;
  let last: never;
  return event((one) => {
    count += 1;
    const frames = count % 50 === 0 ? betray(one as never, last) : [one];
    last = one as never;
    return frames;
  })();
};
const frames: Record<string, { betrayal: Betrayal; says: RegExp }> = {
  'drops one frame in fifty': { betrayal: { frames: nth(() => []) }, says: /(received|got) seq 51 after 49/ },
  'delivers one frame in fifty twice': {
    betrayal: { frames: nth((one) => [one, one]) },
    says: /(received|got) seq 50 after 50/,
  },
  'delivers two frames in the wrong order': {
    betrayal: { frames: nth((one: { seq: number }) => [{ ...one, seq: one.seq + 1 }, one]) },
    says: /(received|got) seq 51 after 49/,
  },
  'delivers an event without its text': {
    betrayal: { frames: nth(({ content: _, ...rest }: { content?: string }) => [rest]) },
    says: /without its text|differs from what was sent/,
  },
  'alters a text': {
    betrayal: { frames: nth((one: object) => [{ ...one, content: 'altered' }]) },
    says: /another text than|differs from what was sent/,
  },
  'alters an author': {
    betrayal: { frames: nth((one: object) => [{ ...one, username: 'somebody' }]) },
    says: /another event than/,
  },
};
for (const [name, { betrayal, says }] of Object.entries(frames)) {
  for (const kind of ['raw', 'sdk'] as const) {
    test(`the audit finds a server that ${name}, on a ${kind} client`, async () => {
      assert.match((await missOf(betrayal, undefined, kind)) ?? 'nothing', says);
    });
  }
}

test('the audit finds that members did not receive the end of the log', async () => {
  const dropsTheTail = { frames: event((one: { seq: number }) => (one.seq > 100 ? [] : [one])) };
  const miss = await missOf(dropsTheTail as Betrayal, async ({ room, users: [ann], seats, auditor }) => {
    const { messages } = await ann!.client.listMessages(room.name, { limit: 1 });
    for (const seat of seats) if (seat instanceof SdkSeat) seat.leave();
    await ann!.client.addReaction(room.name, messages[0]!.id, '👍');
    await endLedgers([room], auditor.query);
    await caughtUp(
      seats.filter((seat) => !(seat instanceof SdkSeat)),
      3_000,
    );
  });
  assert.match(miss ?? 'nothing', /have not received everything: .* at 100 of 101/);
});

const message = { type: 'message.created', timestamp: new Date().toISOString() };
const plants: Record<string, { plant(scene: Scene): unknown; says: RegExp }> = {
  'an acknowledged message that is not stored': {
    plant: ({ room, users: [ann] }) => {
      const sent = { id: crypto.randomUUID(), username: ann!.username, content: 'never stored' };
      room.acknowledge({ ...message, ...sent, seq: 101, roomId: room.id, room: room.name }, sent);
    },
    says: /log ends at 100$|ends at seq 100; acknowledged or delivered beyond: 101/,
  },
  'a row whose text was altered': {
    plant: ({ room }) =>
      records.query("update messages set content = content || '.' where room_id = $1 and seq = 42", [room.id]),
    says: /another text than was (delivered|sent), of room planted [^:]+: .*"seq":42/,
  },
  'a message that nobody sent': {
    plant: async ({ room, auditor }) => {
      await records.query(
        `insert into messages (room_id, seq, version, id, username, content, timestamp)
         select room_id, 101, 101, gen_random_uuid(), username, content, timestamp from messages
         where room_id = $1 and seq = 100`,
        [room.id],
      );
      await records.query('update chat_rooms set last_seq = 101 where id = $1', [room.id]);
      await endLedgers([room], auditor.query);
    },
    says: /has a message that nobody sent: .*"seq":101/,
  },
  'an edit that is stored twice': {
    plant: async ({ room, users: [ann] }) => {
      const { messages } = await ann!.client.listMessages(room.name);
      const { id } = messages.find(({ username }) => username === ann!.username)!;
      await ann!.client.editMessage(room.name, id, { content: 'edited' });
      await records.query(
        `insert into room_events (room_id, seq, type, message_id, username, timestamp)
         select room_id, 102, type, message_id, username, timestamp from room_events where room_id = $1 and seq = 101`,
        [room.id],
      );
      await records.query('update room_events set superseded_by = 102 where room_id = $1 and seq = 101', [room.id]);
      await records.query('update messages set content_seq = 102, version = 102 where id = $1', [id]);
      await records.query('update chat_rooms set last_seq = 102 where id = $1', [room.id]);
      const { events } = await ann!.client.listEvents(room.name, { after: 100 });
      for (const one of events) room.observe({ ...(one as LoggedEvent), content: 'edited' }, ann!.username);
    },
    says: /has an edit twice: .*"seq":102/,
  },
  'a missing row': {
    plant: ({ room }) => records.query('delete from messages where room_id = $1 and seq = 42', [room.id]),
    says: /continues after seq 41 with .*"seq":43/,
  },
  'two rows in the wrong order': {
    plant: async ({ room }) => {
      for (const [from, to] of [
        [42, 1_000],
        [43, 42],
        [1_000, 43],
      ]) {
        await records.query('update messages set seq = $3 where room_id = $1 and seq = $2', [room.id, from, to]);
      }
    },
    says: /another event than was (delivered|acknowledged), of room planted [^:]+: .*"seq":42/,
  },
  'an acknowledged edit that is not stored': {
    plant: async ({ room, users: [ann] }) => {
      const { messages } = await ann!.client.listMessages(room.name, { limit: 1 });
      room.change({
        type: 'message.edited',
        messageId: messages[0]!.id,
        username: ann!.username,
        seq: 101,
        content: 'new',
      });
    },
    says: /lacks a change that was acknowledged: .*message.edited/,
  },
  'a refused message that is stored': {
    plant: async ({ room, users: [ann] }) => {
      const { messages } = await ann!.client.listMessages(room.name, { limit: 1 });
      room.refuse(messages[0]!.id);
    },
    says: /has a message that was refused/,
  },
  'a message of a session that had ended': {
    plant: ({ auditor, users: [, bob] }) => {
      (auditor.intervals as Map<string, object[]>).set(bob!.username, [{ from: 0, to: 1 }]);
    },
    says: /has an event of an ended session/,
  },
  'a counter that disagrees with the rows': {
    plant: ({ room }) => records.query('update chat_rooms set last_seq = 101 where id = $1', [room.id]),
    says: /100 rows and last_seq 101|as of 101/,
  },
};
for (const [name, { plant, says }] of Object.entries(plants)) {
  test(`the audit finds ${name}`, async () => {
    const miss = await missOf({}, async (scene) => void (await plant(scene)));
    assert.match(miss ?? 'nothing', says);
  });
}
