// Every operation of the contract, called by each role: it gets the answer of the table, and a refusal changes nothing.
// Generated from the contract: an operation without a row, a row without an operation and an unexpected answer fail.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { PROBLEMS, type ProblemCode } from '@parlance/specs/problems.ts';
import { openDatabases } from '@parlance/website/database.ts';
import { createResetLink } from '@parlance/website/services/password_resets.ts';
import type pg from 'pg';
import { allRoutes } from '../../tests/contract.ts';
import { type Answer, call, type Json, PASSWORD, type Person, person } from '../../tests/people.ts';
import { recordLog, startTestStack, type TestStack } from '../../tests/stack.ts';
import { connectSql, sidOf } from './fixture.ts';

/** A status of success, or the code of the refusal. */
type Expected = number | ProblemCode;

/** Roles of a user towards a message in a room. `banned` acts on a message written by that user before the ban. */
const ROLES = ['nobody', 'stranger', 'author', 'owner', 'banned', 'administrator'] as const;
type Role = (typeof ROLES)[number];
type Row = Readonly<Record<Role, Expected>>;

const row = (nobody: Expected, users: Expected, others: Partial<Row> = {}): Row => ({
  nobody,
  stranger: users,
  author: users,
  owner: users,
  banned: users,
  administrator: users,
  ...others,
});
const everybody = (status: number) => row(status, status);
const users = (expected: Expected, others?: Partial<Row>) => row('not_authenticated', expected, others);
const notBanned = (status: number) => users(status, { banned: 'banned' });
const moderators = (status: number) => users('not_room_owner', { owner: status, administrator: status });
const administrators = (status: number) => users('not_administrator', { administrator: status });

/** By operationId. A second word calls the same operation with another target. */
const TABLE: Readonly<Record<string, Row>> = {
  getHealth: everybody(200),
  getLimits: everybody(200),

  registerUser: everybody(201),
  logIn: row(200, 'invalid_request'), // a cookie beside a token would be ignored
  createAccessToken: everybody(201),
  requestPasswordReset: everybody(202),
  resetPassword: everybody(204),

  getSession: users(200),
  logOut: users(204),
  listSessions: users(200),
  endSession: users(204),
  'endSession elsewhere': users('session_not_found'),
  endOtherSessions: users(204),
  changePassword: users(204),
  deleteAccount: users(202),

  suspendUser: administrators(204),
  'suspendUser administrator': users('not_administrator', { administrator: 'protected_user' }),
  unsuspendUser: administrators(204),

  listRooms: users(200),
  createRoom: users(201),
  getRoom: users(200),
  deleteRoom: moderators(204),

  listBans: moderators(200),
  banUser: moderators(204),
  'banUser owner': users('not_room_owner', { owner: 'protected_user', administrator: 'protected_user' }),
  unbanUser: moderators(204),

  listMessages: users(200),
  listEvents: users(200),
  getMessage: users(200),
  sendMessage: notBanned(201),
  editMessage: users('not_message_author', { author: 200, banned: 'banned' }),
  deleteMessage: users('not_message_author', { author: 204, owner: 204, administrator: 204, banned: 'banned' }),
  addReaction: notBanned(204),
  removeReaction: notBanned(204),
  issueRoomToken: notBanned(201),
};

/** Unsafe operations that store nothing here: a token is only signed, and no account has the email address. */
const STORES_NOTHING = ['issueRoomToken', 'requestPasswordReset'];

const routes = new Map(allRoutes().map((route) => [route.operation.operationId, route]));
const operationOf = (name: string) => name.split(' ')[0]!;

test('each operation of the contract has a row in the table, and each row an operation', () => {
  assert.deepEqual([...new Set(Object.keys(TABLE).map(operationOf))].toSorted(), [...routes.keys()].toSorted());
});

test('exactly the operations that the contract opens to everybody succeed without a session', () => {
  const open = [...routes.values()].filter(({ operation }) => operation.security?.length === 0);
  const succeed = Object.entries(TABLE).filter(([, { nobody }]) => typeof nobody === 'number');
  assert.deepEqual(
    succeed.map(([name]) => name).toSorted(),
    open.map(({ operation }) => operation.operationId).toSorted(),
  );
});

let stack: TestStack;
let sql: pg.Client;
let dbs: ReturnType<typeof openDatabases>;
/** `victim` is banned and suspended. Operations without a session use the account of `forgetful`. */
let victim: Person;
let forgetful: Person;
const cast = {} as Record<Exclude<Role, 'nobody'>, Person>;
before(async () => {
  stack = await startTestStack({
    // Nothing listens there: no mail is sent to an address without an account.
    SMTP_URL: 'smtp://127.0.0.1:9',
    PUBLIC_URL: 'http://chat.example',
    PASSWORD_RESETS_PER_HOUR: '1000',
    MESSAGES_PER_10S: '1000',
  });
  sql = await connectSql(stack.databaseUrl);
  dbs = openDatabases(stack.databaseUrl, 2, recordLog().log);
  for (const role of ROLES) if (role !== 'nobody') cast[role] = await play(role);
  [victim, forgetful] = [await person(stack.url), await person(stack.url)];
});
after(async () => {
  await sql?.end();
  await dbs?.close();
  await stack?.stop();
});

async function play(role: Role): Promise<Person> {
  const somebody = await person(stack.url, `${role}-${randomUUID().slice(0, 8)}`);
  if (role === 'administrator') {
    await sql.query('update users set is_admin = true where username = $1', [somebody.username]);
  }
  return somebody;
}

interface Scene {
  people: typeof cast;
  room: Json;
  /** The message that the role acts on. */
  messageId: string;
  /** For operations on the own account a new user in the role, otherwise the same user in every scene. */
  actor: Person | undefined;
}

const OWN_ACCOUNT = new Set(['logOut', 'endSession', 'endOtherSessions', 'changePassword', 'deleteAccount']);
const EMOJI = encodeURIComponent('👍');
const done = (answer: Answer): Json => {
  assert.ok(answer.status < 300, `the setup failed: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
};
const write = async (who: Person, room: Json): Promise<string> =>
  done(
    await who.call('POST', `/api/rooms/${encodeURIComponent(room.name)}/messages`, {
      id: randomUUID(),
      content: 'hello',
    }),
  ).id;

/** Sets up what the operation acts on: if needed, a new room with a message and a ban. */
async function scene(name: string, role: Role): Promise<Scene> {
  const operation = operationOf(name);
  const people = { ...cast };
  if (role !== 'nobody' && OWN_ACCOUNT.has(operation)) people[role] = await play(role);
  const actor = role === 'nobody' ? undefined : people[role];
  if (operation === 'endOtherSessions' && actor) await token(actor);
  if (operation === 'suspendUser') done(await people.administrator.call('DELETE', suspension()));
  if (operation === 'unsuspendUser') done(await people.administrator.call('PUT', suspension()));
  const inRoom = routes.get(operation)!.path.includes('{roomName}');
  return {
    people,
    actor,
    ...(inRoom ? await openRoom(operation, role, people) : { room: { name: '' }, messageId: '' }),
  };
}

async function openRoom(
  operation: string,
  role: Role,
  people: typeof cast,
): Promise<Pick<Scene, 'room' | 'messageId'>> {
  const { owner, author, banned } = people;
  const room = await owner.createRoom();
  const messageId = await write(role === 'banned' ? banned : author, room);
  const path = `/api/rooms/${encodeURIComponent(room.name)}`;
  if (operation === 'removeReaction') {
    const who = role === 'nobody' ? author : people[role];
    done(await who.call('PUT', `${path}/messages/${messageId}/reactions/${EMOJI}`));
  }
  done(await owner.call('PUT', `${path}/bans/${banned.username}`));
  return { room, messageId };
}

const suspension = () => `/api/users/${victim.username}/suspension`;
const token = async ({ email }: Person): Promise<string> =>
  done(await call(stack.url, 'POST', '/api/access-tokens', { body: { email, password: PASSWORD } })).accessToken;

/** The values of path parameters, by name. */
async function parameters(name: string, { people, room, messageId, actor }: Scene): Promise<Record<string, string>> {
  const usernames: Record<string, string> = {
    unbanUser: people.banned.username,
    'banUser owner': people.owner.username,
    'suspendUser administrator': people.administrator.username,
  };
  const sessions: Record<string, () => Promise<string>> = {
    endSession: () => token(actor ?? victim),
    'endSession elsewhere': () => token(victim),
  };
  const session = await sessions[name]?.();
  return {
    roomName: encodeURIComponent(room.name),
    messageId,
    emoji: EMOJI,
    username: usernames[name] ?? victim.username,
    ...(session ? { sessionId: sidOf(session) } : {}),
  };
}

async function bodyOf(operation: string): Promise<object | undefined> {
  const unique = randomUUID();
  const credentials = { email: forgetful.email, password: PASSWORD };
  const bodies: Record<string, () => object | Promise<object>> = {
    registerUser: () => ({ email: `${unique}@example.org`, username: unique.slice(0, 30), password: PASSWORD }),
    logIn: () => credentials,
    createAccessToken: () => credentials,
    requestPasswordReset: () => ({ email: 'no-account@example.org' }),
    resetPassword: async () => ({
      token: (await createResetLink(dbs.general, forgetful.username))!.token,
      password: PASSWORD,
    }),
    changePassword: () => ({ currentPassword: PASSWORD, newPassword: 'another long enough password' }),
    deleteAccount: () => ({ password: PASSWORD, messages: 'keep' }),
    createRoom: () => ({ name: `Room ${unique}` }),
    sendMessage: () => ({ id: unique, content: 'hello' }),
    editMessage: () => ({ content: 'edited' }),
  };
  return bodies[operation]?.();
}

/** Hashes of all tables, without rate limit counters and rows of deleted rooms, which the cleanup removes. */
async function everything(): Promise<Json> {
  const { rows } = await sql.query(
    "select table_name from information_schema.tables where table_schema = 'public' and table_name <> 'rate_limits'",
  );
  assert.ok(rows.length > 8, 'precondition: the tables are there');
  const kept =
    "coalesce(to_jsonb(t)->>'room_id', '') not in (select id::text from chat_rooms where deleted_at is not null)";
  const parts = rows.map(
    ({ table_name: name }) =>
      `select '${name}' as name, count(*)::int, md5(string_agg(t::text, ',' order by t::text)) from ${name} t where ${kept}`,
  );
  return (await sql.query(`${parts.join(' union all ')} order by name`)).rows;
}

for (const [name, expectations] of Object.entries(TABLE)) {
  test(`${name}: each role gets the answer of the table, and a refusal changes nothing`, async (t) => {
    const operation = operationOf(name);
    const { method, path } = routes.get(operation)!;
    for (const role of ROLES) {
      await t.test(role, async () => {
        const set = await scene(name, role);
        const [values, body] = [await parameters(name, set), await bodyOf(operation)];
        const target = path.replaceAll(/\{(\w+)\}/g, (_, parameter) => values[parameter]!);
        const before = await everything();
        const answer = await call(stack.url, method, target, {
          ...(body ? { body } : {}),
          ...(set.actor ? { token: set.actor.token } : {}),
        });
        const after = await everything();
        const told = `${method} ${target}: ${answer.status} ${JSON.stringify(answer.body)}`;
        const expected = expectations[role];
        if (typeof expected === 'string') {
          assert.deepEqual([answer.status, answer.body.code], [PROBLEMS[expected].status, expected], told);
        } else {
          assert.equal(answer.status, expected, told);
        }
        const changes = typeof expected === 'number' && method !== 'GET' && !STORES_NOTHING.includes(operation);
        if (changes) assert.notDeepEqual(after, before, 'precondition: a success is seen in the database');
        else assert.deepEqual(after, before);
      });
    }
  });
}
