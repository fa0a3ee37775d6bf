// Bounds on password hashing: few dedicated argon2 threads, a short queue, and places shared between networks.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { Problem } from '@parlance/service/problem.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { call, PASSWORD, person } from '../../tests/people.ts';
import { note } from '../../tests/wiretap.ts';
import { type HashingPlace, takePlace } from '../app/services/hashing.ts';
import { closeHashing, hashingThreads, THREADS } from '../app/services/hashing_threads.ts';
import { hashPassword, verifyPassword } from '../app/services/passwords.ts';
import { assertProblem, startTestWebsite } from './fixture.ts';

after(() => closeHashing());

const refused = (error: unknown) => error instanceof Problem && error.code === 'unavailable';
/** A hash of minimal cost: the tests are about places, not about time. */
const job = { do: 'hash', password: 'x', options: { memoryCost: 64, timeCost: 1 } } as const;
const taken = (count: number, network: string) => Array.from({ length: count }, () => takePlace({ network }));
const giveBack = (places: HashingPlace[]) => {
  for (const place of places) place[Symbol.dispose]();
};

test('a request beyond passwordsAtOnce is refused, and a place that is given back can be taken again', () => {
  const places = taken(LIMITS.passwordsAtOnce, 'a');
  note('limit passwordsAtOnce at');
  assert.throws(() => takePlace({ network: 'a' }), refused);
  note('limit passwordsAtOnce beyond');
  places.pop()![Symbol.dispose]();
  giveBack([...places, takePlace({ network: 'a' })]);
  giveBack(taken(LIMITS.passwordsAtOnce, 'a'));
});

test('when all places are taken, a new network gets a place of the network that has the most', async () => {
  const flood = taken(LIMITS.passwordsAtOnce, 'stranger');
  const own = takePlace({ network: 'own' });
  assert.ok('hashed' in (await own.run(job)));
  await assert.rejects(flood.at(-1)!.run(job), refused, 'the latest place was taken away');
  assert.ok('hashed' in (await flood[0]!.run(job)));
  assert.throws(() => takePlace({ network: 'stranger' }), refused);
  giveBack([...flood, own]);
  const crowd = Array.from({ length: LIMITS.passwordsAtOnce }, (_, k) => takePlace({ network: `network ${k}` }));
  assert.throws(() => takePlace({ network: 'one more' }), refused, 'no network has more than one');
  giveBack(crowd);
});

test('networks take turns, however many runs of one network are queued', async () => {
  const order: string[] = [];
  const run = async (place: HashingPlace, name: string) => {
    await place.run(job);
    order.push(name);
  };
  const flood = taken(20, 'stranger');
  const own = takePlace({ network: 'own' });
  await Promise.all([...flood.map((place) => run(place, 'stranger')), run(own, 'own')]);
  assert.ok(order.indexOf('own') <= THREADS + 1, `${order.indexOf('own')} runs came before`);
  giveBack([...flood, own]);
});

test('a queued run is dropped when its client disconnects, and no run starts for a disconnected client', async () => {
  const gone = new AbortController();
  const others = taken(THREADS + 2, 'a');
  const busy = others.map((place) => place.run(job));
  const place = takePlace({ network: 'b', signal: gone.signal });
  const waiting = place.run(job);
  gone.abort();
  await assert.rejects(waiting, refused);
  await assert.rejects(place.run(job), refused);
  await Promise.all(busy);
  giveBack([...others, place]);
});

test('a thread that dies is replaced, and its request is answered with unavailable', async () => {
  await hashPassword('x');
  const before = hashingThreads();
  const lost = assert.rejects(hashPassword('y'), refused);
  for (const thread of before) void thread.terminate();
  await lost;
  const { fits } = await verifyPassword(await hashPassword('z'), 'z');
  assert.ok(fits);
  assert.ok(hashingThreads().every((thread) => !before.includes(thread)));
});

test('hashing does not occupy the threads that database connections and DNS lookups need', async () => {
  const work = () => promisify(pbkdf2)('x', 'y', 1, 8, 'sha256');
  await hashPassword('x');
  let ended = 0;
  const hashes = Array.from({ length: 12 }, () => hashPassword('x').then(() => (ended += 1)));
  await work();
  assert.ok(ended <= 2, `${ended} of 12 hashes ended before`);
  await Promise.all(hashes);
});

test('the hashing threads do not keep a process alive', async () => {
  const program = `
    import { hashPassword } from ${JSON.stringify(new URL('../app/services/passwords.ts', import.meta.url).href)};
    console.log(await hashPassword('x'));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  child.stdout.on('data', (chunk) => {
    told += chunk;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  assert.match(told, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('without a free place each operation with a password is refused at once, and nothing is counted', async (t) => {
  const site = await startTestWebsite();
  t.after(() => site.stop());
  const ann = await person(site.url);
  const places = [...taken(LIMITS.passwordsAtOnce / 2, '127.0.0.0/24'), ...taken(LIMITS.passwordsAtOnce / 2, 'b')];
  t.after(() => giveBack(places));
  const { rows: before } = await site.sql.query('select * from rate_limits order by key');
  const credentials = { email: ann.email, password: PASSWORD };
  const asked: [string, object][] = [
    ['/api/session', credentials],
    ['/api/access-tokens', credentials],
    ['/api/users', { email: 'new@example.org', username: 'new', password: PASSWORD }],
  ];
  for (const [path, body] of asked) assertProblem(await call(site.url, 'POST', path, { body }), 'unavailable');
  assert.deepEqual((await site.sql.query('select * from rate_limits order by key')).rows, before);
  giveBack(places.splice(0));
  for (const [path, body] of asked) {
    const { status } = await call(site.url, 'POST', path, { body });
    assert.ok(status < 300, `${path} ${status}`);
  }
});
