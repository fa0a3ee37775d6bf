// The profile `replicas`, run by a real engine: three chats, two websites and Redis act as one server, and users continue
// to send and receive messages when any container is killed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import {
  type Container,
  dockerIsMissing,
  envLine,
  makeProject,
  type Project,
  rootProcesses,
} from './containers_fixture.ts';
import { until } from './house.ts';
import { replicaLines } from './operating.ts';
import { type Person, person, type Socket, sleep } from './people.ts';
import { untilReady } from './stack.ts';
import { startTalk } from './talk.ts';

const execute = promisify(execFile);
const ROOM = 'Tea room';
/** Milliseconds from a kill until every user has a message acknowledged, including the recovery of PostgreSQL. */
const BACK_MS = 60_000;
const TIME = { timeout: 600_000 };

describe('replicas', { skip: dockerIsMissing, timeout: 900_000 }, () => {
  const operating = readFileSync(join(import.meta.dirname, '../OPERATING.md'), 'utf8');
  let project: Project;
  let people: Person[];
  before(async () => {
    project = await makeProject({ MESSAGES_PER_10S: '1000', MESSAGES_PER_USER_PER_10S: '1000' });
    await execute('sh', ['-c', (await envLine(project)).line], { cwd: project.folder });
    await project.compose('build');
  });
  after(() => project?.remove());

  test('the documented command starts three chats, two websites and Redis, which only chat reaches', async () => {
    await project.shell(replicaLines(operating).start, homedir());
    const count = async (service: string) => (await project.inspect(service)).length;
    assert.deepEqual([await count('chat'), await count('website'), await count('redis')], [3, 2, 1]);
    const [redis] = await project.inspect('redis');
    assert.deepEqual(Object.keys(redis?.NetworkSettings.Networks ?? {}), ['none']);
    const ask = (...words: string[]) =>
      project.compose('--profile', '*', 'exec', '-T', 'redis', 'redis-cli', '-s', '/run/broker/redis.sock', ...words);
    assert.match(await ask('get', 'a'), /^NOPERM/);
    await until(async () => (await ask('pubsub', 'shardnumsub', 'parlance:replicas')).includes('3'), 20_000);
    for (const container of await project.inspect()) {
      const { Name, HostConfig } = container;
      assert.equal(HostConfig.ReadonlyRootfs, true, Name);
      assert.deepEqual(HostConfig.CapDrop, ['ALL'], Name);
      assert.deepEqual(await rootProcesses(project, container), [], Name);
    }
  });

  test('users at different chats see each other and receive messages in one order', async () => {
    people = [await person(project.url, 'ann'), await person(project.url, 'bob'), await person(project.url, 'cem')];
    await people[0]!.createRoom(ROOM);
    // nginx sends each socket to the chat that has the fewest.
    const sockets: Socket[] = [];
    for (const one of people) sockets.push(await one.join(ROOM));
    const opened = await Promise.all((await project.inspect('chat')).map(({ Id }) => project.docker('logs', Id)));
    for (const log of opened) assert.match(log, /"msg":"socket opened"/, 'the premise: each chat has a socket');
    const names = people.map(({ username }) => username);
    const here = sockets.map(async ({ frames }) => {
      await until(() => names.every((name) => seen(frames).has(name)), 10_000);
    });
    await Promise.all(here);
    for (let round = 0; round < 10; round += 1) for (const socket of sockets) socket.say(`round ${round}`);
    await until(() => sockets.every((socket) => socket.seqs().length === 30), 10_000);
    for (const socket of sockets)
      assert.deepEqual(
        socket.seqs(),
        Array.from({ length: 30 }, (_, index) => index + 1),
      );
    await sockets[2]!.close();
    await sockets[0]!.next('presence.changed', ({ left }) => left.includes(names[2]), 10_000);
    await Promise.all([sockets[0]!.close(), sockets[1]!.close()]);
  });

  test('a rolling restart with the documented commands refuses and loses no message', TIME, async (t) => {
    const talk = await startTalk(t, project.url, people, ROOM);
    await talk.heard(BACK_MS);
    await project.shell(replicaLines(operating).restart, homedir());
    await talk.heard(BACK_MS);
    t.diagnostic(`slowest message ${talk.slowest()} ms`);
    await talk.audit();
  });

  test('after a kill of any container acknowledged messages are stored once and users continue', TIME, async (t) => {
    const talk = await startTalk(t, project.url, people, ROOM);
    await talk.heard(BACK_MS);
    const containers = ['chat', 'website', 'redis', 'nginx', 'db'].map((name) => project.inspect(name));
    for (const { Id, Name } of (await Promise.all(containers)).flat()) {
      for (const kill of [crash, killAndUp] as const) {
        const began = performance.now();
        await kill(project, Id);
        await talk.heard(BACK_MS);
        const back = Math.round(performance.now() - began);
        await until(() => isHealthy(project, Id), BACK_MS);
        t.diagnostic(`${Name} ${kill.name}: users continue after ${back} ms, slowest message ${talk.slowest()} ms`);
      }
    }
    await untilReady(project.url);
    await talk.audit();
  });
});

/** Kills the processes of the container, as a crash would; the engine restarts it. */
async function crash(project: Project, id: string): Promise<void> {
  const [before] = JSON.parse(await project.docker('inspect', id)) as [Container];
  process.kill(before.State.Pid, 'SIGKILL');
  await until(async () => {
    const [now] = JSON.parse(await project.docker('inspect', id)) as [Container];
    return now.RestartCount === before.RestartCount + 1 && now.State.Status === 'running';
  }, BACK_MS);
}

/** Kills the container with `docker kill`; it stays down until it is started. */
async function killAndUp(project: Project, id: string): Promise<void> {
  await project.docker('kill', id);
  await sleep(2_000);
  await project.docker('start', id);
}

async function isHealthy(project: Project, id: string): Promise<boolean> {
  const [{ State }] = JSON.parse(await project.docker('inspect', id)) as [Container];
  return State.Health?.Status === 'healthy';
}

/** The members of the room according to the frames of a socket. */
function seen(frames: Socket['frames']): Set<string> {
  const here = new Set<string>();
  for (const { type, members = [], joined = [], left = [] } of frames) {
    if (type === 'room.joined') for (const name of members) here.add(name);
    if (type !== 'presence.changed') continue;
    for (const name of joined) here.add(name);
    for (const name of left) here.delete(name);
  }
  return here;
}
