// The environment variables of the chat service in addition to those of all services, with defaults and units.
import { LIMIT_SETTINGS } from '@parlance/service/limit_settings.ts';
import { SERVICE_SETTINGS } from '@parlance/service/service_settings.ts';
import type { Settings, SettingsSpec } from '@parlance/service/settings.ts';

export const CHAT_SETTINGS = {
  ...SERVICE_SETTINGS,
  WEBSITE_URL: {
    kind: 'url',
    protocols: ['http', 'https'],
    required: true,
    description: "The website's internal listener.",
  },
  REDIS_URL: {
    kind: 'url',
    protocols: ['redis', 'rediss', 'unix'],
    description:
      'The Redis server (7 or newer) through which chat processes notify one another: redis://user:password@host:6379, rediss://…, or a Unix socket, unix:///run/redis.sock. Unset: chat processes learn of events through the website.',
  },
  ...LIMIT_SETTINGS,
} as const satisfies SettingsSpec;

export type ChatSettings = Settings<typeof CHAT_SETTINGS>;
