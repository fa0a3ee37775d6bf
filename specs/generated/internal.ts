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
         * @description One transaction. Every message gets its own answer, at its own position. `busy` is answered only when `wait` is false and another transaction holds the room's row: send that room's messages again with `wait`.
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
         * Look at a room by id
         * @description What chat needs to open a room.
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
         * @description The events after a seq, ascending. Chat delivers them without regard to their type, so that a newer website may have more types.
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
         * @description Answers with the rooms whose log is ahead of what the caller has, and with those that are gone.
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
         * @description A long poll: answers at once when a session ended, a room was deleted, a ban began or was lifted, or an event was stored of which no broker tells since the cursor, and within a second in any case with what the database says. Entries may repeat.
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
         * The public keys of room tokens
         * @description A JSON Web Key Set (RFC 7517). Two keys are live at a time.
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
         * @description Messages to be stored, in the order in which they are to be numbered.
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
             * @description Whether to wait (1 s at the most) for a room's row that another transaction holds.
             * @example false
             */
            wait: boolean;
        };
        /**
         * @description One message, with its sender and the handle of their session.
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
         * @description One outcome a message, in the order of the batch.
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
         * @description What became of one message: it stands in the log, or it was refused.
         * @example {
         *       "outcome": "room_gone"
         *     }
         */
        AppendOutcome: components["schemas"]["Appended"] | components["schemas"]["NotAppended"];
        /**
         * @description The message stands in the log, new (`stored`) or since an earlier time (`repeated`).
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
             * @description Whether it is new.
             * @example stored
             * @enum {string}
             */
            outcome: "stored" | "repeated";
            event: components["schemas"]["MessageCreated"];
        };
        /**
         * @description The message was not stored; only after `store_unavailable` it may have been.
         * @example {
         *       "outcome": "room_gone"
         *     }
         */
        NotAppended: {
            /**
             * @description Why.
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
             * @description Whether the log goes on after this page.
             * @example false
             */
            hasMore: boolean;
        };
        /**
         * @description An event of any type, with whatever properties its type has.
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
         * @description How far a room's log goes, or how far the caller has it.
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
         * @description The open rooms of a chat process and how far it has them.
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
         * @description Where the log is ahead, and what is gone.
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
            /** @description Rooms whose log is ahead, with how far it goes. */
            ahead: components["schemas"]["RoomPosition"][];
            /** @description Rooms that were deleted. */
            gone: components["schemas"]["Uuid"][];
        };
        /**
         * @description Who asks, and the cursor of the answer before; without one, all that ended within twice a token's life is told.
         * @example {
         *       "cursor": "b7c1.42.1795340000000",
         *       "replica": "0199b2c4-5a00-7c00-9a00-1f2e3d4c5b6a",
         *       "brokered": false
         *     }
         */
        ChangesQuery: {
            /**
             * @description False: the caller refuses joins for want of time; /healthz does not count it as ready.
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
             * @description Whether a broker connects the chat process to the others. While there are several and not all are connected, messages that one of them stores are told of in `appended`.
             * @example false
             */
            brokered?: boolean;
        };
        /**
         * @description What ended, and how far logs go. Entries may repeat.
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
             * @description To be handed back.
             * @example b7c1.43.1795340001000
             */
            cursor: string;
            /**
             * @description The time of the database, in milliseconds since 1970: chat judges by it whether a token has expired.
             * @example 1795340011000
             */
            time: number;
            /** @description Handles of sessions that ended. */
            endedSessions: components["schemas"]["Uuid"][];
            /** @description Rooms that were deleted. */
            deletedRooms: components["schemas"]["Uuid"][];
            /** @description Bans that began or were lifted, each as it is now. */
            bans: components["schemas"]["BanChange"][];
            /** @description Rooms that got events of which no broker tells, with how far their log goes. */
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
         * @description What chat processes tell one another about one room through the broker. It may be lost, repeated or reordered; the log is the truth of events, and ReplicaNews repairs presence.
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
             * @description Which news it is. (enum property replaced by openapi-typescript)
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
             * @description Which news it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "typing";
            username: components["schemas"]["Username"];
        };
        /**
         * @description Users of one chat process who came into the room or left it. A user may be at several processes.
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
             * @description Which news it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "presence";
            replica: components["schemas"]["Uuid"];
            /**
             * @description The version that this news changes; 0: `joined` is the whole list.
             * @example 6
             */
            from: number;
            /**
             * @description The version of the list afterwards. Versions of one process ascend over all its rooms.
             * @example 7
             */
            version: number;
            /** @description Users who came. */
            joined: components["schemas"]["Username"][];
            /** @description Users who left. */
            left: components["schemas"]["Username"][];
        };
        /**
         * @description A chat process asks the others for the whole list of their users in the room.
         * @example {
         *       "kind": "hello",
         *       "replica": "0199b2c4-5a00-7c00-9a00-1f2e3d4c5b6a"
         *     }
         */
        HelloNews: {
            /**
             * @description Which news it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "hello";
            replica: components["schemas"]["Uuid"];
            to?: components["schemas"]["Uuid"];
        };
        /**
         * @description What a chat process tells all others through the broker, at least once a second: that it lives, and which versions its lists of users have.
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
             * @description It connected just now and asks all others for the versions of all their lists.
             * @example true
             * @constant
             */
            hello?: true;
            /**
             * @description It ends.
             * @example true
             * @constant
             */
            bye?: true;
            /** @description Some of its rooms. The others ask in a room for the list if they have an older version. */
            rooms: components["schemas"]["RoomPresence"][];
        };
        /**
         * @description Which version the list of a chat process's users in a room has.
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
             * @description The list is empty. The process may have closed the room.
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
         * @description The header of a room token (RFC 7515). Website signs, chat verifies, to everybody else it is opaque. A token with `crit` is refused: there are no extensions.
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
             * @description Which key of the set signed it.
             * @example room-1
             */
            kid: string;
        };
        /**
         * @description What a room token says (RFC 7519): who may open sockets into which room, until when.
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
             * @description Who signed it.
             * @example parlance
             * @constant
             */
            iss: "parlance";
            /**
             * @description Whom it is for.
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
             * @description When it was signed, in seconds since 1970.
             * @example 1795340000
             */
            iat: number;
            /**
             * @description When it ends, in seconds since 1970.
             * @example 1795340060
             */
            exp: number;
        };
        /**
         * @description The text of a message: 1 to 4,000 characters (Unicode code points), at least one of them visible, without U+0000 and without unpaired surrogates. Stored and delivered as it came.
         * @example Is the kettle on?
         */
        Content: string;
        /**
         * @description An email address, 254 characters at the most: something before and after one "@", without spaces, control characters or other characters that cannot be seen. It is unique without regard to case. Only its owner ever sees it.
         * @example ann@example.org
         */
        Email: string;
        /**
         * @description A persistent change in a room. The events of a room are one log: numbered 1, 2, 3 … without a gap, in one order for everybody, kept as long as the room. Every object with a `seq` is an event and advances the cursor, also one whose `type` a client does not know: later versions add types.
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
         * @description A message was stored. It has its `content`, or, when that text was edited or deleted meanwhile, `supersededBy`.
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
             * @description The id its sender chose.
             * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
             */
            id: string;
            /**
             * @description The text.
             * @example Is the kettle on?
             */
            content?: string;
            /** @description The seq of the event that withdrew this text, an edit or the deletion. Present instead of `content`. */
            supersededBy?: components["schemas"]["Seq"];
        };
        /**
         * @description The id of a message, chosen by its sender: a lower-case UUID of any version (RFC 9562). Sending the same id again in the same room never stores a second message.
         * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
         */
        MessageId: string;
        /**
         * @description An error as problem details (RFC 9457). Programs decide by `code`; people read `detail`.
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
             * @description A reference to what documents the code, relative to the server.
             * @example /docs/problems#room_not_found
             */
            type: string;
            /**
             * @description What the code means, the same for each occurrence.
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
            /** @description For validation: what is wrong, though not always all of it. */
            errors?: components["schemas"]["ValidationError"][];
        };
        /**
         * @description What went wrong, for programs. Each code is explained in the list of problem codes, /docs/problems.
         * @example room_not_found
         */
        ProblemCode: "invalid_request" | "invalid_json" | "not_authenticated" | "invalid_credentials" | "invalid_token" | "bad_origin" | "not_room_owner" | "not_message_author" | "banned" | "protected_user" | "not_administrator" | "suspended" | "registration_closed" | "invalid_invitation" | "wrong_room" | "mail_not_configured" | "not_found" | "room_not_found" | "user_not_found" | "message_not_found" | "session_not_found" | "method_not_allowed" | "request_timeout" | "email_taken" | "username_taken" | "room_name_taken" | "id_conflict" | "other_room" | "message_deleted" | "too_many_reactions" | "too_many_bans" | "stale_revision" | "body_too_large" | "unsupported_media_type" | "misdirected_request" | "upgrade_required" | "too_many_requests" | "rate_limited" | "too_many_sockets" | "headers_too_large" | "internal_error" | "bad_gateway" | "unavailable" | "store_unavailable" | "gateway_timeout" | (string & {});
        /**
         * @description The number of an event in its room: 1, 2, 3 … without a gap (0 stands before the first). At most 2^53 - 1.
         * @example 42
         */
        Seq: number;
        /**
         * Format: date-time
         * @description A moment, RFC 3339 in UTC with milliseconds, as the database's clock had it.
         * @example 2026-11-21T09:30:00.000Z
         */
        Timestamp: string;
        /**
         * @description A user's public name: 3 to 32 letters (a to z, A to Z), digits, "_", "." and "-". Unique without regard to case, answered as registered, never changed.
         * @example ann
         */
        Username: string;
        /**
         * @description A lower-case UUID made by the server (RFC 9562).
         * @example 0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10
         */
        Uuid: string;
        /**
         * @description One thing that is wrong with a request.
         * @example {
         *       "pointer": "/body/username",
         *       "detail": "must NOT have fewer than 3 characters"
         *     }
         */
        ValidationError: {
            /**
             * @description Where: a JSON pointer (RFC 6901) into the request, seen as an object with the members body, query, path and headers.
             * @example /body/username
             */
            pointer: string;
            /**
             * @description What is wrong there, for people.
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
            /** @description One result a message, in the order of the batch. */
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
                 * @description How many at the most.
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
            /** @description Where the caller is behind. */
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
        /** @description Where the caller is. */
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
