// The summary of a backup, and the end of an interrupted command.
import { StartError } from '@parlance/service/start_error.ts';
import { showNumber } from './progress.ts';

/** "3 users, 2 rooms and 1,234 messages" */
export function summarize(counts: Readonly<Record<string, number>>): string {
  const count = (table: string, what: string) => {
    const number = counts[table] ?? 0;
    return `${showNumber(number)} ${what}${number === 1 ? '' : 's'}`;
  };
  return `${count('users', 'user')}, ${count('chat_rooms', 'room')} and ${count('messages', 'message')}`;
}

/**
 * Runs `run` with a signal that Ctrl-C and SIGTERM abort; it then rejects with a StartError with the text `said`. Once
 * `run` has called `commits`, both are ignored, and a failure reports that the outcome is unknown.
 */
export async function untilInterrupted<T>(
  said: string,
  run: (signal: AbortSignal, commits: () => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let isCommitting = false;
  const abort = () => isCommitting || controller.abort();
  const commits = () => {
    isCommitting = true;
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, abort);
  try {
    return await run(controller.signal, commits);
  } catch (error) {
    if (isCommitting)
      throw new StartError('It is unknown whether this was committed: check whether the database is empty.');
    throw controller.signal.aborted ? new StartError(said) : error;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, abort);
  }
}
