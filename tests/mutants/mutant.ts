// What a mutant is: one plausible fault or false statement, planted in one file, and the tests that must notice it.
// Plants nothing and runs nothing.

/** What a mutant changes: published words, code or configuration. */
export const KINDS = [
  ...(['words', 'codes', 'limits', 'headers', 'windows', 'order', 'permissions', 'revocation'] as const),
  ...(['sdk timing', 'indexes', 'nginx', 'compose'] as const),
] as const;
export type Kind = (typeof KINDS)[number];

export interface Planted {
  /** Unique in the table. */
  id: string;
  /** From the root of the repository. */
  file: string;
  /** The exact text that is replaced. It is in the file once, unless `nth` says which one of several is meant. */
  find: string;
  by: string;
  /** Counted from 1. */
  nth?: number;
  /** The test files that run, and names of steps of `npm run check`; instead of those of its group. */
  tests?: readonly string[];
  /** Only tests whose name matches run (`--test-name-pattern`); '' for all of the files. */
  name?: string;
  /** Why no test notices it. A mutant with a reason is expected to survive. */
  survives?: string;
}

export interface Mutant extends Planted {
  kind: Kind;
  tests: readonly string[];
}

/** Mutants of one kind that the same tests must notice, unless a mutant names its own. */
export const mutants = (kind: Kind, tests: readonly string[], planted: readonly Planted[], name?: string): Mutant[] =>
  planted.map((one) => ({
    kind,
    tests,
    ...(name === undefined || one.tests ? {} : { name }),
    ...one,
  }));

/** The text of a file with the mutant in it. Throws if what is to be replaced is not there, or is there too often. */
export function mutated({ id, file, find, by, nth }: Planted, text: string): string {
  const parts = text.split(find);
  const found = parts.length - 1;
  if (found === 0) throw new Error(`${id}: ${file} does not contain ${JSON.stringify(find)}`);
  if (nth === undefined && found > 1) throw new Error(`${id}: ${file} contains ${JSON.stringify(find)} ${found} times`);
  const at = nth ?? 1;
  if (at > found) throw new Error(`${id}: ${file} contains ${JSON.stringify(find)} only ${found} times`);
  if (find === by) throw new Error(`${id}: the replacement is the text itself`);
  return parts.slice(0, at).join(find) + by + parts.slice(at).join(find);
}
