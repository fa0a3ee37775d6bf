// A compose project in a copy of this working tree, so that no data and no .env appear in the tree, with its own port,
// network and name. Needs a docker engine; asserts nothing about the containers.
import { execFile, execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free_port.ts';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..');

/** False when a docker engine answers, else why the tests are skipped; also in CI, which has no engine. */
export const dockerIsMissing = (() => {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 });
    return false;
  } catch {
    return 'no docker engine answers (docker info fails)';
  }
})();

export const SECRETS = ['POSTGRES_PASSWORD', 'APP_DB_PASSWORD', 'INTERNAL_SECRET', 'SESSION_SECRET'] as const;

/** The part of the output of `docker inspect` that the tests read. */
export interface Container {
  Id: string;
  Name: string;
  RestartCount: number;
  State: { Status: string; ExitCode: number; StartedAt: string; Pid: number; Health?: { Status: string } };
  HostConfig: { ReadonlyRootfs: boolean; CapDrop: string[]; SecurityOpt: string[]; RestartPolicy: { Name: string } };
  NetworkSettings: {
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>;
    Networks: Record<string, { IPAddress: string }>;
  };
}

export interface Project {
  folder: string;
  /** The one port, `http://127.0.0.1:…`. */
  url: string;
  /** Resolves with stdout; rejects with an error whose `stderr` says why. */
  compose(...args: string[]): Promise<string>;
  /** The same for `docker`. */
  docker(...args: string[]): Promise<string>;
  /** The containers of a service, or of all services without a name, running or not. */
  inspect(service?: string): Promise<Container[]>;
  /** Runs a Node program in the container of a service. Resolves with stdout. */
  node(service: string, program: string): Promise<string>;
  /** Runs shell commands in the folder; `home` is HOME. Rejects when one fails. */
  shell(lines: string, home: string): Promise<string>;
  /** Removes everything, including data and images. */
  remove(): Promise<void>;
}

/** The variable that compose reports as missing, and the command that it prints. Rejects when none is missing. */
export async function envLine(project: Project): Promise<{ missing: string; line: string }> {
  const error: string = await project.compose('config').then(
    () => '',
    ({ stderr }) => stderr,
  );
  const said = /variable (\w+) is missing a value: is not set\. Make \.env, once: (.+)/.exec(error);
  if (!said) throw new Error(`compose does not ask for .env: ${error}`);
  const [, missing = '', line = ''] = said;
  return { missing, line };
}

/**
 * The processes of a container that run as root. The health probe of PostgreSQL is left out: the engine runs it as the user of
 * the image, which is root. Rejects if the container has no process.
 */
export async function rootProcesses(project: Project, { Id, Name }: Container): Promise<string[]> {
  const [, ...processes] = (await project.docker('top', Id, '-eo', 'pid,uid,args')).trim().split('\n');
  if (processes.length === 0) throw new Error(`docker top names no process of ${Name}`);
  return processes.filter((one) => /^\s*\d+\s+0\s/.test(one) && !one.includes('pg_isready'));
}

/** @param settings for compose, as environment variables. */
export async function makeProject(settings: Record<string, string> = {}): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-containers-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of listed.toString().split('\0')) {
    if (file === '' || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(root, file), join(folder, file));
  }
  const address = `127.0.0.1:${await freePort()}`;
  const own = {
    COMPOSE_PROJECT_NAME: `parlance-test-${process.pid}`,
    PORT: address,
    FRONT_NETWORK: `10.203.${randomInt(65, 255)}`,
  };
  const env: NodeJS.ProcessEnv = { ...process.env, ...settings, ...own };
  for (const name of SECRETS) delete env[name];
  const docker = async (...args: string[]) =>
    (await execute('docker', args, { cwd: folder, env, maxBuffer: 2 ** 26 })).stdout;
  const compose = (...args: string[]) => docker('compose', ...args);
  return {
    folder,
    url: `http://${address}`,
    compose,
    docker,
    inspect: async (service) => {
      const ids = (await compose('ps', '--all', '--quiet', ...(service ? [service] : []))).split('\n').filter(Boolean);
      return JSON.parse(await docker('inspect', ...ids));
    },
    node: (service, program) => compose('exec', '-T', service, 'node', '-e', program),
    shell: async (lines, home) => {
      // Docker finds its plugins and contexts under HOME, so it keeps the real one.
      const own = { DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(homedir(), '.docker'), HOME: home };
      return (await execute('sh', ['-ec', lines], { cwd: folder, env: { ...env, ...own } })).stdout;
    },
    remove: async () => {
      const data = readdirSync(join(folder, 'db/dump')).filter((name) => name.startsWith('compose'));
      for (const name of data) {
        const volume = ['-v', `${join(folder, 'db/dump', name)}:/old`];
        await compose('run', '--rm', '--no-deps', '-T', ...volume, '--entrypoint', 'rm', 'db', '-rf', '/old/18');
      }
      if (data.length > 0) await compose('--profile', '*', 'down', '--volumes', '--rmi', 'local', '--remove-orphans');
      rmSync(folder, { recursive: true });
    },
  };
}
