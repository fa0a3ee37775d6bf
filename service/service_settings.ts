// The variables that every service of the house reads, each declared once.
import { LIMITS } from '@parlance/specs/limits.ts';
import type { SettingsSpec } from './settings.ts';

export const SERVICE_SETTINGS = {
  HOST: { kind: 'string', default: '0.0.0.0', description: 'The address both listeners listen on.' },
  PORT: { kind: 'port', default: 8080, description: 'The public listener.' },
  INTERNAL_PORT: {
    kind: 'port',
    default: 8081,
    description: 'The internal listener: /readyz, /metrics; of the website also for chat.',
  },
  PUBLIC_URL: { kind: 'origin', description: 'The origin the world knows; absent: http:// and the Host header.' },
  ALLOWED_HOSTS: {
    kind: 'hosts',
    description: 'Host names that are answered besides that of PUBLIC_URL, loopback names and IP addresses.',
  },
  ALLOWED_ORIGINS: {
    kind: 'origins',
    description: 'Other origins that may use the API with bearer tokens (CORS, never cookies) and open sockets.',
  },
  TRUSTED_PROXIES: { kind: 'cidrs', description: 'Proxies whose X-Forwarded-For and X-Request-Id are believed.' },
  REQUESTS_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.requestsPerAddress,
    min: 1,
    unit: 'requests per second',
    description: 'Requests of one address, on average; more than REQUEST_BURST_PER_ADDRESS allows are refused.',
  },
  REQUEST_BURST_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.requestBurstPerAddress,
    min: 1,
    unit: 'requests',
    description: 'Requests one address may send at once after a pause.',
  },
  REQUESTS_AT_ONCE_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.requestsAtOncePerAddress,
    min: 1,
    unit: 'requests',
    description: 'Requests of one address that are handled at once; the others wait for their turn.',
  },
  CONNECTIONS_PER_ADDRESS: {
    kind: 'integer',
    default: LIMITS.connectionsPerAddress,
    min: 1,
    unit: 'connections',
    description: 'HTTP connections one address may have open, sockets not counted; not for trusted proxies.',
  },
  INTERNAL_SECRET: {
    kind: 'secret',
    required: true,
    description: 'Shared by website and chat; also authenticates what chats send through Redis.',
  },
  LOG_LEVEL: { kind: 'level', default: 'info', description: 'The least grave line that is logged.' },
} as const satisfies SettingsSpec;
