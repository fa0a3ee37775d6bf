// Runs the tests of a mutant in a copy and decides whether one of them noticed it. Plants nothing.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { steps } from '../../check.ts';
import { type Copy, isContract } from './copy.ts';
import type { Mutant } from './mutant.ts';

/** The tests of one mutant may take this long, in ms. A mutant that makes them hang is noticed. */
const PATIENCE_MS = 300_000;

/** What is run for a mutant. Equal for mutants that share a baseline. */
export type Tests = Pick<Mutant, 'tests' | 'name'>;

export interface Verdict {
  /** What noticed the mutant: names of tests, steps or the generator; undefined: it survived. */
  noticedBy: string | undefined;
  /** Tests that passed, without skipped ones. */
  passed: number;
  /** The end of what was said. */
  output: string;
}

interface Ended {
  code: number | null;
  output: string;
}

/** Runs node in the copy, in a process group of its own that is killed after `PATIENCE_MS`. */
function run(folder: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const patience = setTimeout(() => {
      output += `\nnot ok - no end within ${PATIENCE_MS / 1_000} s\n`;
      process.kill(-child.pid!, 'SIGKILL');
    }, PATIENCE_MS);
    child.on('exit', (code) => {
      clearTimeout(patience);
      // What a killed test has started must not delay the next one.
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // The group is empty.
      }
      resolve({ code, output });
    });
  });
}

/** As `npm test` runs files, on the database server of this run. */
function testArguments(folder: string, files: readonly string[], name: string | undefined): string[] {
  const pattern = name ? [`--test-name-pattern=${name}`] : [];
  const wiretap = join(folder, 'tests/wiretap.ts');
  const flags = ['--test-reporter=tap', '--test-timeout=180000', '--test-concurrency=1'];
  return ['--import', wiretap, '--test', ...flags, ...pattern, ...files];
}

/** @param databaseServer of the run, for TEST_DATABASE_SERVER. */
export async function judge({ folder }: Copy, { tests, name }: Tests, databaseServer: string): Promise<Verdict> {
  const env = { ...process.env, TEST_DATABASE_SERVER: databaseServer, NODE_TEST_CONTEXT: undefined };
  let passed = 0;
  const isStep = (one: string): one is keyof typeof steps => one in steps;
  for (const step of tests.filter(isStep)) {
    const { code, output } = await run(folder, steps[step], env);
    if (code !== 0) return { noticedBy: `the step "${step}"`, passed, output };
    passed += 1;
  }
  const files = tests.filter((one) => !isStep(one));
  if (files.length === 0) return { noticedBy: undefined, passed, output: '' };
  const { code, output } = await run(folder, testArguments(folder, files, name), env);
  passed += Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0);
  if (code === 0) return { noticedBy: undefined, passed, output };
  return { noticedBy: failures(output), passed, output };
}

/** Plants the mutant, generates what depends on it as a consistent liar would, judges and restores. */
export async function judgeMutant(copy: Copy, mutant: Mutant, databaseServer: string): Promise<Verdict> {
  copy.plant(mutant);
  try {
    if (isContract(mutant.file)) {
      for (const generator of ['specs/tooling/generate/main.ts', 'specs/tooling/generate/docs.ts']) {
        const { code, output } = await run(copy.folder, [generator], process.env);
        if (code !== 0) return { noticedBy: 'the generator', passed: 0, output };
      }
    }
    return await judge(copy, mutant, databaseServer);
  } finally {
    copy.restore(mutant);
  }
}

/** The names of up to two failed tests, innermost first; a file that betrays the contract on the wire fails as a whole. */
function failures(output: string): string {
  const names = Array.from(output.matchAll(/^( *)not ok (?:\d+ )?- (.+?)$/gm), ([, indent, name]) => ({
    depth: indent!.length,
    name: name!.replace(/ # .*$/, ''),
  }));
  const tests = names.filter(({ name }) => !/\.test\.ts$/.test(name)).sort((a, b) => b.depth - a.depth);
  const told = (tests.length > 0 ? tests : names).slice(0, 2).map(({ name }) => `"${name}"`);
  return told.join(' and ') || 'the run itself';
}
