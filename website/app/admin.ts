// The operator's commands: administrators, suspensions, reset links, invitations and signing keys. Each command prints
// one sentence about its result. It uses only the database and needs no running website; chat is notified as usual.
import { createLog } from '@parlance/service/log.ts';
import { readSettings, type Settings, type SettingsSpec } from '@parlance/service/settings.ts';
import { StartError } from '@parlance/service/start_error.ts';
import { LIMITS } from '@parlance/specs/limits.ts';
import { parseWords, runCommand } from './command.ts';
import { type Databases, openDatabases } from './database.ts';
import { liftBansOf } from './services/bans.ts';
import { createInvitation } from './services/invitations.ts';
import { createResetLink } from './services/password_resets.ts';
import { suspendUser, unsuspendUser } from './services/suspensions.ts';
import { getUserRow } from './services/user_rows.ts';
import { WEBSITE_SETTINGS } from './settings.ts';
import { rotateKeys } from './signing_keys.ts';

/** What the commands read from the environment. */
export const ADMIN_SETTINGS = {
  DATABASE_URL: WEBSITE_SETTINGS.DATABASE_URL,
  PUBLIC_URL: WEBSITE_SETTINGS.PUBLIC_URL,
  PORT: WEBSITE_SETTINGS.PORT,
  SESSION_SECRET: WEBSITE_SETTINGS.SESSION_SECRET,
} as const satisfies SettingsSpec;

interface Command {
  /** The names of its arguments. */
  takes: readonly string[];
  /** For --help. */
  does: string;
  /** Resolves with the sentence to print. Throws a Problem or a StartError. */
  run(parts: { dbs: Databases; origin: string; secret: string }, ...args: string[]): Promise<string>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  grant: {
    takes: ['username'],
    does: 'makes a user an administrator',
    run: async ({ dbs }, username) => `${await setAdmin(dbs, username!, true)} is an administrator now.`,
  },
  revoke: {
    takes: ['username'],
    does: 'removes administrator rights from a user',
    run: async ({ dbs }, username) => `${await setAdmin(dbs, username!, false)} is not an administrator now.`,
  },
  suspend: {
    takes: ['username'],
    does: 'suspends an account and ends its sessions',
    run: async ({ dbs }, username) => {
      await suspendUser(dbs.general, username!);
      return `${username} is suspended; all sessions of the account have ended.`;
    },
  },
  unsuspend: {
    takes: ['username'],
    does: 'lifts a suspension',
    run: async ({ dbs }, username) => {
      await unsuspendUser(dbs.general, username!);
      return `${username} is not suspended now.`;
    },
  },
  'reset-link': {
    takes: ['username or email'],
    does: 'creates a link to set a new password',
    run: async ({ dbs, origin }, who) => {
      const link = await createResetLink(dbs.general, who!);
      if (!link) throw new StartError(`There is no account "${who}".`);
      const minutes = LIMITS.passwordResetSeconds / 60;
      return `Give this link to ${link.username}; it works once, within ${minutes} min: ${origin}${link.path}`;
    },
  },
  invite: {
    takes: [],
    does: 'creates an invitation link for one registration (REGISTRATION=invited)',
    run: async ({ dbs, origin }) => {
      const { invitation, expiresAt } = await createInvitation(dbs.general);
      return `This link is valid once, until ${expiresAt.toISOString()}: ${origin}/register#${invitation}`;
    },
  },
  'rotate-keys': {
    takes: [],
    does: 'creates new signing keys; tokens signed with the previous keys stay valid until the next rotation',
    run: async ({ dbs, secret }) => {
      await rotateKeys(dbs.general, secret);
      return 'New keys sign from now on; the previous keys still verify.';
    },
  },
};

async function setAdmin(dbs: Databases, username: string, is_admin: boolean): Promise<string> {
  const user = await getUserRow(dbs.general, username);
  if (user.deleted_at) throw new StartError(`${user.username} has deleted the account.`);
  if (is_admin && user.suspended_at) throw new StartError(`${user.username} is suspended: lift the suspension first.`);
  await dbs.general.updateTable('users').set({ is_admin }).where('id', '=', user.id).execute();
  if (is_admin) await liftBansOf(dbs, user.username);
  return user.username;
}

const help = (program: string) =>
  [
    `Usage: ${program} <command>`,
    '',
    ...Object.entries(COMMANDS).map(([name, { takes, does }]) => {
      const call = [name, ...takes.map((arg) => `<${arg}>`)].join(' ');
      return `  ${call.padEnd(30)} ${does}`;
    }),
    '',
    'Links start with PUBLIC_URL, or with http://localhost and the port if it is not set.',
    '',
  ].join('\n');

/**
 * Runs one command and prints its result. Wrong usage and failures print one sentence to stderr, with exit code 1.
 * @param program the command line that starts this program, for its help
 * @param open calls `run` with the settings; it is called only if there is a command to run
 * @returns the exit code
 */
export function runAdmin(
  program: string,
  args: readonly string[],
  open: (run: (settings: Settings<typeof ADMIN_SETTINGS>) => Promise<string>) => Promise<string>,
): Promise<0 | 1> {
  return runCommand(async () => {
    const call = parseCall(program, args);
    return call ? open((settings) => runCall(call, settings)) : help(program);
  });
}

interface Call {
  command: Command;
  values: string[];
}

/** Returns undefined if help was requested. */
function parseCall(program: string, args: readonly string[]): Call | undefined {
  const more = `${program} --help lists the commands.`;
  const positionals = parseWords(args, more);
  if (!positionals) return undefined;
  const [name, ...rest] = positionals;
  if (name === undefined) throw new StartError(`No command is given: ${more}`);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new StartError(`There is no command "${name}": ${more}`);
  if (rest.length !== command.takes.length) {
    const needs = command.takes.length > 0 ? `one ${command.takes.join(', one ')}` : 'nothing';
    throw new StartError(`${name} takes ${needs}: ${more}`);
  }
  return { command, values: rest };
}

async function runCall(
  { command, values }: Call,
  { DATABASE_URL, PUBLIC_URL, PORT, SESSION_SECRET }: Settings<typeof ADMIN_SETTINGS>,
): Promise<string> {
  const dbs = openDatabases(DATABASE_URL, 2, createLog({ service: 'admin', level: 'silent' }));
  try {
    const origin = PUBLIC_URL ?? `http://localhost:${PORT}`;
    return await command.run({ dbs, origin, secret: SESSION_SECRET }, ...values);
  } finally {
    await dbs.close();
  }
}

if (import.meta.main) {
  process.exitCode = await runAdmin('node website/app/admin.ts', process.argv.slice(2), async (run) =>
    run(readSettings(process.env, ADMIN_SETTINGS)),
  );
}
