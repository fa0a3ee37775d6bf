// All rows, in the order in which the table shows them within their groups.
import type { Row } from '../row.ts';
import { g1g2 } from './g1_g2.ts';
import { g2Changes } from './g2_changes.ts';
import { g3g5 } from './g3_g5.ts';
import { g4Offline } from './g4_offline.ts';
import { g4 } from './g4_resume.ts';
import { g6g8 } from './g6_g8.ts';
import { g9 } from './g9_off_spec.ts';
import { httpAlways, httpAnswers } from './http_answers.ts';
import { httpCookie } from './http_cookie.ts';
import { httpRooms } from './http_rooms.ts';
import { limits } from './limits.ts';
import { handshakeAccepts, handshakeRefusals } from './refusals_handshake.ts';
import { httpRefusals, refusalsAlways } from './refusals_http.ts';
import { socketCloses } from './socket_closes.ts';
import { socketErrors } from './socket_errors.ts';
import { socketFrames } from './socket_frames.ts';

export const ROWS: readonly Row[] = [
  ...httpAnswers,
  ...httpRooms,
  httpCookie,
  ...httpAlways,
  ...socketFrames,
  ...socketErrors,
  ...socketCloses,
  ...[...g1g2, ...g2Changes, ...g3g5, ...g4, ...g4Offline, ...g6g8, ...g9].toSorted((a, b) => a.id.localeCompare(b.id)),
  ...httpRefusals,
  ...handshakeAccepts,
  ...handshakeRefusals,
  ...refusalsAlways,
  ...limits,
];
