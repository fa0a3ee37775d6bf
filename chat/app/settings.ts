// Every environment variable of the chat service that is not every service's, with its default and unit.
import { SERVICE_SETTINGS } from '@parlance/service/service_settings.ts';
import type { Settings, SettingsSpec } from '@parlance/service/settings.ts';
import { LIMITS } from '@parlance/specs/limits.ts';

export const CHAT_SETTINGS = {
  ...SERVICE_SETTINGS,
  WEBSITE_URL: {
    kind: 'url',
    protocols: ['http', 'https'],
    required: true,
    description: "The website's internal listener.",
  },
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
} as const satisfies SettingsSpec;

export type ChatSettings = Settings<typeof CHAT_SETTINGS>;
