// How the operator's commands end: one sentence of what was done, or one that says why not. Knows no command.
import { Problem } from '@parlance/service/problem.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { isUnavailable, sqlState } from './database.ts';

/**
 * Prints the sentence that `run` resolves with, to `say` (stdout unless told). Wrong use and an expected failure are one
 * sentence on stderr. Rejects with a fault of ours.
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

/** The sentence for an expected failure; undefined: a fault of ours. */
function sentenceOf(error: unknown): string | undefined {
  if (error instanceof StartError || error instanceof Problem) return error.message;
  const state = sqlState(error);
  if (state === '42P01' || state === '42703') {
    return 'The database does not have the tables of this version yet: start Parlance first.';
  }
  if (state?.startsWith('28') || state === '3D000' || isUnavailable(error)) {
    return 'The database cannot be reached: check DATABASE_URL.';
  }
  return undefined;
}
