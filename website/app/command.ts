// Shared by the operator's commands: parses the command line, and prints one sentence, the result or the reason of a
// failure. Knows no command.
import { parseArgs } from 'node:util';
import { Problem } from '@parlance/service/problem.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { isUnavailable, sqlState } from './database.ts';

/**
 * Returns the words of a command line, or undefined if help was requested. There are no other options.
 * @param more the sentence that says where to find help
 * @throws StartError for an unknown option
 */
export function parseWords(args: readonly string[], more: string): string[] | undefined {
  const options = { help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    return values.help ? undefined : positionals;
  } catch {
    throw new StartError(`There is no such option: ${more}`);
  }
}

/**
 * Prints the sentence that `run` resolves with by `say` (stdout by default). Wrong usage and expected failures print a
 * sentence to stderr. Rejects with an unexpected error.
 * @returns the exit code
 */
export async function runCommand(
  run: () => Promise<string>,
  say: (line: string) => void = console.log,
): Promise<0 | 1> {
  try {
    say(await run());
    return 0;
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === undefined) throw error;
    console.error(sentence);
    return 1;
  }
}

/** By SQLSTATE: why a database that can be reached does not run a statement. */
const REASONS: Readonly<Record<string, string>> = {
  '25006': 'The database is read-only: check DATABASE_URL.',
  '53100': 'The disk of the database is full.',
  '53300': 'The database accepts no more connections.',
};

/** The sentence for an expected failure; undefined: an unexpected error. */
function sentenceOf(error: unknown): string | undefined {
  if (error instanceof StartError || error instanceof Problem) return error.message;
  const state = sqlState(error);
  if (state === '42P01' || state === '42703') {
    return 'The database does not have the tables of this version yet: start Parlance first.';
  }
  const reason = state && REASONS[state];
  if (reason) return reason;
  if (state?.startsWith('28') || state === '3D000' || isUnavailable(error)) {
    return 'The database cannot be reached: check DATABASE_URL.';
  }
  return undefined;
}
