// Parses environment variables once, typed by the spec that declares them. Never prints the value of a secret or of a
// URL, which may contain a password.

import type { Setting, SettingValue } from './settings_kinds.ts';
import { kindForms, parseSetting } from './settings_kinds.ts';
import { StartError } from './start_error.ts';

/** One entry per environment variable, in the order of the documentation. */
export type SettingsSpec = Readonly<Record<string, Setting>>;

/** The values of a spec: an optional variable without a default may be undefined; a list is never undefined. */
export type Settings<S extends SettingsSpec> = { readonly [K in keyof S]: SettingValue<S[K]> };

/** A row of the settings table in the documentation. `default` and `unit` are '' if there is none. */
export interface SettingsRow {
  name: string;
  form: string;
  default: string;
  unit: string;
  description: string;
}

/** A malformed or missing variable; the message names it, the expected form and the default. */
export class SettingsError extends StartError {
  override name = 'SettingsError';
}

/**
 * Reads every variable of `spec` from `env`; an empty or blank one counts as unset.
 * @throws SettingsError at the first variable that is malformed, or required and unset.
 */
export function readSettings<const S extends SettingsSpec>(
  env: Readonly<Record<string, string | undefined>>,
  spec: S,
): Settings<S> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(spec)) values[name] = readOne(name, setting, env[name]?.trim());
  return values as Settings<S>;
}

/** Returns the rows of the settings table in OPERATING.md, in the order of `spec`; a test compares them. */
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

const isList = (setting: Setting) => ['origins', 'hosts', 'cidrs'].includes(setting.kind);
