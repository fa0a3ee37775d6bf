// `npm run check`: all checks that must pass before a change is pushed, except the tests of the services (`npm test`).
// The steps are independent and run in parallel; each prints one line, and the output of failed steps follows at the
// end.
import { spawn } from 'node:child_process';
import { installCli } from './specs/tooling/gates/asyncapi.ts';

/** The arguments of node for each step, run in the root of the repository. */
export const steps = {
  'format and lint': ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
  types: [
    'node_modules/typescript/bin/tsc',
    '-p',
    '.',
    '--incremental',
    '--tsBuildInfoFile',
    'node_modules/.cache/types',
  ],
  'generated files': ['specs/tooling/generate/main.ts', '--check'],
  'generated documents': ['specs/tooling/generate/docs.ts', '--check'],
  'OpenAPI lint': ['specs/tooling/gates/lint.ts'],
  'AsyncAPI validation': ['specs/tooling/gates/asyncapi.ts'],
  'breaking changes': ['specs/tooling/gates/breaking.ts'],
  'contract tests': ['--test', '--test-reporter=spec', 'specs/tooling/tests/*.test.ts'],
} satisfies Record<string, string[]>;

/** Runs one step in its own process. `passed`: it exited with 0. Never rejects. */
function run(args: string[]): Promise<{ passed: boolean; output: string; seconds: string }> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => {
      resolve({ passed: code === 0, output, seconds: ((performance.now() - started) / 1000).toFixed(1) });
    });
  });
}

if (import.meta.main) {
  process.chdir(import.meta.dirname);
  installCli();
  const failures: string[] = [];
  await Promise.all(
    Object.entries(steps).map(async ([name, args]) => {
      const { passed, output, seconds } = await run(args);
      console.log(`${passed ? '✔' : '✖'} ${name.padEnd(20)} ${seconds.padStart(5)} s`);
      if (!passed) failures.push(`\n──── ${name}\n${output.trim()}`);
    }),
  );
  for (const failure of failures) console.error(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
