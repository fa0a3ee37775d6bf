// Validates the published socket document with the AsyncAPI CLI. The CLI (some 440 MB) is in asyncapi-cli/ with its own
// lock file, and is installed if missing or older than that file. It sends no metrics and runs no install scripts.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../asyncapi-cli', import.meta.url));
const passedFile = fileURLToPath(new URL('../../../node_modules/.cache/parlance/asyncapi', import.meta.url));

/** Whether the CLI is installed and at least as new as its lock file. */
export function cliInstalled(): boolean {
  const installed = join(cli, 'node_modules/.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(cli, 'package-lock.json')).mtimeMs;
}

/** Installs the CLI if needed. Two processes must not call it at the same time. Throws if npm fails. */
export function installCli(): void {
  if (cliInstalled()) return;
  console.log('installing the AsyncAPI CLI (only once, about a minute) …');
  const npm = spawnSync('npm ci --no-audit --no-fund', { cwd: cli, encoding: 'utf8', shell: true });
  if (npm.status !== 0) throw new Error(`The AsyncAPI CLI could not be installed in ${cli}:\n${npm.stderr}`);
}

/** The CLI's errors and warnings for the document at `path`; empty if it is valid. The CLI must be installed. */
export function validate(path: string): string {
  const run = spawnSync(
    process.execPath,
    [join(cli, 'node_modules/@asyncapi/cli/bin/run_bin'), 'validate', path, '--fail-severity=warn'],
    {
      cwd: cli,
      encoding: 'utf8',
      env: { ...process.env, ASYNCAPI_METRICS_CONFIG_PATH: join(cli, 'analytics.json'), NO_COLOR: '1' },
    },
  );
  return run.status === 0 ? '' : `${run.stdout}${run.stderr}`;
}

if (import.meta.main) {
  installCli();
  const document = fileURLToPath(new URL('../../generated/asyncapi.json', import.meta.url));
  const lock = join(cli, 'package-lock.json');
  const hash = createHash('sha256').update(readFileSync(document)).update(readFileSync(lock)).digest('hex');
  if (existsSync(passedFile) && readFileSync(passedFile, 'utf8') === hash) {
    console.log('unchanged since it last passed');
  } else {
    const faults = validate(document);
    if (faults === '') {
      mkdirSync(dirname(passedFile), { recursive: true });
      writeFileSync(passedFile, hash);
    } else {
      console.error(faults);
      process.exitCode = 1;
    }
  }
}
