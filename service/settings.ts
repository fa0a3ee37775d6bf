// Reads environment variables once, typed by the table that declares them. Never prints the value of a secret or of
// a URL (it may hold a password), and knows no variable by name.

import type { Setting, SettingValue } from './settings_kinds.ts';
import { kindForms, parseSetting } from './settings_kinds.ts';
import { StartError } from './start_error.ts';

/** One entry per environment variable, in the order in which the documents list them. */
export type SettingsSpec = Readonly<Record<string, Setting>>;

/** The values of a spec: a variable without default that is not required may be undefined; lists never are. */
export type Settings<S extends SettingsSpec> = { readonly [K in keyof S]: SettingValue<S[K]> };

/** A row of the table of settings in the documents. `default` and `unit` are '' where there is none. */
export interface SettingsRow {
  name: string;
  form: string;
  default: string;
  unit: string;
  description: string;
}

/** A variable that is malformed or missing; the sentence names it, the expected form and the default. */
export class SettingsError extends StartError {
  override name = 'SettingsError';
}

/**
 * Reads every variable of `spec` from `env`; an empty or blank one counts as absent.
 * @throws SettingsError at the first variable that is malformed, or required and absent.
 */
export function readSettings<const S extends SettingsSpec>(
  env: Readonly<Record<string, string | undefined>>,
  spec: S,
): Settings<S> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(spec)) values[name] = readOne(name, setting, env[name]?.trim());
  return values as Settings<S>;
}

/** The rows that OPERATING.md shows and its test compares, in the order of `spec`. */
export function settingsTable(spec: SettingsSpec): SettingsRow[] {
  return Object.entries(spec).map(([name, setting]) => ({
    name,
    form: kindForms[setting.kind](setting),
    default: setting.required ? 'required' : showDefault(setting),
    unit: setting.unit ?? '',
    description: setting.description,
  }));
}

function readOne(name: string, setting: Setting, raw: string | undefined): unknown {
  const form = kindForms[setting.kind](setting);
  if (!raw) {
    if (setting.required) throw new SettingsError(`${name} is not set: it must be ${form}; it has no default.`);
    return setting.default ?? (isList(setting) ? [] : undefined);
  }
  const value = parseSetting(setting, raw);
  if (value !== undefined) return value;
  const secret = setting.kind === 'secret' || setting.kind === 'url' || raw.includes('@');
  const given = secret ? 'the value given is not (it is not shown here)' : `not ${JSON.stringify(raw)}`;
  const fallback = setting.required ? 'it has no default' : `default: ${showDefault(setting) || 'none'}`;
  throw new SettingsError(`${name} must be ${form}, ${given}; ${fallback}.`);
}

function showDefault(setting: Setting): string {
  if (setting.default === undefined) return '';
  return Array.isArray(setting.default) ? setting.default.join(',') : String(setting.default);
}

const isList = (setting: Setting) => ['list', 'origins', 'hosts', 'cidrs'].includes(setting.kind);
