// generated, do not edit: npm run generate
import type { ClientFrame, HandshakeQuery, ServerFrame } from './frames.ts';
import type { RoomName, RoomToken } from './http.ts';
import type { AppendResult, Changes, Jwks, OpenedRoom, Problem, ReplicaNews, RoomComparison, RoomNews, RoomTokenClaims, RoomTokenHeader, StoredEvent, StoredEvents } from './internal.ts';

/** A validation error of Ajv. `instancePath` is a JSON pointer into the value. */
export interface Fault {
  instancePath: string;
  schemaPath: string;
  keyword: string;
  params: Record<string, unknown>;
  message?: string;
}

/** Whether a value matches the contract exactly. If not, `errors` has the first error until the next call. */
export interface Validate<T> {
  (value: unknown): value is T;
  errors?: Fault[] | null;
}

export declare const validateClientFrame: Validate<ClientFrame>;
export declare const validateServerFrame: Validate<ServerFrame>;
export declare const validateHandshakeQuery: Validate<HandshakeQuery>;
export declare const validateRoomName: Validate<RoomName>;
export declare const validateRoomToken: Validate<RoomToken>;
export declare const validateAppendResult: Validate<AppendResult>;
export declare const validateChanges: Validate<Changes>;
export declare const validateJwks: Validate<Jwks>;
export declare const validateOpenedRoom: Validate<OpenedRoom>;
export declare const validateProblem: Validate<Problem>;
export declare const validateRoomComparison: Validate<RoomComparison>;
export declare const validateStoredEvents: Validate<StoredEvents>;
export declare const validateStoredEvent: Validate<StoredEvent>;
export declare const validateRoomNews: Validate<RoomNews>;
export declare const validateReplicaNews: Validate<ReplicaNews>;
export declare const validateRoomTokenHeader: Validate<RoomTokenHeader>;
export declare const validateRoomTokenClaims: Validate<RoomTokenClaims>;
export declare const validateAppendMessagesRequest: Validate<unknown>;
export declare const validateAppendMessagesAnswer: Validate<AppendResult>;
export declare const validateOpenRoomRequest: Validate<unknown>;
export declare const validateOpenRoomAnswer: Validate<OpenedRoom>;
export declare const validateReadEventsRequest: Validate<unknown>;
export declare const validateReadEventsAnswer: Validate<StoredEvents>;
export declare const validateCompareRoomsRequest: Validate<unknown>;
export declare const validateCompareRoomsAnswer: Validate<RoomComparison>;
export declare const validateGetChangesRequest: Validate<unknown>;
export declare const validateGetChangesAnswer: Validate<Changes>;
export declare const validateGetJwksRequest: Validate<unknown>;
export declare const validateGetJwksAnswer: Validate<Jwks>;
