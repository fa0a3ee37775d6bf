// The settings of limits that website and chat must know alike: both count messages, and the website answers with the
// limits in force.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { SettingsSpec } from './settings.ts';

export const LIMIT_SETTINGS = {
  MESSAGES_PER_10S: {
    kind: 'integer',
    default: LIMITS.messagesPer10s,
    min: 1,
    unit: 'messages',
    description: 'Messages of one user into one room in 10 s over HTTP, and as many over sockets.',
  },
  MESSAGES_PER_USER_PER_10S: {
    kind: 'integer',
    default: LIMITS.messagesPerUserPer10s,
    min: 1,
    unit: 'messages',
    description: 'Messages of one user into all rooms together in 10 s over HTTP, and as many over sockets.',
  },
  SOCKETS_PER_USER: {
    kind: 'integer',
    default: LIMITS.socketsPerUser,
    min: 1,
    unit: 'sockets',
    description: 'Sockets one user may have open at one chat process.',
  },
  SOCKETS_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.socketsPerAddress,
    min: 1,
    unit: 'sockets',
    description: 'Sockets one address may have open at one chat process.',
  },
} as const satisfies SettingsSpec;
