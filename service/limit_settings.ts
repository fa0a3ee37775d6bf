// The settings of limits that website and chat share: both count messages, and the website publishes the limits in
// force.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { SettingsSpec } from './settings.ts';

export const LIMIT_SETTINGS = {
  MESSAGES_PER_10S: {
    kind: 'integer',
    default: LIMITS.messagesPer10s,
    min: 1,
    unit: 'messages',
    description:
      'Maximum number of messages from one user to one room in 10 s over HTTP, and the same number over sockets.',
  },
  MESSAGES_PER_USER_PER_10S: {
    kind: 'integer',
    default: LIMITS.messagesPerUserPer10s,
    min: 1,
    unit: 'messages',
    description:
      'Maximum number of messages from one user to all rooms in 10 s over HTTP, and the same number over sockets.',
  },
  SOCKETS_PER_USER: {
    kind: 'integer',
    default: LIMITS.socketsPerUser,
    min: 1,
    unit: 'sockets',
    description: 'Maximum number of open sockets of one user at one chat process.',
  },
  SOCKETS_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.socketsPerAddress,
    min: 1,
    unit: 'sockets',
    description: 'Maximum number of open sockets from one address at one chat process.',
  },
} as const satisfies SettingsSpec;
