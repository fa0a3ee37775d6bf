// Every operation × every refusal that it declares and that can be provoked from outside. The provocations of each
// shared answer of the contract are written once; the rows are generated for all operations.
import { OPERATIONS, type Operation } from '../contract.ts';
import type { Row } from '../row.ts';
import type { Provocation } from './provoke.ts';
import { BAD_REQUESTS } from './refusals_400.ts';
import { accountRefusals } from './refusals_account.ts';
import { conflicts } from './refusals_conflicts.ts';
import { MISDIRECTED } from './refusals_handshake.ts';
import { missingMessage } from './refusals_messages.ts';
import { banned, forAdministrators, missingUser } from './refusals_moderation.ts';
import { byOrigin, missing, oversized, unauthenticated, wrongMethod, wrongType } from './refusals_other.ts';
import { limited, loginsLimited } from './refusals_rates.ts';

/** Keyed by the shared answers of openapi.yaml; a string says why it is never tested. */
const PROVOCATIONS: Readonly<Record<string, ((operation: Operation) => Provocation[]) | string>> = {
  BadRequest: BAD_REQUESTS,
  NotAuthenticated: unauthenticated,
  InvalidCredentials: conflicts,
  WrongPassword: (operation) => [...unauthenticated(operation), ...accountRefusals(operation)],
  InvalidResetToken: accountRefusals,
  BadOrigin: byOrigin,
  Forbidden: (operation) => [...byOrigin(operation), ...conflicts(operation)],
  MailForbidden: (operation) => [...byOrigin(operation), ...accountRefusals(operation)],
  NotFound: missing,
  EditForbidden: (operation) => [...byOrigin(operation), ...conflicts(operation)],
  DeleteForbidden: (operation) => [...byOrigin(operation), ...conflicts(operation)],
  Banned: (operation) => [...byOrigin(operation), ...banned(operation)],
  BanForbidden: (operation) => [...byOrigin(operation), ...conflicts(operation)],
  SuspensionForbidden: (operation) => [...byOrigin(operation), ...forAdministrators(operation)],
  AdministratorsOnly: (operation) => [...byOrigin(operation), ...forAdministrators(operation)],
  LogInForbidden: byOrigin,
  RegistrationRefused: byOrigin,
  RoomNotFound: missing,
  UserNotFound: 'only an administrator gets it',
  UserOrRoomNotFound: (operation) => [...missing(operation), ...missingUser(operation)],
  MessageNotFound: (operation) => [...missing(operation), ...missingMessage(operation)],
  SessionNotFound: accountRefusals,
  MethodNotAllowed: wrongMethod,
  RequestTimeout: 'a request that arrives slowly takes longer than a run',
  UserTaken: conflicts,
  RoomNameTaken: conflicts,
  SendConflict: conflicts,
  TooManyBans: 'it needs more accounts than one address may register in an hour',
  Deleted: conflicts,
  ReactionConflict: conflicts,
  StaleRevision: conflicts,
  BodyTooLarge: oversized,
  UnsupportedMediaType: wrongType,
  Misdirected: MISDIRECTED,
  TooManyRequests: loginsLimited,
  RateLimited: limited,
  HeadersTooLarge: oversized,
  InternalError: 'only a fault inside the server provokes it',
  BadGateway: 'only a fault inside the server provokes it',
  Unavailable: 'only a fault inside the server provokes it',
  StoreUnavailable: 'only a fault inside the server provokes it',
  GatewayTimeout: 'only a fault inside the server provokes it',
};

const rowsOf = (operation: Operation): Row[] =>
  [...operation.answers.values()]
    .filter(({ status }) => status >= 400)
    .flatMap(({ status, shared = '' }) => {
      const base = { id: `refusal.${operation.id}.${status}`, group: 'refusals' as const };
      const known = PROVOCATIONS[shared] ?? 'this kit does not know how to provoke it';
      if (typeof known === 'string') return [{ ...base, says: `${operation.id} answers ${status}.`, skip: known }];
      return known(operation)
        .filter((one) => one.status === status)
        .map(({ name, says, skip, run }): Row => {
          const row = {
            ...base,
            id: name ? `${base.id}.${name}` : base.id,
            says: `${operation.id} answers ${status} ${says}`,
          };
          return skip === undefined ? { ...row, ...(run ? { run } : {}) } : { ...row, skip };
        });
    });

export const httpRefusals: Row[] = OPERATIONS.flatMap(rowsOf);

const always = (id: string, says: string): Row => ({ id: `refusals.${id}`, group: 'refusals', says, witnessed: true });

export const refusalsAlways: Row[] = [
  always('problem', 'Every refusal, also of an upgrade, is a Problem.'),
  always('media-type', 'Every refusal is application/problem+json.'),
  always('code', 'Code, title and status of every refusal agree with the table of problems.'),
  always('headers', 'Every refusal has its declared headers: Allow, Retry-After, WWW-Authenticate.'),
  always('unchanged', 'Refused requests left the room, its log and its history unchanged.'),
];
