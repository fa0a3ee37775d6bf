// The environment variables of the website, besides those of every service, with defaults and units.
import { LIMIT_SETTINGS } from '@parlance/service/limit_settings.ts';
import { SERVICE_SETTINGS } from '@parlance/service/service_settings.ts';
import type { Settings, SettingsSpec } from '@parlance/service/settings.ts';
import { LIMITS } from '@parlance/specs/limits.ts';

const REGISTRATION = ['open', 'invited', 'closed'] as const;
export type Registration = (typeof REGISTRATION)[number];

export const WEBSITE_SETTINGS = {
  ...SERVICE_SETTINGS,
  DATABASE_URL: {
    kind: 'url',
    protocols: ['postgres', 'postgresql'],
    // In the URL they would override those of the pools, on which timeouts and durability depend.
    without: ['application_name', 'options'],
    required: true,
    description: 'The PostgreSQL database.',
  },
  DATABASE_CONNECTIONS: {
    kind: 'integer',
    default: 10,
    min: 2,
    max: 500,
    unit: 'connections',
    description:
      'Size of the general pool. The pools for appends, tokens and joins, chat’s reads, changes and background work have 30 more.',
  },
  DATABASE_WAIT: {
    kind: 'integer',
    default: 30,
    min: 0,
    max: 3600,
    unit: 's',
    description: 'How long the website waits at its start for a database that cannot be reached or is read-only.',
  },
  SESSION_SECRET: {
    kind: 'secret',
    required: true,
    description: 'Signs the session cookie and encrypts the signing keys in the database.',
  },
  ...LIMIT_SETTINGS,
  LOGINS_PER_10MIN: {
    kind: 'integer',
    default: LIMITS.loginsPer10Min,
    min: 1,
    unit: 'attempts',
    description: `Wrong passwords for one account in 10 min, from each network and each known browser; ${LIMITS.loginsPerDay / LIMITS.loginsPer10Min} times as many in a day, ${LIMITS.loginsPerAddressPer10Min / LIMITS.loginsPer10Min} times as many from one address.`,
  },
  REGISTRATIONS_PER_HOUR: {
    kind: 'integer',
    default: LIMITS.registrationsPerHour,
    min: 1,
    unit: 'registrations',
    description: 'Registrations from one address in an hour.',
  },
  REGISTRATION: {
    kind: 'choice',
    of: REGISTRATION,
    default: 'open',
    description:
      'Who can register: everybody (open), everybody with an invitation of the operator (invited), nobody (closed).',
  },
  PASSWORD_RESETS_PER_HOUR: {
    kind: 'integer',
    default: LIMITS.passwordResetsPerHour,
    min: 1,
    unit: 'requests',
    description: 'Requests for a password reset mail from one address in an hour.',
  },
  SMTP_URL: {
    kind: 'url',
    protocols: ['smtp', 'smtps'],
    description:
      'The mail server for password reset mails, smtp://user:password@host:587 or smtps://…:465; needs PUBLIC_URL. Absent: no mail is sent.',
  },
  MAIL_FROM: { kind: 'string', description: 'The sender of mails; absent: noreply@ and the host of PUBLIC_URL.' },
  REQUESTS_PER_USER_PER_10S: {
    kind: 'integer',
    default: LIMITS.requestsPerUserPer10s,
    min: 1,
    unit: 'requests',
    description: 'HTTP requests of one user to one website process in 10 s.',
  },
  ROOMS_PER_DAY: {
    kind: 'integer',
    default: LIMITS.roomsPerDay,
    min: 1,
    unit: 'rooms',
    description: 'Rooms one user may create in a day.',
  },
  ASSETS: { kind: 'string', description: 'A folder of bundled page scripts; absent: they are bundled at start.' },
} as const satisfies SettingsSpec;

export type WebsiteSettings = Settings<typeof WEBSITE_SETTINGS>;
