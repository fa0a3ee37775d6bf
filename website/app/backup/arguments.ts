// What `backup` and `restore` take: one file, or `-` for stdout or stdin.
import { resolve } from 'node:path';
import { StartError } from '@parlance/service/start_error.ts';
import { parseWords } from '../command.ts';

/** The file or `-`; undefined: help is wanted. @throws StartError for anything else. */
export function parseFile(program: string, args: readonly string[]): string | undefined {
  const more = `${program} --help says more.`;
  const positionals = parseWords(args, more);
  if (!positionals) return undefined;
  if (positionals.length !== 1 || !positionals[0]) throw new StartError(`Give one file, or - for a pipe: ${more}`);
  return positionals[0];
}

/** npm runs a program in its own folder: a name of a file is meant where it was typed. */
export function fromWhereTyped(argv: readonly string[]): string[] {
  const { INIT_CWD = '.' } = process.env;
  return argv.map((arg) => (arg.startsWith('-') ? arg : resolve(INIT_CWD, arg)));
}
