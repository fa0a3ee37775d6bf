// The kinds of settings: the type, the description and the parser of each. Never reads the environment.
import { isIP } from 'node:net';

/** pino's levels, and `silent`. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

interface Declared<T> {
  readonly default?: T;
  /** If unset and without a default, the value may be undefined. A secret never has a default. */
  readonly required?: true;
  /** The unit of the value: 'seconds', 'messages per user and room'. */
  readonly unit?: string;
  /** One line for the documentation. */
  readonly description: string;
}

export type Setting =
  | ({ readonly kind: 'string' } & Declared<string>)
  | ({ readonly kind: 'secret' /** minimum of characters, default 16 */; readonly min?: number } & Declared<never>)
  | ({ readonly kind: 'port' } & Declared<number>)
  | ({ readonly kind: 'integer'; readonly min?: number; readonly max?: number } & Declared<number>)
  | ({
      readonly kind: 'url' /** protocols without colon */;
      readonly protocols: readonly string[];
      /** Forbidden query parameters. */
      readonly without?: readonly string[];
    } & Declared<string>)
  | ({ readonly kind: 'origin' } & Declared<string>)
  | ({ readonly kind: 'origins' } & Declared<readonly string[]>)
  | ({ readonly kind: 'hosts' } & Declared<readonly string[]>)
  | ({ readonly kind: 'cidrs' } & Declared<readonly string[]>)
  | ({ readonly kind: 'choice'; readonly of: readonly string[] } & Declared<string>)
  | ({ readonly kind: 'level' } & Declared<LogLevel>);

interface KindValues {
  string: string;
  secret: string;
  port: number;
  integer: number;
  url: string;
  origin: string;
  origins: readonly string[];
  hosts: readonly string[];
  cidrs: readonly string[];
  choice: string;
  level: LogLevel;
}

type Always =
  | { readonly kind: 'origins' | 'hosts' | 'cidrs' }
  | { readonly default: unknown }
  | { readonly required: true };
type ValueOf<D extends Setting> = D extends { readonly of: readonly (infer Choice)[] } ? Choice : KindValues[D['kind']];
export type SettingValue<D extends Setting> = D extends Always ? ValueOf<D> : ValueOf<D> | undefined;

/** Describes a value of each kind, in words that follow "must be". */
export const kindForms: { [K in Setting['kind']]: (setting: Setting) => string } = {
  string: () => 'a string',
  secret: (setting) => `a secret of at least ${secretLength(setting)} characters`,
  port: () => 'a port number from 0 to 65535 (0: any free one)',
  integer: (setting) => {
    const [min, max] = bounds(setting);
    return max === Number.MAX_SAFE_INTEGER ? `a whole number, ${min} or more` : `a whole number from ${min} to ${max}`;
  },
  url: (setting) =>
    `a URL that begins with ${protocols(setting)
      .map((name) => `${name}://`)
      .join(' or ')}${without(setting).length > 0 ? `, without the parameters ${without(setting).join(' and ')}` : ''}`,
  origin: () => 'an origin such as https://chat.example.org, without a path',
  origins: () => 'a comma-separated list of origins such as https://app.example.org',
  hosts: () => 'a comma-separated list of host names such as chat.example.org, without ports',
  cidrs: () => 'a comma-separated list of addresses or CIDR blocks such as 10.0.0.0/8',
  choice: (setting) => `one of ${choices(setting).join(', ')}`,
  level: () => `one of ${LOG_LEVELS.join(', ')}`,
};

/** Parses a non-empty string; undefined if it does not have the form of its kind. */
export function parseSetting(setting: Setting, raw: string): unknown {
  switch (setting.kind) {
    case 'string':
      return raw;
    case 'secret':
      return [...raw].length >= secretLength(setting) ? raw : undefined;
    case 'port':
      return integer(raw, 0, 65_535);
    case 'integer':
      return integer(raw, ...bounds(setting));
    case 'url':
      return setting.protocols.includes(protocolOf(raw)) && !hasAny(raw, without(setting)) ? raw : undefined;
    case 'origin':
      return origin(raw);
    case 'origins':
      return every(split(raw), origin);
    case 'hosts':
      return every(split(raw), host);
    case 'cidrs':
      return every(split(raw), cidr);
    case 'choice':
      return choices(setting).find((choice) => choice === raw);
    case 'level':
      return LOG_LEVELS.find((level) => level === raw);
  }
}

const secretLength = (setting: Setting) => (setting.kind === 'secret' && setting.min) || 16;
const choices = (setting: Setting) => (setting.kind === 'choice' ? setting.of : []);
const protocols = (setting: Setting) => (setting.kind === 'url' ? setting.protocols : []);
const without = (setting: Setting) => (setting.kind === 'url' ? (setting.without ?? []) : []);
const hasAny = (url: string, names: readonly string[]) => names.some((name) => new URL(url).searchParams.has(name));

function bounds(setting: Setting): [min: number, max: number] {
  const { min, max } = setting.kind === 'integer' ? setting : {};
  return [min ?? 0, max ?? Number.MAX_SAFE_INTEGER];
}

function integer(raw: string, min: number, max: number): number | undefined {
  const value = /^-?\d{1,16}$/.test(raw) ? Number(raw) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

function protocolOf(raw: string): string {
  return URL.canParse(raw) && raw.includes('://') ? new URL(raw).protocol.slice(0, -1) : '';
}

function origin(raw: string): string | undefined {
  if (!/^https?:\/\//i.test(raw) || !URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  return url.href === `${url.origin}/` ? url.origin : undefined;
}

/** Returns the name in lower case, as DNS compares names (RFC 1123); underscores occur in private networks. */
function host(raw: string): string | undefined {
  const name = raw.toLowerCase();
  return /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(name) ? name : undefined;
}

function cidr(raw: string): string | undefined {
  const [address = '', length, ...rest] = raw.split('/');
  const width = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (width < 0 || rest.length > 0) return undefined;
  return length === undefined || integer(length, 0, width) !== undefined ? raw : undefined;
}

function split(raw: string): string[] {
  return raw
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function every(items: string[], parse: (item: string) => string | undefined): string[] | undefined {
  const parsed = items.map(parse);
  return parsed.every((item) => item !== undefined) ? parsed : undefined;
}
