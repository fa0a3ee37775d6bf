// generated, do not edit: npm run generate
export interface paths {
    "/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Store a batch of messages
         * @description Stores the batch in one transaction. Every message gets its own result, at its own position. The outcome `busy` occurs only if `wait` is false and another transaction holds a lock on the room's row: send that room's messages again with `wait`.
         */
        post: operations["appendMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a room by id
         * @description Returns the data that chat needs to open a room.
         */
        get: operations["openRoom"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/{roomId}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a page of the log
         * @description The events after a seq, ascending. Chat delivers events of every type, known or not, so a newer website can have more types.
         */
        get: operations["readEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rooms/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compare open rooms with the log
         * @description Returns the rooms whose log is ahead of the caller, and the rooms that were deleted.
         */
        post: operations["compareRooms"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wait for changes
         * @description A long poll. It returns immediately if, since the cursor, a session ended, a room was deleted, a ban began or was lifted, or an event was stored that no broker announces. Otherwise it returns within a second, after reading the database. Entries can repeat.
         */
        post: operations["getChanges"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jwks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the public keys of room tokens
         * @description Returns a JSON Web Key Set (RFC 7517). Two keys are valid at a time.
         */
        get: operations["getJwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description Messages to store, in the order in which to number them.
         * @example {
         *       "messages": [
         *         {
         *           "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *           "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *           "username": "ann",
         *           "sid": "0199b2c4-3c00-7b10-a1f0-7e2d9b8c4f33",
         *           "content": "Is the kettle on?"
         *         }
         *       ],
         *       "wait": false
         *     }
         */
        AppendBatch: {
            /** @description The messages. */
            messages: components["schemas"]["Append"][];
            /**
             * @description Whether to wait, at most 1 s, for the lock on a room's row that another transaction holds.
             * @example false
             */
            wait: boolean;
        };
        /**
         * @description One message, with its sender and the handle of the sender's session.
         * @example {
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "username": "ann",
         *       "sid": "0199b2c4-3c00-7b10-a1f0-7e2d9b8c4f33",
         *       "content": "Is the kettle on?"
         *     }
         */
        Append: {
            roomId: components["schemas"]["Uuid"];
            id: components["schemas"]["MessageId"];
            username: components["schemas"]["Username"];
            sid: components["schemas"]["Uuid"];
            content: components["schemas"]["Content"];
        };
        /**
         * @description One outcome per message, in the order of the batch.
         * @example {
         *       "results": [
         *         {
         *           "outcome": "room_gone"
         *         }
         *       ]
         *     }
         */
        AppendResult: {
            /** @description The outcomes. */
            results: components["schemas"]["AppendOutcome"][];
        };
        /**
         * @description The outcome of one message: it is in the log, or it was refused.
         * @example {
         *       "outcome": "room_gone"
         *     }
         */
        AppendOutcome: components["schemas"]["Appended"] | components["schemas"]["NotAppended"];
        /**
         * @description The message is in the log, stored now (`stored`) or by an earlier attempt (`repeated`).
         * @example {
         *       "outcome": "stored",
         *       "event": {
         *         "type": "message.created",
         *         "seq": 42,
         *         "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *         "room": "Tea room",
         *         "username": "ann",
         *         "timestamp": "2026-11-21T09:30:00.000Z",
         *         "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *         "content": "Is the kettle on?"
         *       }
         *     }
         */
        Appended: {
            /**
             * @description Whether this attempt stored the message.
             * @example stored
             * @enum {string}
             */
            outcome: "stored" | "repeated";
            event: components["schemas"]["MessageCreated"];
        };
        /**
         * @description The message was not stored. Only for `store_unavailable` this is unknown.
         * @example {
         *       "outcome": "room_gone"
         *     }
         */
        NotAppended: {
            /**
             * @description The reason.
             * @example room_gone
             * @enum {string}
             */
            outcome: "id_conflict" | "room_gone" | "session_ended" | "banned" | "store_unavailable" | "busy";
        };
        /**
         * @description A room as chat sees it.
         * @example {
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "room": "Tea room",
         *       "lastSeq": 42
         *     }
         */
        OpenedRoom: {
            roomId: components["schemas"]["Uuid"];
            /**
             * @description The name, as created.
             * @example Tea room
             */
            room: string;
            lastSeq: components["schemas"]["Seq"];
        };
        /**
         * @description A page of a room's log, ascending by seq.
         * @example {
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "events": [
         *         {
         *           "type": "message.deleted",
         *           "seq": 46,
         *           "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *           "room": "Tea room",
         *           "username": "ann",
         *           "timestamp": "2026-11-21T09:34:00.000Z",
         *           "messageId": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21"
         *         }
         *       ],
         *       "hasMore": false
         *     }
         */
        StoredEvents: {
            roomId: components["schemas"]["Uuid"];
            /** @description The events, ascending by seq, without a gap. */
            events: components["schemas"]["StoredEvent"][];
            /**
             * @description Whether there are more events after this page.
             * @example false
             */
            hasMore: boolean;
        };
        /**
         * @description An event of any type, with the properties of its type.
         * @example {
         *       "type": "message.deleted",
         *       "seq": 46,
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "room": "Tea room",
         *       "username": "ann",
         *       "timestamp": "2026-11-21T09:34:00.000Z",
         *       "messageId": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21"
         *     }
         */
        StoredEvent: {
            [key: string]: unknown;
        } & components["schemas"]["LogEvent"];
        /**
         * @description The last seq of a room, in the log or at the caller.
         * @example {
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "lastSeq": 42
         *     }
         */
        RoomPosition: {
            roomId: components["schemas"]["Uuid"];
            lastSeq: components["schemas"]["Seq"];
        };
        /**
         * @description The open rooms of a chat process, each with the last seq that the process has.
         * @example {
         *       "rooms": [
         *         {
         *           "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *           "lastSeq": 42
         *         }
         *       ]
         *     }
         */
        RoomPositions: {
            /** @description The rooms. */
            rooms: components["schemas"]["RoomPosition"][];
        };
        /**
         * @description The rooms whose log is ahead, and the rooms that were deleted.
         * @example {
         *       "ahead": [
         *         {
         *           "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *           "lastSeq": 43
         *         }
         *       ],
         *       "gone": []
         *     }
         */
        RoomComparison: {
            /** @description Rooms whose log is ahead, with the last seq of the log. */
            ahead: components["schemas"]["RoomPosition"][];
            /** @description Rooms that were deleted. */
            gone: components["schemas"]["Uuid"][];
        };
        /**
         * @description The caller, and the cursor of the previous response. Without a cursor, the response has everything that ended within twice the lifetime of a token.
         * @example {
         *       "cursor": "b7c1.42.1795340000000",
         *       "replica": "0199b2c4-5a00-7c00-9a00-1f2e3d4c5b6a",
         *       "brokered": false
         *     }
         */
        ChangesQuery: {
            /**
             * @description False: the caller refuses joins because of overload, and /healthz does not count it as ready.
             * @example true
             */
            admitting?: boolean;
            /**
             * @description Opaque.
             * @example b7c1.42.1795340000000
             */
            cursor?: string;
            replica?: components["schemas"]["Uuid"];
            /**
             * @description Whether the chat process is connected to the others through a broker. While there are several processes and not all are connected, `appended` also reports the messages that one of them stores.
             * @example false
             */
            brokered?: boolean;
        };
        /**
         * @description What ended or changed, and the last seq of logs. Entries can repeat.
         * @example {
         *       "cursor": "b7c1.43.1795340001000",
         *       "time": 1795340011000,
         *       "endedSessions": [],
         *       "deletedRooms": [],
         *       "bans": [],
         *       "appended": []
         *     }
         */
        Changes: {
            /**
             * @description The cursor for the next call.
             * @example b7c1.43.1795340001000
             */
            cursor: string;
            /**
             * Format: int64
             * @description The time of the database, in milliseconds since 1970. Chat uses it to decide whether a token has expired.
             * @example 1795340011000
             */
            time: number;
            /** @description Handles of sessions that ended. */
            endedSessions: components["schemas"]["Uuid"][];
            /** @description Rooms that were deleted. */
            deletedRooms: components["schemas"]["Uuid"][];
            /** @description Bans that began or were lifted, each in its current state. */
            bans: components["schemas"]["BanChange"][];
            /** @description Rooms that have new events that no broker announces, with the last seq of their log. */
            appended: components["schemas"]["RoomPosition"][];
        };
        /**
         * @description Whether a user is banned from a room.
         * @example {
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "username": "mallory",
         *       "banned": true
         *     }
         */
        BanChange: {
            roomId: components["schemas"]["Uuid"];
            username: components["schemas"]["Username"];
            /**
             * @description False: the ban was lifted.
             * @example true
             */
            banned: boolean;
        };
        /**
         * @description A message about one room between chat processes, through the broker. It can be lost, repeated or reordered: chat reads missing events from the log, and ReplicaNews repairs presence.
         * @example {
         *       "kind": "typing",
         *       "username": "ann"
         *     }
         */
        RoomNews: components["schemas"]["EventsNews"] | components["schemas"]["TypingNews"] | components["schemas"]["PresenceNews"] | components["schemas"]["HelloNews"];
        /**
         * @description Events that were stored.
         * @example {
         *       "kind": "events",
         *       "events": [
         *         {
         *           "type": "message.deleted",
         *           "seq": 46,
         *           "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *           "room": "Tea room",
         *           "username": "ann",
         *           "timestamp": "2026-11-21T09:34:00.000Z",
         *           "messageId": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21"
         *         }
         *       ]
         *     }
         */
        EventsNews: {
            /**
             * @description The kind of message. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "events";
            /** @description The events, ascending by seq. */
            events: components["schemas"]["StoredEvent"][];
        };
        /**
         * @description A user is typing.
         * @example {
         *       "kind": "typing",
         *       "username": "ann"
         *     }
         */
        TypingNews: {
            /**
             * @description The kind of message. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "typing";
            username: components["schemas"]["Username"];
        };
        /**
         * @description Users of one chat process who joined or left the room. A user can be connected to several processes.
         * @example {
         *       "kind": "presence",
         *       "replica": "0199b2c4-5a00-7c00-9a00-1f2e3d4c5b6a",
         *       "from": 6,
         *       "version": 7,
         *       "joined": [
         *         "ann"
         *       ],
         *       "left": []
         *     }
         */
        PresenceNews: {
            /**
             * @description The kind of message. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "presence";
            replica: components["schemas"]["Uuid"];
            /**
             * @description The version of the list that this message changes. 0: `joined` is the whole list.
             * @example 6
             */
            from: number;
            /**
             * @description The version of the list after the change. Versions of one process ascend across all its rooms.
             * @example 7
             */
            version: number;
            /** @description Users who joined. */
            joined: components["schemas"]["Username"][];
            /** @description Users who left. */
            left: components["schemas"]["Username"][];
        };
        /**
         * @description A chat process requests from the others the whole list of their users in the room.
         * @example {
         *       "kind": "hello",
         *       "replica": "0199b2c4-5a00-7c00-9a00-1f2e3d4c5b6a"
         *     }
         */
        HelloNews: {
            /**
             * @description The kind of message. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "hello";
            replica: components["schemas"]["Uuid"];
            to?: components["schemas"]["Uuid"];
        };
        /**
         * @description A heartbeat of a chat process to all others through the broker, at least once a second, with the versions of its lists of users.
         * @example {
         *       "replica": "0199b2c4-5a00-7c00-9a00-1f2e3d4c5b6a",
         *       "rooms": [
         *         {
         *           "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *           "version": 7
         *         }
         *       ]
         *     }
         */
        ReplicaNews: {
            replica: components["schemas"]["Uuid"];
            /**
             * @description The process has just connected and requests from all others the versions of all their lists.
             * @example true
             * @constant
             */
            hello?: true;
            /**
             * @description The process is stopping.
             * @example true
             * @constant
             */
            bye?: true;
            /** @description Some of the rooms of the process. A process that has an older version of a list requests the whole list of that room. */
            rooms: components["schemas"]["RoomPresence"][];
        };
        /**
         * @description The version of the list of a chat process's users in a room.
         * @example {
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "version": 7
         *     }
         */
        RoomPresence: {
            roomId: components["schemas"]["Uuid"];
            /**
             * @description The version of the list.
             * @example 7
             */
            version: number;
            /**
             * @description The list is empty. The process can have closed the room.
             * @example true
             * @constant
             */
            empty?: true;
        };
        /**
         * @description A JSON Web Key Set (RFC 7517).
         * @example {
         *       "keys": []
         *     }
         */
        Jwks: {
            /** @description The keys. */
            keys: components["schemas"]["Jwk"][];
        };
        /**
         * @description A public key on P-256 for ES256.
         * @example {
         *       "kty": "EC",
         *       "crv": "P-256",
         *       "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
         *       "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
         *       "kid": "room-1",
         *       "use": "sig",
         *       "alg": "ES256"
         *     }
         */
        Jwk: {
            /**
             * @description Key type.
             * @example EC
             * @constant
             */
            kty: "EC";
            /**
             * @description Curve.
             * @example P-256
             * @constant
             */
            crv: "P-256";
            /**
             * @description Coordinate, base64url.
             * @example f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU
             */
            x: string;
            /**
             * @description Coordinate, base64url.
             * @example x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0
             */
            y: string;
            /**
             * @description The key's id, as in a token's header.
             * @example room-1
             */
            kid: string;
            /**
             * @description For signatures.
             * @example sig
             * @constant
             */
            use: "sig";
            /**
             * @description Algorithm.
             * @example ES256
             * @constant
             */
            alg: "ES256";
        };
        /**
         * @description The header of a room token (RFC 7515). The website signs the token and chat verifies it; for clients it is opaque. A token with `crit` is refused, because no extensions are supported.
         * @example {
         *       "alg": "ES256",
         *       "typ": "room+jwt",
         *       "kid": "room-1"
         *     }
         */
        RoomTokenHeader: {
            /**
             * @description ECDSA on P-256.
             * @example ES256
             * @constant
             */
            alg: "ES256";
            /**
             * @description What kind of token it is (RFC 8725, 3.11).
             * @example room+jwt
             * @constant
             */
            typ: "room+jwt";
            /**
             * @description The id of the key that signed it.
             * @example room-1
             */
            kid: string;
        };
        /**
         * @description The claims of a room token (RFC 7519): the user who can open sockets, the room, and the expiry.
         * @example {
         *       "iss": "parlance",
         *       "aud": "parlance-chat",
         *       "sub": "0199b2c4-2a00-7f10-b1c0-5e4d3c2b1a00",
         *       "email": "ann@example.org",
         *       "username": "ann",
         *       "room": "Tea room",
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "sid": "0199b2c4-3c00-7b10-a1f0-7e2d9b8c4f33",
         *       "iat": 1795340000,
         *       "exp": 1795340060
         *     }
         */
        RoomTokenClaims: {
            /**
             * @description The issuer.
             * @example parlance
             * @constant
             */
            iss: "parlance";
            /**
             * @description The audience.
             * @example parlance-chat
             * @constant
             */
            aud: "parlance-chat";
            sub: components["schemas"]["Uuid"];
            email: components["schemas"]["Email"];
            username: components["schemas"]["Username"];
            /**
             * @description The name of the room, as created.
             * @example Tea room
             */
            room: string;
            roomId: components["schemas"]["Uuid"];
            sid: components["schemas"]["Uuid"];
            /**
             * @description The time of signing, in seconds since 1970.
             * @example 1795340000
             */
            iat: number;
            /**
             * @description The expiry, in seconds since 1970.
             * @example 1795340060
             */
            exp: number;
        };
        /**
         * @description The text of a message: 1 to 4,000 characters (Unicode code points), at least one of them visible, without U+0000 and without unpaired surrogates. It is stored and delivered unchanged.
         * @example Is the kettle on?
         */
        Content: string;
        /**
         * @description An email address of at most 254 characters: text before and after one "@", without spaces, control characters or other invisible characters. It is unique without regard to case. Only the user of the account sees it.
         * @example ann@example.org
         */
        Email: string;
        /**
         * @description A persistent change in a room. The events of a room are one log: numbered 1, 2, 3 … without a gap, in the same order for every client, and kept as long as the room exists. Every object with a `seq` is an event and advances the cursor, even if the client does not know its `type`: later versions add types.
         * @example {
         *       "type": "members.changed",
         *       "seq": 47,
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "room": "Tea room",
         *       "username": "ann",
         *       "timestamp": "2026-11-21T09:35:00.000Z"
         *     }
         */
        LogEvent: {
            /**
             * @description The kind of change.
             * @example members.changed
             */
            type: string;
            seq: components["schemas"]["Seq"];
            roomId: components["schemas"]["Uuid"];
            /**
             * @description The name of the room, as created.
             * @example Tea room
             */
            room: string;
            /**
             * @description The user who made the change.
             * @example ann
             */
            username: string;
            timestamp: components["schemas"]["Timestamp"];
        };
        /**
         * @description A message was stored. The event has the `content`, or `supersededBy` if the text has since been edited or deleted.
         * @example {
         *       "type": "message.created",
         *       "seq": 42,
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "room": "Tea room",
         *       "username": "ann",
         *       "timestamp": "2026-11-21T09:30:00.000Z",
         *       "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "content": "Is the kettle on?"
         *     }
         * @example {
         *       "type": "message.created",
         *       "seq": 42,
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "room": "Tea room",
         *       "username": "ann",
         *       "timestamp": "2026-11-21T09:30:00.000Z",
         *       "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "supersededBy": 43
         *     }
         */
        MessageCreated: components["schemas"]["LogEvent"] & {
            /**
             * @description The event's type.
             * @example message.created
             * @constant
             */
            type: "message.created";
            /**
             * @description The id that the sender chose.
             * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
             */
            id: string;
            /**
             * @description The text.
             * @example Is the kettle on?
             */
            content?: string;
            /** @description The seq of the event that withdrew this text, an edit or a deletion. Present instead of `content`. */
            supersededBy?: components["schemas"]["Seq"];
        };
        /**
         * @description The id of a message, chosen by its sender: a lower-case UUID of any version (RFC 9562). Sending the same id again in the same room never stores a second message.
         * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
         */
        MessageId: string;
        /**
         * @description An error as problem details (RFC 9457). `code` is for programs, `detail` is for people.
         * @example {
         *       "type": "/docs/problems#room_not_found",
         *       "title": "There is no such room",
         *       "status": 404,
         *       "code": "room_not_found",
         *       "detail": "There is no room \"Tea room\".",
         *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
         *     }
         */
        Problem: {
            /**
             * @description A reference to the documentation of the code, relative to the server.
             * @example /docs/problems#room_not_found
             */
            type: string;
            /**
             * @description The meaning of the code, the same for each occurrence.
             * @example There is no such room
             */
            title: string;
            /**
             * @description The HTTP status.
             * @example 404
             */
            status: number;
            code: components["schemas"]["ProblemCode"];
            /**
             * @description What happened this time.
             * @example There is no room "Tea room".
             */
            detail: string;
            /**
             * @description The id under which the server logged the request.
             * @example 6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10
             */
            requestId: string;
            /** @description For validation: the errors in the request, not always all of them. */
            errors?: components["schemas"]["ValidationError"][];
        };
        /**
         * @description The error code. The list of problem codes, /docs/problems, explains each code.
         * @example room_not_found
         */
        ProblemCode: "invalid_request" | "invalid_json" | "not_authenticated" | "invalid_credentials" | "invalid_token" | "bad_origin" | "not_room_owner" | "not_message_author" | "banned" | "protected_user" | "not_administrator" | "suspended" | "registration_closed" | "invalid_invitation" | "wrong_room" | "mail_not_configured" | "not_found" | "room_not_found" | "user_not_found" | "message_not_found" | "session_not_found" | "method_not_allowed" | "request_timeout" | "email_taken" | "username_taken" | "room_name_taken" | "id_conflict" | "other_room" | "message_deleted" | "too_many_reactions" | "too_many_bans" | "stale_revision" | "body_too_large" | "unsupported_media_type" | "misdirected_request" | "upgrade_required" | "too_many_requests" | "rate_limited" | "too_many_sockets" | "headers_too_large" | "internal_error" | "bad_gateway" | "unavailable" | "store_unavailable" | "gateway_timeout" | (string & {});
        /**
         * Format: int64
         * @description The number of an event in its room: 1, 2, 3 … without a gap. 0 is the position before the first event. At most 2^53 - 1.
         * @example 42
         */
        Seq: number;
        /**
         * Format: date-time
         * @description A time (RFC 3339) in UTC with milliseconds, from the database's clock.
         * @example 2026-11-21T09:30:00.000Z
         */
        Timestamp: string;
        /**
         * @description A user's public name: 3 to 32 letters (a to z, A to Z), digits, "_", "." and "-". Unique without regard to case, returned as registered, never changed.
         * @example ann
         */
        Username: string;
        /**
         * @description A lower-case UUID made by the server (RFC 9562).
         * @example 0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10
         */
        Uuid: string;
        /**
         * @description One error in a request.
         * @example {
         *       "pointer": "/body/username",
         *       "detail": "must NOT have fewer than 3 characters"
         *     }
         */
        ValidationError: {
            /**
             * @description The place of the error: a JSON pointer (RFC 6901) into the request, as an object with the members body, query, path and headers.
             * @example /body/username
             */
            pointer: string;
            /**
             * @description What is wrong, for people.
             * @example must NOT have fewer than 3 characters
             */
            detail: string;
        };
    };
    responses: {
        /** @description Refused: 400, 401, 404 (room_not_found), 413, 415, 500 or 503. */
        Refused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#room_not_found",
                 *       "title": "There is no such room",
                 *       "status": 404,
                 *       "code": "room_not_found",
                 *       "detail": "There is no room with this id.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /**
         * @description The room's id.
         * @example 0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10
         */
        RoomId: components["schemas"]["Uuid"];
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AppendBatch = components['schemas']['AppendBatch'];
export type Append = components['schemas']['Append'];
export type AppendResult = components['schemas']['AppendResult'];
export type AppendOutcome = components['schemas']['AppendOutcome'];
export type Appended = components['schemas']['Appended'];
export type NotAppended = components['schemas']['NotAppended'];
export type OpenedRoom = components['schemas']['OpenedRoom'];
export type StoredEvents = components['schemas']['StoredEvents'];
export type StoredEvent = components['schemas']['StoredEvent'];
export type RoomPosition = components['schemas']['RoomPosition'];
export type RoomPositions = components['schemas']['RoomPositions'];
export type RoomComparison = components['schemas']['RoomComparison'];
export type ChangesQuery = components['schemas']['ChangesQuery'];
export type Changes = components['schemas']['Changes'];
export type BanChange = components['schemas']['BanChange'];
export type RoomNews = components['schemas']['RoomNews'];
export type EventsNews = components['schemas']['EventsNews'];
export type TypingNews = components['schemas']['TypingNews'];
export type PresenceNews = components['schemas']['PresenceNews'];
export type HelloNews = components['schemas']['HelloNews'];
export type ReplicaNews = components['schemas']['ReplicaNews'];
export type RoomPresence = components['schemas']['RoomPresence'];
export type Jwks = components['schemas']['Jwks'];
export type Jwk = components['schemas']['Jwk'];
export type RoomTokenHeader = components['schemas']['RoomTokenHeader'];
export type RoomTokenClaims = components['schemas']['RoomTokenClaims'];
export type Content = components['schemas']['Content'];
export type Email = components['schemas']['Email'];
export type LogEvent = components['schemas']['LogEvent'];
export type MessageCreated = components['schemas']['MessageCreated'];
export type MessageId = components['schemas']['MessageId'];
export type Problem = components['schemas']['Problem'];
export type ProblemCode = components['schemas']['ProblemCode'];
export type Seq = components['schemas']['Seq'];
export type Timestamp = components['schemas']['Timestamp'];
export type Username = components['schemas']['Username'];
export type Uuid = components['schemas']['Uuid'];
export type ValidationError = components['schemas']['ValidationError'];
export type $defs = Record<string, never>;
export interface operations {
    appendMessages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The batch. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["AppendBatch"];
            };
        };
        responses: {
            /** @description One result per message, in the order of the batch. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AppendResult"];
                };
            };
            default: components["responses"]["Refused"];
        };
    };
    openRoom: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's id.
                 * @example 0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10
                 */
                roomId: components["parameters"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The room. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenedRoom"];
                };
            };
            default: components["responses"]["Refused"];
        };
    };
    readEvents: {
        parameters: {
            query: {
                /**
                 * @description Only events with a larger seq.
                 * @example 41
                 */
                after: components["schemas"]["Seq"];
                /**
                 * @description The maximum number of events on the page.
                 * @example 200
                 */
                limit: number;
            };
            header?: never;
            path: {
                /**
                 * @description The room's id.
                 * @example 0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10
                 */
                roomId: components["parameters"]["RoomId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredEvents"];
                };
            };
            default: components["responses"]["Refused"];
        };
    };
    compareRooms: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The open rooms of the caller. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoomPositions"];
            };
        };
        responses: {
            /** @description The rooms in which the caller is behind, and the deleted rooms. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomComparison"];
                };
            };
            default: components["responses"]["Refused"];
        };
    };
    getChanges: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The caller and its cursor. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangesQuery"];
            };
        };
        responses: {
            /** @description The changes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            default: components["responses"]["Refused"];
        };
    };
    getJwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Jwks"];
                };
            };
            default: components["responses"]["Refused"];
        };
    };
}
