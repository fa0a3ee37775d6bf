// Every environment variable of the chat service, once, with its default and unit.
import type { Settings, SettingsSpec } from '@parlance/service/settings.ts';
import { LIMITS } from '@parlance/specs/limits.ts';

export const CHAT_SETTINGS = {
  HOST: { kind: 'string', default: '0.0.0.0', description: 'The address both listeners listen on.' },
  PORT: { kind: 'port', default: 8080, description: 'The public listener: sockets.' },
  INTERNAL_PORT: { kind: 'port', default: 8081, description: 'The internal listener: /readyz, /metrics.' },
  WEBSITE_URL: {
    kind: 'url',
    protocols: ['http', 'https'],
    required: true,
    description: "The website's internal listener.",
  },
  INTERNAL_SECRET: { kind: 'secret', required: true, description: 'Shared by website and chat.' },
  PUBLIC_URL: { kind: 'origin', description: 'The origin the world knows; absent: http:// and the Host header.' },
  ALLOWED_ORIGINS: { kind: 'origins', description: 'Other origins whose pages may open sockets.' },
  TRUSTED_PROXIES: { kind: 'cidrs', description: 'Proxies whose X-Forwarded-For and X-Request-Id are believed.' },
  MESSAGES_PER_10S: {
    kind: 'integer',
    default: LIMITS.messagesPer10s,
    min: 1,
    unit: 'messages',
    description: 'Messages of one user into one room in 10 s, where they enter.',
  },
  SOCKETS_PER_USER: {
    kind: 'integer',
    default: LIMITS.socketsPerUser,
    min: 1,
    unit: 'sockets',
    description: 'Sockets one user may have open at this process.',
  },
  SOCKETS_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.socketsPerAddress,
    min: 1,
    unit: 'sockets',
    description: 'Sockets one address may have open at this process.',
  },
  LOG_LEVEL: { kind: 'level', default: 'info', description: 'The least grave line that is logged.' },
} as const satisfies SettingsSpec;

export type ChatSettings = Settings<typeof CHAT_SETTINGS>;
