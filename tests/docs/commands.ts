// Runs the snippets of the documents as a reader would: bash, Node, Python, in a folder in which the client is installed.
// Returns the output and the exit code; asserts nothing.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const root = fileURLToPath(new URL('../..', import.meta.url));
const WEBSOCKETS = '17.4';

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Outcome>;
}

/** An empty folder in which `@parlance/client` can be imported. */
export function readersFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'parlance-docs-'));
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** False when curl is installed, else why the shell examples are skipped. Always false in CI. */
export const curlIsMissing =
  process.env.CI || spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';

/**
 * Runs a block of shell lines; stops at the first that fails. `$ACCESS_TOKEN` and `$ROOM_ID` persist between the blocks
 * of a folder; the token may be given. curl is silent; `status` and `headers` are those of its last response.
 */
export async function runShell(
  text: string,
  folder: string,
  accessToken?: string,
): Promise<Outcome & { status: number; headers: Headers }> {
  const script = [
    'set -euo pipefail',
    '[ ! -e .variables ] || . ./.variables',
    accessToken === undefined ? '' : `ACCESS_TOKEN='${accessToken}'`,
    `curl() { command curl -sS -D .headers -w '%{stderr}%{http_code}' "$@"; }`,
    text,
    'set +u; printf "ACCESS_TOKEN=%q\nROOM_ID=%q\n" "$ACCESS_TOKEN" "$ROOM_ID" > .variables',
  ].join('\n');
  const outcome = await start('bash', ['-c', script], folder).ended;
  const file = join(folder, '.headers');
  const lines = existsSync(file) ? readFileSync(file, 'latin1').matchAll(/^([\w-]+): (.*?)\r?$/gm) : [];
  const headers = new Headers(Array.from(lines, ([, name, value]): [string, string] => [name!, value!]));
  return { ...outcome, status: Number(outcome.stderr.slice(-3)), headers };
}

export function startJavaScript(text: string, folder: string): Running {
  const file = join(folder, `snippet-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(file, text);
  return start(process.execPath, ['--no-warnings', file], folder);
}

export function startPython(binary: string, text: string, folder: string): Running {
  return start(binary, ['-c', text], folder);
}

function start(command: string, args: string[], cwd: string): Running {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const outcome: Outcome = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (outcome.stdout += chunk));
  child.stderr.on('data', (chunk) => (outcome.stderr += chunk));
  const ended = new Promise<Outcome>((resolve) => {
    child.on('error', (error) => (outcome.stderr += error.message));
    child.on('close', (code) => resolve({ ...outcome, code }));
  });
  return { child, ended };
}

/**
 * A Python with the package `websockets`, installed once per checkout, or why there is none; in CI it rejects instead.
 * Does not block the event loop, because the server under test runs in this process.
 */
export async function findPython(): Promise<{ binary: string } | { missing: string }> {
  const folder = join(root, 'node_modules/.cache/parlance/python');
  const made = join(folder, `websockets-${WEBSOCKETS}`);
  const binary = join(folder, 'bin/python');
  if (existsSync(made)) return { binary };
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await execute('python3', ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `websockets==${WEBSOCKETS}`];
    // CI runs this before every merge, so it retries a registry that is unreachable for a moment.
    for (let attempt = 1; ; attempt += 1) {
      const error = await execute(binary, pip).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!error) break;
      if (!process.env.CI || attempt === 4) throw error;
      await sleep(attempt * 5_000);
    }
    writeFileSync(made, '');
    return { binary };
  } catch (error) {
    if (process.env.CI) throw error;
    return { missing: 'there is no Python 3 with venv, or the package websockets cannot be fetched' };
  }
}
