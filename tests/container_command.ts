// Reads the start command of a service from the CMD of its Dockerfile, for tests that start services as processes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** Returns the arguments of node, with the absolute path of the program. Throws if the CMD has another form. */
export function containerArguments(service: 'website' | 'chat'): string[] {
  const [, json] = /^CMD (\[.*\])$/m.exec(readFileSync(join(ROOT, service, 'Dockerfile'), 'utf8')) ?? [];
  const [node, ...args] = JSON.parse(json ?? '[]') as string[];
  const program = args.pop();
  if (node !== 'node' || !program) throw new Error(`The CMD of ${service}/Dockerfile does not start node`);
  return [...args, join(ROOT, program)];
}
