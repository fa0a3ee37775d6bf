// The table: every mutant, by kind.
import type { Mutant } from '../mutant.ts';
import { CODES } from './codes.ts';
import { COMPOSE } from './compose.ts';
import { OF_HEADERS } from './headers.ts';
import { INDEXES } from './indexes.ts';
import { LIMITS } from './limits.ts';
import { NGINX } from './nginx.ts';
import { ORDER_OF_EVENTS } from './order_events.ts';
import { ORDER_OF_LISTS } from './order_lists.ts';
import { PERMISSIONS } from './permissions.ts';
import { REVOCATION } from './revocation.ts';
import { SDK_TIMING } from './sdk_timing.ts';
import { WINDOWS_OF_COUNTERS } from './windows_counters.ts';
import { WINDOWS_OF_SERVICES } from './windows_services.ts';
import { WORDS_OF_ADVICE } from './words_advice.ts';
import { WORDS_OF_CONTRACT } from './words_contract.ts';
import { WORDS_OF_GUIDES } from './words_guides.ts';
import { WORDS_OF_OPERATING } from './words_operating.ts';
import { WORDS_OF_PROSE } from './words_prose.ts';
import { WORDS_OF_PROSE_IN_GUIDES } from './words_prose_guides.ts';

export const TABLE: readonly Mutant[] = [
  ...[...WORDS_OF_CONTRACT, ...WORDS_OF_ADVICE, ...WORDS_OF_GUIDES, ...WORDS_OF_PROSE, ...WORDS_OF_PROSE_IN_GUIDES],
  ...WORDS_OF_OPERATING,
  ...[...CODES, ...LIMITS, ...OF_HEADERS],
  ...[...WINDOWS_OF_COUNTERS, ...WINDOWS_OF_SERVICES, ...ORDER_OF_EVENTS, ...ORDER_OF_LISTS],
  ...[...PERMISSIONS, ...REVOCATION, ...SDK_TIMING, ...INDEXES, ...NGINX, ...COMPOSE],
];
