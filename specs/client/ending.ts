// Why a connection ended and what the client does next, according to the contract's tables.
import { CLOSE_RULES } from '../generated/client_rules.ts';
import { CLOSE, type CloseCode } from '../generated/close_codes.ts';
import { LONGER, NORMAL, type Pace } from './backoff.ts';
import { ProblemError } from './problem.ts';

export interface Ending {
  /** The close code (1006: the connection was lost), or the HTTP status with which the room's token was refused. */
  code: number;
  /** For programs: the name of the close code or the code of the problem. */
  cause:
    | 'room_deleted'
    | 'banned'
    | 'session_ended'
    | 'too_many_off_spec_frames'
    | 'closed_by_user'
    | 'room_not_found'
    | 'not_authenticated'
    | (string & {});
  client: 'reconnect' | 'stop' | 'fix';
  pace: Pace;
  /** The minimum wait before the next attempt, in milliseconds. */
  afterMs: number;
}

export const CLOSED_BY_USER: Ending = end(CLOSE.normal, 'closed_by_user', 'stop');

/** The connection was lost, refused or never established, and no code says why. */
export function lost(cause: string): Ending {
  return end(1006, cause, 'reconnect');
}

/** The ending for a close code. Codes that the table does not have: 4500 to 4999 stop, all others reconnect. */
export function endingOfClose(code: number): Ending {
  const known = CLOSE_RULES[code as CloseCode];
  if (!known) return code >= 4500 && code < 5000 ? end(code, `close_${code}`, 'stop') : lost('connection_lost');
  return {
    ...end(code, known.name, known.client),
    pace: 'backoff' in known && known.backoff === 'longer' ? LONGER : NORMAL,
  };
}

/** The ending for a failed token request: 401, 404 and a ban stop, a temporary error reconnects, others are a fault. */
export function endingOfError(error: unknown): Ending {
  if (!(error instanceof ProblemError)) return lost('no_answer');
  const { status, code, retry, retryAfterMs = 0 } = error;
  if (retry !== 'never') return { ...end(status, code, 'reconnect'), afterMs: retryAfterMs };
  return end(status, code, status === 401 || status === 404 || code === 'banned' ? 'stop' : 'fix');
}

function end(code: number, cause: string, client: Ending['client']): Ending {
  return { code, cause, client, pace: NORMAL, afterMs: 0 };
}
