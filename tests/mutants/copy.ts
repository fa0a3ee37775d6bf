// A private copy of the working tree in which mutants are planted: the files are copied, the installed packages are
// linked. Never writes into the checkout.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Mutant, mutated } from './mutant.ts';

/** The checkout. */
export const root = join(import.meta.dirname, '../..');

/** The workspaces are links out of this folder: in the copy they must lead to the copy. */
const WORKSPACES = '@parlance';
const GENERATED = ['specs/generated', 'website/app/docs/generated'];
/** The AsyncAPI CLI, which writes the reference of the socket. */
const CLI = 'specs/tooling/asyncapi-cli/node_modules';

export interface Copy {
  folder: string;
  /** Plants the mutant; throws if it does not apply. */
  plant(mutant: Mutant): void;
  /** Puts back the file, and what was generated from it. */
  restore(mutant: Mutant): void;
  remove(): void;
}

/** Whether a file is a source of the generated files. */
export const isContract = (file: string): boolean => /^specs\/([a-z.-]+|schemas\/\w+)\.yaml$/.test(file);

/** Copies what git knows and what is new and not ignored. */
export function copyTree(): Copy {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-mutant-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of listed.toString().split('\0')) {
    if (file === '' || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file), { verbatimSymlinks: true, preserveTimestamps: true });
  }
  linkPackages(folder);
  const from = (file: string) => readFileSync(join(root, file), 'utf8');
  return {
    folder,
    plant: (mutant) => writeFileSync(join(folder, mutant.file), mutated(mutant, from(mutant.file))),
    restore: ({ file }) => {
      writeFileSync(join(folder, file), from(file));
      if (!isContract(file)) return;
      for (const generated of GENERATED) {
        rmSync(join(folder, generated), { recursive: true });
        cpSync(join(root, generated), join(folder, generated), { recursive: true, preserveTimestamps: true });
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function linkPackages(folder: string): void {
  const packages = join(root, 'node_modules');
  mkdirSync(join(folder, 'node_modules', WORKSPACES), { recursive: true });
  for (const name of readdirSync(packages)) {
    if (name !== WORKSPACES && name !== '.cache') symlinkSync(join(packages, name), join(folder, 'node_modules', name));
  }
  for (const name of readdirSync(join(packages, WORKSPACES))) {
    const link = readlinkSync(join(packages, WORKSPACES, name));
    symlinkSync(link, join(folder, 'node_modules', WORKSPACES, name));
  }
  if (existsSync(join(root, CLI))) symlinkSync(join(root, CLI), join(folder, CLI));
}
