// Every environment variable of the website, once, with its default and unit.

import type { Settings, SettingsSpec } from '@parlance/service/settings.ts';
import { LIMITS } from '@parlance/specs/limits.ts';

export const WEBSITE_SETTINGS = {
  HOST: { kind: 'string', default: '0.0.0.0', description: 'The address both listeners listen on.' },
  PORT: { kind: 'port', default: 8080, description: 'The public listener.' },
  INTERNAL_PORT: { kind: 'port', default: 8081, description: 'The internal listener: for chat, /readyz, /metrics.' },
  PUBLIC_URL: { kind: 'origin', description: 'The origin the world knows; absent: http:// and the Host header.' },
  ALLOWED_ORIGINS: {
    kind: 'origins',
    description: 'Other origins that may use the API with bearer tokens (CORS, never cookies) and open sockets.',
  },
  TRUSTED_PROXIES: { kind: 'cidrs', description: 'Proxies whose X-Forwarded-For and X-Request-Id are believed.' },
  DATABASE_URL: {
    kind: 'url',
    protocols: ['postgres', 'postgresql'],
    required: true,
    description: 'The PostgreSQL database.',
  },
  DATABASE_CONNECTIONS: {
    kind: 'integer',
    default: 10,
    min: 2,
    max: 500,
    unit: 'connections',
    description: 'The pool for everything but appends.',
  },
  INTERNAL_SECRET: { kind: 'secret', required: true, description: 'Shared by website and chat.' },
  SESSION_SECRET: { kind: 'secret', required: true, description: 'Signs the session cookie.' },
  MESSAGES_PER_10S: {
    kind: 'integer',
    default: LIMITS.messagesPer10s,
    min: 1,
    unit: 'messages',
    description: 'Messages of one user into one room in 10 s, where they enter.',
  },
  LOGINS_PER_10MIN: {
    kind: 'integer',
    default: LIMITS.loginsPer10Min,
    min: 1,
    unit: 'attempts',
    description: 'Logins to one account in 10 min; ten times that from one address.',
  },
  REGISTRATIONS_PER_HOUR: {
    kind: 'integer',
    default: LIMITS.registrationsPerHour,
    min: 1,
    unit: 'registrations',
    description: 'Registrations from one address in an hour.',
  },
  ASSETS: { kind: 'string', description: 'A folder of page scripts bundled before; absent: bundled at start.' },
  LOG_LEVEL: { kind: 'level', default: 'info', description: 'The least grave line that is logged.' },
} as const satisfies SettingsSpec;

export type WebsiteSettings = Settings<typeof WEBSITE_SETTINGS>;
