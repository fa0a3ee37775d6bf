// Counts the errors in the logs of the servers.
import { readFileSync } from 'node:fs';
import type { System } from './system.ts';

/** Log lines of level error and fatal, by the kind of service and the line's text. */
export function errorsLogged({ websites, chats }: System): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name, logFile } of [...websites, ...chats]) {
    for (const line of readFileSync(logFile, 'utf8').split('\n')) {
      if (!/"level":"(error|fatal)"/.test(line)) continue;
      const text = `${name.split(' ')[0]}: ${(JSON.parse(line) as { msg: string }).msg}`;
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
  }
  return counts;
}
