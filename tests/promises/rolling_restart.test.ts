// A rolling restart under load: two websites and two chats as processes behind nginx end and start again, one after the other,
// while users send messages and use pages. No request and no message is refused.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LOCK_WAIT_MS } from '@parlance/website/database.ts';
import { until } from '../house.ts';
import { nginxIsMissing, startListener, startNginx } from '../nginx_fixture.ts';
import { type Person, person, sleep } from '../people.ts';
import { type ServiceProcess, serviceProcess } from '../service_process.ts';
import { testDatabase, untilReady } from '../stack.ts';
import { startTalk } from '../talk.ts';

const RATES = {
  LOGINS_PER_10MIN: '100000',
  REGISTRATIONS_PER_HOUR: '100000',
  REQUESTS_PER_USER_PER_10S: '100000',
  MESSAGES_PER_10S: '100000',
  MESSAGES_PER_USER_PER_10S: '100000',
  REQUESTS_AT_ONCE_PER_ADDRESS: '1000',
  TRUSTED_PROXIES: '127.0.0.1',
};
/** nginx also limits requests per address, and here every user has the same one. */
const NGINX_RATES = { 'rate=100r/s': 'rate=10000r/s', 'rate=400r/s': 'rate=40000r/s' };
const ROOM = 'Tea room';
/** A service that is stopping refuses at once. A refusal after this time has waited for a row lock, in milliseconds. */
const STARVED_MS = LOCK_WAIT_MS;

test('services that restart one after the other under load refuse no request and no message', {
  skip: nginxIsMissing,
  timeout: 170_000,
}, async (t) => {
  const { url, services } = await startReplicas(t);
  const people = await Promise.all(Array.from({ length: 3 }, () => person(url)));
  await people[0]!.createRoom(ROOM);
  const talk = await startTalk(t, url, people, ROOM);
  const pages = startPages(t, people);
  await talk.heard(30_000);
  for (const service of services) {
    const began = performance.now();
    assert.equal(await service.end('SIGTERM'), 0, service.log());
    const ended = performance.now();
    await service.start();
    await talk.heard(30_000);
    t.diagnostic(
      `ended in ${Math.round(ended - began)} ms, slowest message ${talk.slowest()} ms, ${pages.answers()} requests`,
    );
  }
  assert.deepEqual(await pages.stop(), []);
  await talk.audit();
  assert.ok(talk.acknowledged.length > 50 && pages.answers() > 50, 'the premise: there was load');
});

test('a website that stops still answers on the idle connections of a proxy, and closes each with its answer', async (t) => {
  const database = await testDatabase();
  const website = await serviceProcess(t, 'website', { ...RATES, DATABASE_URL: database.url });
  await website.start();
  const agents = Array.from({ length: 3 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  t.after(async () => {
    for (const agent of agents) agent.destroy();
    await database.drop();
  });
  const connections = async () => {
    const answers = await Promise.all(agents.map((agent) => ask(agent, `http://${website.address}/api/limits`)));
    return answers.map(({ status, headers }) => `${status} ${headers.connection}`);
  };
  assert.deepEqual(await connections(), ['200 keep-alive', '200 keep-alive', '200 keep-alive']);
  const ended = website.end('SIGTERM');
  await until(async () => (await website.readyz()).status === 503);
  await sleep(200);
  assert.deepEqual(await connections(), ['200 close', '200 close', '200 close']);
  assert.equal(await ended, 0, website.log());
});

function ask(agent: Agent, url: string): Promise<{ status: number; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve({ status: answer.statusCode!, headers: answer.headers }));
    });
    sent.on('error', reject).end();
  });
}

/** Two websites and two chats on one database, behind nginx. A chat reaches the websites by one address, as in compose. */
async function startReplicas(t: TestContext): Promise<{ url: string; services: ServiceProcess[] }> {
  const database = await testDatabase();
  const assets = mkdtempSync(join(tmpdir(), 'parlance-assets-'));
  execFileSync(process.execPath, [join(import.meta.dirname, '../../website/app/bundle.ts'), assets]);
  const replicas = (service: 'website' | 'chat', settings: Record<string, string>) =>
    Promise.all([serviceProcess(t, service, settings), serviceProcess(t, service, settings)]);
  const websites = await replicas('website', { ...RATES, DATABASE_URL: database.url, ASSETS: assets });
  const name = await startName(
    t,
    websites.map(({ internal }) => internal),
  );
  const chats = await replicas('chat', { ...RATES, WEBSITE_URL: `http://${name}` });
  t.after(async () => {
    rmSync(assets, { recursive: true });
    await database.drop();
  });
  for (const service of [...websites, ...chats]) await service.start();
  const nginx = await startNginx(
    t,
    { website: websites.map(({ address }) => address), chat: chats.map(({ address }) => address) },
    NGINX_RATES,
  );
  const url = `http://127.0.0.1:${nginx.port}`;
  await untilReady(url);
  return { url, services: [...websites, ...chats] };
}

/** One address for several, like a name with several addresses: a connection goes to the first that accepts it. */
function startName(t: TestContext, addresses: string[]): Promise<string> {
  let turn = 0;
  const pass = (socket: Socket, [address, ...others]: string[]): void => {
    if (!address) return void socket.destroy();
    const [host, port] = address.split(':');
    const onwards = connect(Number(port), host);
    onwards.once('error', () => pass(socket, others));
    onwards.once('connect', () => {
      onwards
        .removeAllListeners('error')
        .on('error', () => socket.destroy())
        .on('close', () => socket.destroy());
      socket.on('close', () => onwards.destroy());
      socket.pipe(onwards).pipe(socket);
    });
  };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    turn = (turn + 1) % addresses.length;
    pass(socket, [...addresses.slice(turn), ...addresses.slice(0, turn)]);
  });
  return startListener(t, server);
}

/** Repeats the requests of pages, by every method. `stop` resolves with the unexpected answers. */
function startPages(t: TestContext, people: readonly Person[]): { answers(): number; stop(): Promise<string[]> } {
  const room = `/api/rooms/${encodeURIComponent(ROOM)}`;
  const faults: string[] = [];
  let answers = 0;
  let over = false;
  t.after(() => {
    over = true;
  });
  /** Returns whether the round continues. */
  const ask = async (who: Person, status: number, method: string, path: string, body?: unknown): Promise<boolean> => {
    const began = performance.now();
    const answer = await who
      .call(method, path, body)
      .catch((error) => ({ status: 0, body: String(error.cause ?? error) }));
    answers += 1;
    if (answer.status === status) return true;
    // On a busy machine a transaction of another request can hold the row for longer than the lock wait.
    const isUnknown = answer.status === 503 && answer.body.code === 'store_unavailable';
    const starved = isUnknown && performance.now() - began > STARVED_MS;
    if (!starved) faults.push(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return false;
  };
  const use = async (who: Person) => {
    while (!over) {
      const id = randomUUID();
      const message = `${room}/messages/${id}`;
      const round: [status: number, method: string, path: string, body?: object][] = [
        [200, 'GET', '/login'],
        [200, 'GET', '/api/rooms'],
        [200, 'GET', `${room}/messages`],
        [201, 'POST', `${room}/tokens`],
        [201, 'POST', `${room}/messages`, { id, content: 'by HTTP' }],
        [200, 'PATCH', message, { content: 'edited' }],
        [204, 'PUT', `${message}/reactions/${encodeURIComponent('👍')}`],
        [204, 'DELETE', message],
      ];
      for (const one of round) if (!(await ask(who, ...one))) break;
      await sleep(200);
    }
  };
  const users = people.map(use);
  return {
    answers: () => answers,
    stop: async () => {
      over = true;
      await Promise.all(users);
      return faults;
    },
  };
}
