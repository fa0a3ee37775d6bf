// What `backup` and `restore` take: one file, or `-` for stdout or stdin.
import { parseArgs } from 'node:util';
import { StartError } from '@parlance/service/start_error.ts';

/** The file or `-`; undefined: help is wanted. @throws StartError for anything else. */
export function parseFile(program: string, args: readonly string[]): string | undefined {
  const more = `${program} --help says more.`;
  const { values, positionals } = parse(args, more);
  if (values.help) return undefined;
  if (positionals.length !== 1 || !positionals[0]) throw new StartError(`Give one file, or - for a pipe: ${more}`);
  return positionals[0];
}

function parse(args: readonly string[], more: string) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { help: { type: 'boolean', short: 'h' } } });
  } catch {
    throw new StartError(`There is no such option: ${more}`);
  }
}
