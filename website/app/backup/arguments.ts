// Parses the argument of `backup` and `restore`: one file, or `-` for stdout or stdin.
import { resolve } from 'node:path';
import { StartError } from '@parlance/service/start_error.ts';
import { parseWords } from '../command.ts';

/** Returns the file or `-`, or undefined if help was requested. @throws StartError for anything else. */
export function parseFile(program: string, args: readonly string[]): string | undefined {
  const more = `${program} --help says more.`;
  const positionals = parseWords(args, more);
  if (!positionals) return undefined;
  if (positionals.length !== 1 || !positionals[0]) throw new StartError(`Give one file, or - for a pipe: ${more}`);
  return positionals[0];
}

/** Resolves file names in the folder in which the command was typed: npm runs a program in another folder. */
export function fromWhereTyped(argv: readonly string[]): string[] {
  const { INIT_CWD = '.' } = process.env;
  return argv.map((arg) => (arg.startsWith('-') ? arg : resolve(INIT_CWD, arg)));
}
