// generated, do not edit: npm run generate
export interface paths {
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register a user
         * @description Creates an account. Does not start a session.
         */
        post: operations["registerUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{username}/suspension": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Suspend an account
         * @description Ends every session of the user, with its tokens and sockets (4501), and refuses logins with `suspended` until the suspension is lifted. Only administrators can suspend, and administrators cannot be suspended. Suspending a suspended user changes nothing.
         */
        put: operations["suspendUser"];
        post?: never;
        /**
         * Lift a suspension
         * @description The user can log in again. Only administrators can lift a suspension. Lifting a suspension that does not exist changes nothing.
         */
        delete: operations["unsuspendUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the current session
         * @description Returns the session of the cookie or the bearer token.
         */
        get: operations["getSession"];
        put?: never;
        /**
         * Log in with a cookie
         * @description Starts a session and sets its cookie (HttpOnly, SameSite=Lax). For the site's own pages: a page of any other origin, even an allowed one, is refused with 403 `bad_origin`, and a request with `Authorization` is refused with 400 `invalid_request`. Programs and pages of allowed origins use createAccessToken. A second cookie, `parlance_browser`, marks the browser as known: wrong passwords that others enter for this account do not count against a known browser.
         */
        post: operations["logIn"];
        /**
         * Log out
         * @description Ends the session of the cookie or the bearer token. All tokens made from the session stop working, and all its sockets are closed.
         */
        delete: operations["logOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/access-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in and get an access token
         * @description Starts a new session and returns an access token for it, a JWT for `Authorization: Bearer`. logOut ends the session.
         */
        post: operations["createAccessToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the password
         * @description Replaces the password. Ends every other session of the user, with its tokens and sockets, and invalidates every link that sets a new password. A wrong current password counts like a wrong password at a login.
         */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/me/deletion": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete the account
         * @description Deletes the email address and the password and ends every session, immediately and permanently. The username stays taken, and rooms, messages and reactions keep showing it. The email address can be registered again. With `messages: erase`, the server then deletes every message of the user in the background; each deletion is a `message.deleted` in its room. A wrong password counts like a wrong password at a login.
         */
        post: operations["deleteAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the sessions
         * @description The user's sessions that have not ended, newest first. A user has at most `sessionsPerUser` sessions; the next login ends the oldest one.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /**
         * End all other sessions
         * @description Ends every session of the user except the session of the request. Their tokens stop working, and their sockets are closed.
         */
        delete: operations["endOtherSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{sessionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one session
         * @description Ends one session of the user. All its tokens stop working, and all its sockets are closed. For the session of the request this is the same as logOut. A session that has already ended also returns 204, until the server forgets it (404).
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/password-resets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set a new password with a token
         * @description Sets a new password for the account of the token. The token works once and for an hour. Ends every session of the user and invalidates the user's other tokens for a new password. Does not start a session.
         */
        put: operations["resetPassword"];
        /**
         * Request an email to set a new password
         * @description If the email address belongs to an account, the server sends an email with a link to it. The link sets a new password, once and within an hour. The response is the same whether the account exists or not. A server that sends no mail refuses the request with `mail_not_configured`; its operator can create such a link.
         */
        post: operations["requestPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rooms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search rooms
         * @description The rooms whose name contains `query`, in any script, without regard to case, ascending by name. Without `query`: all rooms.
         */
        get: operations["listRooms"];
        put?: never;
        /**
         * Create a room
         * @description Creates a room. Its creator is its owner. A user can create `roomsPerDay` rooms in a day. The detail of `room_name_taken` names the existing room.
         */
        post: operations["createRoom"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rooms/{roomName}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a room
         * @description Returns one room. The name is matched without regard to case.
         */
        get: operations["getRoom"];
        put?: never;
        post?: never;
        /**
         * Delete a room
         * @description Deletes the room and its messages. Its sockets receive `room.deleted` and are closed with 4502. Only the owner of the room and administrators can delete it.
         */
        delete: operations["deleteRoom"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rooms/{roomName}/bans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the bans of a room
         * @description The users who are banned from the room, ascending by username. Only the owner of the room and administrators can read the list.
         */
        get: operations["listBans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rooms/{roomName}/bans/{username}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Ban a user from a room
         * @description After the response, the server stores no message, change or reaction of the user in the room and issues no room token for it. The user's sockets in the room are closed with 4503 within a second. The user can still read the room's history, as every user can. Only the owner of the room and administrators can ban, and they cannot be banned. Banning a banned user changes nothing. If a banned user deletes the account with `messages: erase`, the user's messages in the room are deleted too.
         */
        put: operations["banUser"];
        post?: never;
        /**
         * Lift a ban
         * @description The user can join the room and write in it again. Only the owner of the room and administrators can lift a ban. Lifting a ban that does not exist changes nothing.
         */
        delete: operations["unbanUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rooms/{roomName}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the history
         * @description A page of messages in their current state, ascending by seq: the newest ones, or those before or after a seq. `before` and `after` together are refused. Deleted messages are included, without their text.
         */
        get: operations["listMessages"];
        put?: never;
        /**
         * Send a message
         * @description Stores a message and delivers it to the sockets of the room. It is safe to send a message again with the same id: it is stored once. After an edit or a deletion the server recognises a repeat by its id and author only. Always send `roomId`.
         */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rooms/{roomName}/messages/{messageId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one message
         * @description Returns the current state of a message. A deleted message has `deletedAt` and no content.
         */
        get: operations["getMessage"];
        put?: never;
        post?: never;
        /**
         * Delete a message
         * @description Withdraws the text and the reactions permanently. The author, the owner of the room and administrators can delete. Deleting a deleted message changes nothing and also returns 204.
         */
        delete: operations["deleteMessage"];
        options?: never;
        head?: never;
        /**
         * Edit a message
         * @description Replaces the text. Only the author can edit. The previous text is withdrawn: no request and no event returns it again. An edit to the current text changes nothing and returns the same response, even if `If-Match` names an earlier revision. With `If-Match`, an edit is refused if the text has been edited since that revision.
         */
        patch: operations["editMessage"];
        trace?: never;
    };
    "/api/rooms/{roomName}/messages/{messageId}/reactions/{emoji}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Add a reaction
         * @description Adds the user's reaction. If the user has already reacted with this emoji, nothing changes and the response is also 204.
         */
        put: operations["addReaction"];
        post?: never;
        /**
         * Remove a reaction
         * @description Removes the user's reaction. If the user has no such reaction, nothing changes and the response is also 204.
         */
        delete: operations["removeReaction"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rooms/{roomName}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the log
         * @description A page of the room's events, ascending by seq, from the beginning or after a seq. The objects are the same as on the socket. If a text has since been edited or deleted, the event has `supersededBy`, the seq of the event that withdrew the text, instead of `content`.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/rooms/{roomName}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a token for a socket
         * @description Returns a signed token with the user's email address and the room's name. It opens sockets into this room for a minute.
         */
        post: operations["issueRoomToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health check
         * @description Returns 200 only when the website, the database and the chat service are ready and accept clients. Returns 503 also during overload, while the website process that answers refuses room tokens or while no chat process accepts sockets.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the limits in force
         * @description Every limit by its name, with the value in force on this server. The operator can change some of them. Read the limits once at start.
         */
        get: operations["getLimits"];
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
         * @description A JWT for a session, sent as `Authorization: Bearer`. Opaque to clients.
         * @example {
         *       "accessToken": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
         *       "expiresAt": "2026-11-28T09:30:00.000Z"
         *     }
         */
        AccessToken: {
            /**
             * @description The token.
             * @example eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl
             */
            accessToken: string;
            expiresAt: components["schemas"]["Timestamp"];
        };
        /**
         * @description The request to delete an account.
         * @example {
         *       "password": "correct horse battery staple",
         *       "messages": "keep"
         *     }
         */
        AccountDeletion: {
            password: components["schemas"]["GivenPassword"];
            /**
             * @description What happens to the user's messages: `keep` leaves them as they are, `erase` deletes every message.
             * @example keep
             */
            messages: string;
        };
        /**
         * @description A user who is banned from a room.
         * @example {
         *       "username": "mallory",
         *       "bannedBy": "ann",
         *       "createdAt": "2026-11-21T10:15:00.000Z"
         *     }
         */
        Ban: {
            /**
             * @description The username of the banned user.
             * @example mallory
             */
            username: string;
            /**
             * @description The username of the owner or administrator who banned the user.
             * @example ann
             */
            bannedBy: string;
            createdAt: components["schemas"]["Timestamp"];
        };
        /**
         * @description A page of the bans of a room, ascending by username without regard to case.
         * @example {
         *       "bans": [
         *         {
         *           "username": "mallory",
         *           "bannedBy": "ann",
         *           "createdAt": "2026-11-21T10:15:00.000Z"
         *         }
         *       ],
         *       "nextCursor": "bWFsbG9yeQ"
         *     }
         */
        BanList: {
            /** @description The bans of this page. */
            bans: components["schemas"]["Ban"][];
            /**
             * @description Present if there are more. Send it as `cursor` to get the next page.
             * @example bWFsbG9yeQ
             */
            nextCursor?: string;
        };
        /**
         * @description The text of a message: 1 to 4,000 characters (Unicode code points), at least one of them visible, without U+0000 and without unpaired surrogates. It is stored and delivered unchanged.
         * @example Is the kettle on?
         */
        Content: string;
        /**
         * @description An email address and a password. Only their length, U+0000 and unpaired surrogates are checked. A pair that does not match an account is refused with `invalid_credentials`.
         * @example {
         *       "email": "ann@example.org",
         *       "password": "correct horse battery staple"
         *     }
         */
        Credentials: {
            /**
             * @description The email address of the account, matched without regard to case. Without U+0000 and unpaired surrogates.
             * @example ann@example.org
             */
            email: string;
            /**
             * @description The account's password. Without U+0000 and unpaired surrogates.
             * @example correct horse battery staple
             */
            password: string;
        };
        /**
         * @description An email address of at most 254 characters: text before and after one "@", without spaces, control characters or other invisible characters. It is unique without regard to case. Only the user of the account sees it.
         * @example ann@example.org
         */
        Email: string;
        /**
         * Format: rgi-emoji
         * @description One emoji: a character or sequence of the set RGI (recommended for general interchange, Unicode UTS 51), fully qualified, such as 👍, ❤️ (with U+FE0F) or 👩🏽‍🚀. Text, two emoji and unqualified forms are refused.
         * @example 👍
         */
        Emoji: string;
        /**
         * @description A page of a room's log, ascending by seq.
         * @example {
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "events": [
         *         {
         *           "type": "message.created",
         *           "seq": 42,
         *           "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *           "room": "Tea room",
         *           "username": "ann",
         *           "timestamp": "2026-11-21T09:30:00.000Z",
         *           "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *           "supersededBy": 43
         *         },
         *         {
         *           "type": "message.edited",
         *           "seq": 43,
         *           "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *           "room": "Tea room",
         *           "username": "ann",
         *           "timestamp": "2026-11-21T09:31:00.000Z",
         *           "messageId": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *           "content": "Is the kettle on yet?"
         *         }
         *       ],
         *       "hasMore": false
         *     }
         */
        EventPage: {
            roomId: components["schemas"]["Uuid"];
            /** @description The events, ascending by seq, without a gap. */
            events: components["schemas"]["RoomEvent"][];
            /**
             * @description Whether there are more events after this page.
             * @example false
             */
            hasMore: boolean;
        };
        /**
         * @description The current password. Only its length, U+0000 and unpaired surrogates are checked.
         * @example correct horse battery staple
         */
        GivenPassword: string;
        /**
         * @description The website, the database and the chat service are ready.
         * @example {
         *       "status": "ready"
         *     }
         */
        Health: {
            /**
             * @description Always ready.
             * @example ready
             * @constant
             */
            status: "ready";
        };
        /**
         * @description An invitation that the operator created with `npm run admin -- invite`. It is secret and valid once.
         * @example Zk3v0mQ1yB7c9TtV5rWn2xLq8hJd4sGf6pAeUoKiYzM
         */
        Invitation: string;
        /**
         * @description The limits in force on this server, by their names in the list of limits: the defaults of the contract, or the values that the operator has set.
         * @example {
         *       "usernameMin": 3,
         *       "usernameMax": 32,
         *       "emailMax": 254,
         *       "passwordMin": 8,
         *       "passwordMax": 128,
         *       "roomNameMax": 64,
         *       "roomNameMarks": 4,
         *       "contentMax": 4000,
         *       "bodyMax": 65536,
         *       "pageMax": 100,
         *       "pageDefault": 50,
         *       "seqMax": 9007199254740991,
         *       "reactionsPerMessage": 20,
         *       "reactionNamed": 50,
         *       "bansPerRoom": 1000,
         *       "invitationSeconds": 604800,
         *       "messagesPer10s": 20,
         *       "messagesPerUserPer10s": 100,
         *       "framesPer10s": 200,
         *       "offSpecPerMinute": 5,
         *       "socketsPerUser": 20,
         *       "socketsPerAddress": 256,
         *       "unansweredMax": 64,
         *       "readerLagMax": 1048576,
         *       "outboxMax": 16777216,
         *       "appendMax": 500,
         *       "pingSeconds": 25,
         *       "pongSeconds": 10,
         *       "typingSeconds": 5,
         *       "membersNamed": 100,
         *       "presenceNamed": 50,
         *       "typingNamed": 10,
         *       "roomTokenSeconds": 60,
         *       "sessionSeconds": 604800,
         *       "sessionsPerUser": 100,
         *       "passwordResetSeconds": 3600,
         *       "passwordResetsPerHour": 20,
         *       "resetMailsPerHour": 3,
         *       "loginsPer10Min": 10,
         *       "loginsPerDay": 50,
         *       "loginsPerAddressPer10Min": 100,
         *       "knownSeconds": 2592000,
         *       "passwordsAtOnce": 32,
         *       "roomTokensAtOnce": 4096,
         *       "admissionSeconds": 3,
         *       "joinsAtOnce": 4096,
         *       "registrationsPerHour": 20,
         *       "requestsPerUserPer10s": 300,
         *       "roomsPerDay": 500,
         *       "errorsNamed": 20,
         *       "requestsPerAddress": 100,
         *       "requestBurstPerAddress": 2000,
         *       "connectionsPerAddress": 512,
         *       "networkShare": 4,
         *       "requestsAtOncePerAddress": 2
         *     }
         */
        Limits: {
            /**
             * Format: int64
             * @description Shortest username. In characters.
             * @example 3
             */
            usernameMin: number;
            /**
             * Format: int64
             * @description Longest username. In characters.
             * @example 32
             */
            usernameMax: number;
            /**
             * Format: int64
             * @description Longest email address. In characters.
             * @example 254
             */
            emailMax: number;
            /**
             * Format: int64
             * @description Shortest password. In characters.
             * @example 8
             */
            passwordMin: number;
            /**
             * Format: int64
             * @description Longest password. In characters.
             * @example 128
             */
            passwordMax: number;
            /**
             * Format: int64
             * @description Longest room name, after NFC. In characters.
             * @example 64
             */
            roomNameMax: number;
            /**
             * Format: int64
             * @description Combining marks in a row in the name of a new room, after NFC. In marks.
             * @example 4
             */
            roomNameMarks: number;
            /**
             * Format: int64
             * @description Longest message. In characters.
             * @example 4000
             */
            contentMax: number;
            /**
             * Format: int64
             * @description Largest request body and largest frame from a client; the largest legal message, escaped, fits. In bytes.
             * @example 65536
             */
            bodyMax: number;
            /**
             * Format: int64
             * @description Largest page of rooms, messages or events. In items.
             * @example 100
             */
            pageMax: number;
            /**
             * Format: int64
             * @description Default page size. In items.
             * @example 50
             */
            pageDefault: number;
            /**
             * Format: int64
             * @description Largest seq, 2^53 - 1. In events.
             * @example 9007199254740991
             */
            seqMax: number;
            /**
             * Format: int64
             * @description Different emoji on one message. In emoji.
             * @example 20
             */
            reactionsPerMessage: number;
            /**
             * Format: int64
             * @description Users that a reaction of a message names at most. Its count is exact. In usernames.
             * @example 50
             */
            reactionNamed: number;
            /**
             * Format: int64
             * @description Users who are banned from one room at the same time. In users.
             * @example 1000
             */
            bansPerRoom: number;
            /**
             * Format: int64
             * @description Lifetime of an invitation (7 days). In seconds.
             * @example 604800
             */
            invitationSeconds: number;
            /**
             * Format: int64
             * @description Messages of one user into one room in any 10 s over HTTP, and the same number over all sockets. The two are counted separately. Edits, deletions and reactions count as messages over HTTP. Repeats count; attempts refused with rate_limited do not. In messages.
             * @example 20
             */
            messagesPer10s: number;
            /**
             * Format: int64
             * @description Messages of one user into all rooms together in any 10 s over HTTP, and the same number over all sockets. In messages.
             * @example 100
             */
            messagesPerUserPer10s: number;
            /**
             * Format: int64
             * @description Frames of one socket in 10 s, pings and pongs included. With more, the socket is closed with 4002. In frames.
             * @example 200
             */
            framesPer10s: number;
            /**
             * Format: int64
             * @description Off-spec frames of one socket that get an error in a minute. At the next one the socket is closed with 4500. In frames.
             * @example 5
             */
            offSpecPerMinute: number;
            /**
             * Format: int64
             * @description Sockets that one user can have open. In sockets.
             * @example 20
             */
            socketsPerUser: number;
            /**
             * Format: int64
             * @description Sockets that one address can have open. In sockets.
             * @example 256
             */
            socketsPerAddress: number;
            /**
             * Format: int64
             * @description Messages of one socket that can be unacknowledged. One more is refused with outbox_full. In messages.
             * @example 64
             */
            unansweredMax: number;
            /**
             * Format: int64
             * @description How far a client can lag behind the data sent to it before its socket is closed with 4000. In bytes.
             * @example 1048576
             */
            readerLagMax: number;
            /**
             * Format: int64
             * @description Messages that a chat process holds and that are not stored yet. In bytes.
             * @example 16777216
             */
            outboxMax: number;
            /**
             * Format: int64
             * @description Messages in one append. In messages.
             * @example 500
             */
            appendMax: number;
            /**
             * Format: int64
             * @description How often the server pings a socket. In seconds.
             * @example 25
             */
            pingSeconds: number;
            /**
             * Format: int64
             * @description How long the server waits for the pong before it closes the socket with 4001. In seconds.
             * @example 10
             */
            pongSeconds: number;
            /**
             * Format: int64
             * @description How long a user counts as typing after the last typing.start. In seconds.
             * @example 5
             */
            typingSeconds: number;
            /**
             * Format: int64
             * @description Members that room.joined names at most. In usernames.
             * @example 100
             */
            membersNamed: number;
            /**
             * Format: int64
             * @description Names in each list of presence.changed at most. In usernames.
             * @example 50
             */
            presenceNamed: number;
            /**
             * Format: int64
             * @description Names in typing.changed at most. In usernames.
             * @example 10
             */
            typingNamed: number;
            /**
             * Format: int64
             * @description Lifetime of a room token. In seconds.
             * @example 60
             */
            roomTokenSeconds: number;
            /**
             * Format: int64
             * @description Lifetime of a session and of an access token (7 days). In seconds.
             * @example 604800
             */
            sessionSeconds: number;
            /**
             * Format: int64
             * @description Sessions of one user that have not ended. One more login ends the oldest session. In sessions.
             * @example 100
             */
            sessionsPerUser: number;
            /**
             * Format: int64
             * @description Lifetime of a link that sets a new password. In seconds.
             * @example 3600
             */
            passwordResetSeconds: number;
            /**
             * Format: int64
             * @description Requests for a link that sets a new password from one address in an hour. In requests.
             * @example 20
             */
            passwordResetsPerHour: number;
            /**
             * Format: int64
             * @description Emails with a link that sets a new password to one account in an hour. For further requests no email is sent, and the response is the same. In mails.
             * @example 3
             */
            resetMailsPerHour: number;
            /**
             * Format: int64
             * @description Wrong passwords for one account in 10 min from one network (IPv4 /24, IPv6 /48), and as many from each known browser. An attempt counts until its password is verified as correct: log in once and share the token. In attempts.
             * @example 10
             */
            loginsPer10Min: number;
            /**
             * Format: int64
             * @description Wrong passwords for one account in a day, counted in the same way. Fewer from a network in which the user has not logged in for `knownSeconds`, while many come from other such networks. In attempts.
             * @example 50
             */
            loginsPerDay: number;
            /**
             * Format: int64
             * @description Wrong passwords from one address in 10 min, for all accounts together. In attempts.
             * @example 100
             */
            loginsPerAddressPer10Min: number;
            /**
             * Format: int64
             * @description How long a browser or a network keeps its own allowance of wrong passwords after the user has logged in there (30 days). In seconds.
             * @example 2592000
             */
            knownSeconds: number;
            /**
             * Format: int64
             * @description Requests with a password to verify or to store that one process handles at once. One more is refused with unavailable, or replaces one from the network (IPv4 /24, IPv6 /48) that has the most. In requests.
             * @example 32
             */
            passwordsAtOnce: number;
            /**
             * Format: int64
             * @description Requests for room tokens that one process holds at once, including queued ones. One more is refused with unavailable; `Retry-After` says when there will be capacity. In requests.
             * @example 4096
             */
            roomTokensAtOnce: number;
            /**
             * Format: int64
             * @description How long a request for a room token, or an upgrade, is queued. One that would wait longer is refused with unavailable, immediately if the server can foresee it. In seconds.
             * @example 3
             */
            admissionSeconds: number;
            /**
             * Format: int64
             * @description Upgrades that one chat process holds at once, including queued ones. One more is refused with unavailable; `Retry-After` says when there will be capacity. In upgrades.
             * @example 4096
             */
            joinsAtOnce: number;
            /**
             * Format: int64
             * @description Registrations from one address in an hour, refused ones included (400 for a common password, 403 `invalid_invitation`, 409). Log in first, and register only on 401. In attempts.
             * @example 20
             */
            registrationsPerHour: number;
            /**
             * Format: int64
             * @description Requests of one user. A token bucket: this many at once, and this many again in each 10 s. In requests.
             * @example 300
             */
            requestsPerUserPer10s: number;
            /**
             * Format: int64
             * @description Rooms that one user can create in a day. Requests refused with 409 do not count. Rooms deleted since count. In rooms.
             * @example 500
             */
            roomsPerDay: number;
            /**
             * Format: int64
             * @description Errors of one request that the response names at most. A body or query with more values than the largest request of the contract plus this number is refused before validation. In errors.
             * @example 20
             */
            errorsNamed: number;
            /**
             * Format: int64
             * @description Requests of one address, on average. For IPv6, an address is a /64. An upgrade counts as a request, and so does a connection without a valid request. In requests per second.
             * @example 100
             */
            requestsPerAddress: number;
            /**
             * Format: int64
             * @description Requests of one address at once, after a pause. One more is refused with too_many_requests. In requests.
             * @example 2000
             */
            requestBurstPerAddress: number;
            /**
             * Format: int64
             * @description HTTP connections that one address can have open. Sockets do not count. A request on one more connection is refused with too_many_requests. In connections.
             * @example 512
             */
            connectionsPerAddress: number;
            /**
             * Format: int64
             * @description Factor between the limits of one address and of one IPv6 /48: a /48 has this many times the requests, connections, sockets, registrations, password resets and wrong passwords of an address. In addresses.
             * @example 4
             */
            networkShare: number;
            /**
             * Format: int64
             * @description Requests of one IPv4 address or one IPv6 /48 that a server handles at once. Further requests are queued and not refused. In requests.
             * @example 2
             */
            requestsAtOncePerAddress: number;
        };
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
         * @description The state of a message after the events of the log up to `version`. A deleted message has `deletedAt` and `deletedBy`, and neither `content` nor `reactions`.
         * @example {
         *       "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "seq": 42,
         *       "version": 42,
         *       "room": "Tea room",
         *       "username": "ann",
         *       "timestamp": "2026-11-21T09:30:00.000Z",
         *       "content": "Is the kettle on?",
         *       "revision": 42,
         *       "reactions": []
         *     }
         * @example {
         *       "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "seq": 42,
         *       "version": 44,
         *       "room": "Tea room",
         *       "username": "ann",
         *       "timestamp": "2026-11-21T09:30:00.000Z",
         *       "content": "Is the kettle on yet?",
         *       "revision": 43,
         *       "editedAt": "2026-11-21T09:31:00.000Z",
         *       "reactions": [
         *         {
         *           "emoji": "👍",
         *           "count": 1,
         *           "usernames": [
         *             "bob"
         *           ]
         *         }
         *       ]
         *     }
         * @example {
         *       "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "seq": 42,
         *       "version": 46,
         *       "room": "Tea room",
         *       "username": "ann",
         *       "timestamp": "2026-11-21T09:30:00.000Z",
         *       "revision": 46,
         *       "deletedAt": "2026-11-21T09:34:00.000Z",
         *       "deletedBy": "ann"
         *     }
         */
        Message: {
            /**
             * @description The id that the sender chose.
             * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
             */
            id: string;
            /** @description The seq of the message.created event. Messages are ordered by it. */
            seq: components["schemas"]["Seq"];
            /** @description The seq of the last event that changed the message in any way. The state already contains every event with a smaller or equal seq. */
            version: components["schemas"]["Seq"];
            /**
             * @description The name of the room, as created.
             * @example Tea room
             */
            room: string;
            /**
             * @description The author.
             * @example ann
             */
            username: string;
            timestamp: components["schemas"]["Timestamp"];
            /**
             * @description The text. Absent if the message is deleted.
             * @example Is the kettle on?
             */
            content?: string;
            /** @description The seq of the event that set the content, or deleted it. In quotes it is the ETag of the message. */
            revision: components["schemas"]["Seq"];
            /** @description When the content was last edited. Absent if it was never edited, and if the message is deleted. */
            editedAt?: components["schemas"]["Timestamp"];
            /** @description The reactions, one entry per emoji, in the order in which the emoji were first added. An emoji that all its users removed and that is added again counts as new. */
            reactions?: components["schemas"]["Reaction"][];
            /** @description When the message was deleted. */
            deletedAt?: components["schemas"]["Timestamp"];
            /**
             * @description The username of the user who deleted the message.
             * @example ann
             */
            deletedBy?: string;
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
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "message.created";
        };
        /**
         * @description A message was deleted, by its author, the owner of the room or an administrator. Its text and its reactions are removed.
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
        MessageDeleted: components["schemas"]["LogEvent"] & {
            /**
             * @description The event's type.
             * @example message.deleted
             * @constant
             */
            type: "message.deleted";
            /**
             * @description The id of the message.
             * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
             */
            messageId: string;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "message.deleted";
        };
        /**
         * @description The new text of a message.
         * @example {
         *       "content": "Is the kettle on yet?"
         *     }
         */
        MessageEdit: {
            content: components["schemas"]["Content"];
        };
        /**
         * @description The text of a message was replaced. The event has the new `content`, or `supersededBy` if that text has since been edited or deleted.
         * @example {
         *       "type": "message.edited",
         *       "seq": 43,
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "room": "Tea room",
         *       "username": "ann",
         *       "timestamp": "2026-11-21T09:31:00.000Z",
         *       "messageId": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "content": "Is the kettle on yet?"
         *     }
         * @example {
         *       "type": "message.edited",
         *       "seq": 43,
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "room": "Tea room",
         *       "username": "ann",
         *       "timestamp": "2026-11-21T09:31:00.000Z",
         *       "messageId": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "supersededBy": 46
         *     }
         */
        MessageEdited: components["schemas"]["LogEvent"] & {
            /**
             * @description The event's type.
             * @example message.edited
             * @constant
             */
            type: "message.edited";
            /**
             * @description The id of the message.
             * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
             */
            messageId: string;
            /**
             * @description The new text.
             * @example Is the kettle on yet?
             */
            content?: string;
            /** @description The seq of the event that withdrew this text, an edit or a deletion. Present instead of `content`. */
            supersededBy?: components["schemas"]["Seq"];
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "message.edited";
        };
        /**
         * @description The id of a message, chosen by its sender: a lower-case UUID of any version (RFC 9562). Sending the same id again in the same room never stores a second message.
         * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
         */
        MessageId: string;
        /**
         * @description A page of a room's messages, ascending by seq, in their state after the events up to `asOf`.
         * @example {
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "asOf": 44,
         *       "messages": [
         *         {
         *           "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *           "seq": 42,
         *           "version": 44,
         *           "room": "Tea room",
         *           "username": "ann",
         *           "timestamp": "2026-11-21T09:30:00.000Z",
         *           "content": "Is the kettle on yet?",
         *           "revision": 43,
         *           "editedAt": "2026-11-21T09:31:00.000Z",
         *           "reactions": [
         *             {
         *               "emoji": "👍",
         *               "count": 1,
         *               "usernames": [
         *                 "bob"
         *               ]
         *             }
         *           ]
         *         }
         *       ],
         *       "hasMore": true
         *     }
         */
        MessagePage: {
            roomId: components["schemas"]["Uuid"];
            /** @description The seq of the last event of the room when the page was read. The page shows every event up to it and none after it. `after={asOf}&roomId={roomId}` on the socket, or `after={asOf}` of listEvents, continues from here. */
            asOf: components["schemas"]["Seq"];
            /** @description The messages, ascending by seq. */
            messages: components["schemas"]["Message"][];
            /**
             * @description Whether there are more messages in the requested direction: newer ones with `after`, older ones otherwise.
             * @example false
             */
            hasMore: boolean;
        };
        /**
         * @description A message to send.
         * @example {
         *       "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "content": "Is the kettle on?",
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10"
         *     }
         */
        NewMessage: {
            id: components["schemas"]["MessageId"];
            content: components["schemas"]["Content"];
            /** @description The `id` of the room that the message is for. If another room has the name now, the request is refused with `other_room` and nothing is stored. Always send it: without it, a late retry can reach another room with the same name. */
            roomId?: components["schemas"]["Uuid"];
        };
        /**
         * @description The request to create a room.
         * @example {
         *       "name": "Tea room"
         *     }
         */
        NewRoom: {
            name: components["schemas"]["NewRoomName"];
        };
        /**
         * @description The name of a new room: a room name without invisible characters. It has no default-ignorable code point (Unicode, such as U+FE0F or U+3164), at most 4 combining marks in a row, and no two spaces in a row. It is refused with 409 `room_name_taken` if a room has this name without regard to case, or a name that looks the same: an equal skeleton (Unicode UTS 39), as written or in lower case, without regard to width and other compatibility variants (NFKC). For example, "Paypal", "PaypaI" with a capital I and "Раураl" with Cyrillic letters look the same, and so do "Room O" and "Room 0", or "modern" and "modem".
         * @example Tea room
         */
        NewRoomName: string;
        /**
         * @description The request to register a user. `invitation` is required if registration is by invitation, and otherwise ignored.
         * @example {
         *       "email": "ann@example.org",
         *       "username": "ann",
         *       "password": "correct horse battery staple"
         *     }
         */
        NewUser: {
            email: components["schemas"]["Email"];
            username: components["schemas"]["Username"];
            password: components["schemas"]["Password"];
            invitation?: components["schemas"]["Invitation"];
        };
        /**
         * @description A password of 8 to 128 characters, without U+0000 and without unpaired surrogates. A password on the list of common passwords is refused.
         * @example correct horse battery staple
         */
        Password: string;
        /**
         * @description The request to change the password.
         * @example {
         *       "currentPassword": "correct horse battery staple",
         *       "newPassword": "seven kettles on a tram"
         *     }
         */
        PasswordChange: {
            currentPassword: components["schemas"]["GivenPassword"];
            newPassword: components["schemas"]["Password"];
        };
        /**
         * @description The token of a link that sets a new password, and the new password.
         * @example {
         *       "token": "q0Zk7m2XyP4sVn8bJtLrCw1fHd5eGuA9iOxKzM3vQTY",
         *       "password": "seven kettles on a tram"
         *     }
         */
        PasswordReset: {
            /**
             * @description The part of the link after `#`: 256 bits in base64url.
             * @example q0Zk7m2XyP4sVn8bJtLrCw1fHd5eGuA9iOxKzM3vQTY
             */
            token: string;
            password: components["schemas"]["Password"];
        };
        /**
         * @description The request for a link that sets a new password.
         * @example {
         *       "email": "ann@example.org"
         *     }
         */
        PasswordResetRequest: {
            email: components["schemas"]["Email"];
        };
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
         * @description One emoji on a message, and the users who reacted with it.
         * @example {
         *       "emoji": "👍",
         *       "count": 1,
         *       "usernames": [
         *         "bob"
         *       ]
         *     }
         */
        Reaction: {
            /**
             * @description The emoji.
             * @example 👍
             */
            emoji: string;
            /**
             * Format: int64
             * @description The exact number of users who reacted with it.
             * @example 1
             */
            count: number;
            /** @description The users who reacted with it, in the order of their reactions. At most 50 are named. A user who reacts while fewer than 50 users are named is named. When a named user removes the reaction, no other user is added to the list. */
            usernames: string[];
        };
        /**
         * @description A user reacted to a message with an emoji.
         * @example {
         *       "type": "reaction.added",
         *       "seq": 44,
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "room": "Tea room",
         *       "username": "bob",
         *       "timestamp": "2026-11-21T09:32:00.000Z",
         *       "messageId": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "emoji": "👍"
         *     }
         */
        ReactionAdded: components["schemas"]["LogEvent"] & {
            /**
             * @description The event's type.
             * @example reaction.added
             * @constant
             */
            type: "reaction.added";
            /**
             * @description The id of the message.
             * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
             */
            messageId: string;
            /**
             * @description The emoji.
             * @example 👍
             */
            emoji: string;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "reaction.added";
        };
        /**
         * @description A user removed a reaction.
         * @example {
         *       "type": "reaction.removed",
         *       "seq": 45,
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "room": "Tea room",
         *       "username": "bob",
         *       "timestamp": "2026-11-21T09:33:00.000Z",
         *       "messageId": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "emoji": "👍"
         *     }
         */
        ReactionRemoved: components["schemas"]["LogEvent"] & {
            /**
             * @description The event's type.
             * @example reaction.removed
             * @constant
             */
            type: "reaction.removed";
            /**
             * @description The id of the message.
             * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
             */
            messageId: string;
            /**
             * @description The emoji.
             * @example 👍
             */
            emoji: string;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "reaction.removed";
        };
        /**
         * @description A room.
         * @example {
         *       "id": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "name": "Tea room",
         *       "owner": "ann",
         *       "createdAt": "2026-11-21T09:10:00.000Z",
         *       "lastSeq": 42,
         *       "messageCount": 40
         *     }
         */
        Room: {
            id: components["schemas"]["Uuid"];
            /**
             * @description The name, as created.
             * @example Tea room
             */
            name: string;
            /**
             * @description The username of the user who created the room. The owner and administrators can delete it.
             * @example ann
             */
            owner: string;
            createdAt: components["schemas"]["Timestamp"];
            /** @description The seq of the newest event, or 0 if there is none. */
            lastSeq: components["schemas"]["Seq"];
            /**
             * Format: int64
             * @description The number of messages without the deleted ones.
             * @example 40
             */
            messageCount: number;
        };
        /**
         * @description An event of a room. `type` identifies its kind. Later versions add types: treat an event of an unknown type as a LogEvent, whose `seq` advances the cursor.
         * @example {
         *       "type": "reaction.added",
         *       "seq": 44,
         *       "roomId": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *       "room": "Tea room",
         *       "username": "bob",
         *       "timestamp": "2026-11-21T09:32:00.000Z",
         *       "messageId": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
         *       "emoji": "👍"
         *     }
         */
        RoomEvent: components["schemas"]["MessageCreated"] | components["schemas"]["MessageEdited"] | components["schemas"]["MessageDeleted"] | components["schemas"]["ReactionAdded"] | components["schemas"]["ReactionRemoved"];
        /**
         * @description A page of rooms, ascending by name without regard to case.
         * @example {
         *       "rooms": [
         *         {
         *           "id": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *           "name": "Tea room",
         *           "owner": "ann",
         *           "createdAt": "2026-11-21T09:10:00.000Z",
         *           "lastSeq": 42,
         *           "messageCount": 40
         *         }
         *       ],
         *       "nextCursor": "dGVhIHJvb20"
         *     }
         */
        RoomList: {
            /** @description The rooms of this page. */
            rooms: components["schemas"]["Room"][];
            /**
             * @description Present if there are more. Send it as `cursor` to get the next page.
             * @example dGVhIHJvb20
             */
            nextCursor?: string;
        };
        /**
         * @description A room's name: 1 to 64 characters after normalisation to NFC, letters, digits, marks, space, "_", "." and "-" of any script, beginning with a letter or a digit, not ending with a space. Matched without regard to case. New rooms follow stricter rules (NewRoomName). Rooms of 0.1.0 can have names that look empty or alike, and stay reachable.
         * @example Tea room
         */
        RoomName: string;
        /**
         * @description A token that opens sockets into one room for one user, for at most a minute. Send it in an HTTP header of the upgrade request, never into the URL.
         * @example {
         *       "token": "eyJhbGciOiJFUzI1NiJ9.eyJyb29tIjoiVGVhIHJvb20ifQ.c2lnbmF0dXJl",
         *       "expiresAt": "2026-11-21T09:31:00.000Z",
         *       "url": "ws://localhost:8080/ws/Tea%20room",
         *       "room": {
         *         "id": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
         *         "name": "Tea room",
         *         "owner": "ann",
         *         "createdAt": "2026-11-21T09:10:00.000Z",
         *         "lastSeq": 42,
         *         "messageCount": 40
         *       }
         *     }
         */
        RoomToken: {
            /**
             * @description The signed token (JWT, ES256).
             * @example eyJhbGciOiJFUzI1NiJ9.eyJyb29tIjoiVGVhIHJvb20ifQ.c2lnbmF0dXJl
             */
            token: string;
            expiresAt: components["schemas"]["Timestamp"];
            /**
             * @description The absolute URL of the socket. Use it unchanged: the one shown here is an example.
             * @example ws://localhost:8080/ws/Tea%20room
             */
            url: string;
            room: components["schemas"]["Room"];
        };
        /**
         * Format: int64
         * @description The number of an event in its room: 1, 2, 3 … without a gap. 0 is the position before the first event. At most 2^53 - 1.
         * @example 42
         */
        Seq: number;
        /**
         * @description A session. When it ends, every token made from it stops working and its sockets are closed.
         * @example {
         *       "user": {
         *         "id": "0199b2c4-0a00-7d11-9d2e-5a0c7e1b3f42",
         *         "username": "ann",
         *         "email": "ann@example.org",
         *         "createdAt": "2026-11-21T09:00:00.000Z"
         *       },
         *       "expiresAt": "2026-11-28T09:30:00.000Z"
         *     }
         */
        Session: {
            user: components["schemas"]["User"];
            expiresAt: components["schemas"]["Timestamp"];
        };
        /**
         * @description The id of a session, a lower-case UUID. It is no credential.
         * @example 5f0c2d3e-8a41-4b0e-9d53-0c6a1f7be942
         */
        SessionId: string;
        /**
         * @description The user's sessions that have not ended, newest first.
         * @example {
         *       "sessions": [
         *         {
         *           "id": "5f0c2d3e-8a41-4b0e-9d53-0c6a1f7be942",
         *           "kind": "cookie",
         *           "createdAt": "2026-11-21T09:30:00.000Z",
         *           "expiresAt": "2026-11-28T09:30:00.000Z",
         *           "current": true
         *         },
         *         {
         *           "id": "c1a7e5d4-2f0b-4c3d-8e6f-9b1a2d3c4e5f",
         *           "kind": "token",
         *           "createdAt": "2026-11-20T18:00:00.000Z",
         *           "expiresAt": "2026-11-27T18:00:00.000Z",
         *           "current": false
         *         }
         *       ]
         *     }
         */
        SessionList: {
            /** @description The sessions. */
            sessions: components["schemas"]["UserSession"][];
        };
        /**
         * Format: date-time
         * @description A time (RFC 3339) in UTC with milliseconds, from the database's clock.
         * @example 2026-11-21T09:30:00.000Z
         */
        Timestamp: string;
        /**
         * @description A registered user. `email` and `administrator` are present only if the requesting user is this user.
         * @example {
         *       "id": "0199b2c4-0a00-7d11-9d2e-5a0c7e1b3f42",
         *       "username": "ann",
         *       "email": "ann@example.org",
         *       "createdAt": "2026-11-21T09:00:00.000Z"
         *     }
         */
        User: {
            id: components["schemas"]["Uuid"];
            /**
             * @description The public name.
             * @example ann
             */
            username: string;
            /**
             * @description The email address. Only the user sees it.
             * @example ann@example.org
             */
            email?: string;
            /**
             * @description Present and true if the user is an administrator. Only the user sees it.
             * @example true
             */
            administrator?: boolean;
            createdAt: components["schemas"]["Timestamp"];
        };
        /**
         * @description One of the user's sessions. A `cookie` session belongs to a browser, a `token` session to a program with an access token.
         * @example {
         *       "id": "5f0c2d3e-8a41-4b0e-9d53-0c6a1f7be942",
         *       "kind": "cookie",
         *       "createdAt": "2026-11-21T09:30:00.000Z",
         *       "expiresAt": "2026-11-28T09:30:00.000Z",
         *       "current": true
         *     }
         */
        UserSession: {
            id: components["schemas"]["SessionId"];
            /**
             * @description The kind of credential: `cookie` or `token`. A later version may add others.
             * @example cookie
             */
            kind: string;
            createdAt: components["schemas"]["Timestamp"];
            expiresAt: components["schemas"]["Timestamp"];
            /**
             * @description Whether the request was made with this session.
             * @example true
             */
            current: boolean;
        };
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
        /** @description The request does not match the contract, or its body is not JSON (`invalid_json`). Nothing was changed. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#invalid_request",
                 *       "title": "The request does not match the contract",
                 *       "status": 400,
                 *       "code": "invalid_request",
                 *       "detail": "The request does not match the contract.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10",
                 *       "errors": [
                 *         {
                 *           "pointer": "/body/username",
                 *           "detail": "must NOT have fewer than 3 characters"
                 *         }
                 *       ]
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A session is required: a cookie or a bearer token. */
        NotAuthenticated: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#not_authenticated",
                 *       "title": "A session is required",
                 *       "status": 401,
                 *       "code": "not_authenticated",
                 *       "detail": "A session is required",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The email address or the password is wrong. */
        InvalidCredentials: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#invalid_credentials",
                 *       "title": "The email address or the password is wrong",
                 *       "status": 401,
                 *       "code": "invalid_credentials",
                 *       "detail": "The email address or the password is wrong",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The password is wrong (`invalid_credentials`), or a session is required (`not_authenticated`). Nothing was changed. */
        WrongPassword: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#invalid_credentials",
                 *       "title": "The email address or the password is wrong",
                 *       "status": 401,
                 *       "code": "invalid_credentials",
                 *       "detail": "The password is not the one of this account.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The token was never issued, was already used, or is older than an hour. Nothing was changed. */
        InvalidResetToken: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#invalid_token",
                 *       "title": "The token is missing, malformed, expired, already used or not issued by this server",
                 *       "status": 401,
                 *       "code": "invalid_token",
                 *       "detail": "The link was used already, is older than an hour, or never existed.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A page of another origin sent an unsafe request without `Authorization`, or requested a cookie. */
        BadOrigin: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#bad_origin",
                 *       "title": "This origin is not allowed",
                 *       "status": 403,
                 *       "code": "bad_origin",
                 *       "detail": "This origin is not allowed",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The operator has closed registration (`registration_closed`), registration requires an invitation that is valid and unused (`invalid_invitation`), or the request came from another origin (`bad_origin`). */
        RegistrationRefused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#registration_closed",
                 *       "title": "Registration is closed",
                 *       "status": 403,
                 *       "code": "registration_closed",
                 *       "detail": "Registration is closed",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The password is right, but an administrator has suspended the account (`suspended`); or the request came from another origin (`bad_origin`). */
        LogInForbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#suspended",
                 *       "title": "The account is suspended",
                 *       "status": 403,
                 *       "code": "suspended",
                 *       "detail": "The account is suspended",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The user is banned from the room (`banned`), or the request came from another origin (`bad_origin`). */
        Banned: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#banned",
                 *       "title": "The user is banned from this room",
                 *       "status": 403,
                 *       "code": "banned",
                 *       "detail": "The user is banned from this room",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Only the owner of the room and administrators can ban (`not_room_owner`); they cannot be banned themselves (`protected_user`); or the request came from another origin (`bad_origin`). */
        BanForbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#protected_user",
                 *       "title": "This user cannot be banned or suspended",
                 *       "status": 403,
                 *       "code": "protected_user",
                 *       "detail": "The owner of a room cannot be banned from it.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Only administrators can suspend (`not_administrator`); they cannot be suspended themselves (`protected_user`); or the request came from another origin (`bad_origin`). */
        SuspensionForbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#not_administrator",
                 *       "title": "Only administrators can do this",
                 *       "status": 403,
                 *       "code": "not_administrator",
                 *       "detail": "Only administrators can do this",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Only administrators can do this (`not_administrator`), or the request came from another origin (`bad_origin`). */
        AdministratorsOnly: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#not_administrator",
                 *       "title": "Only administrators can do this",
                 *       "status": 403,
                 *       "code": "not_administrator",
                 *       "detail": "Only administrators can do this",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Only the owner of the room and administrators can do this (`not_room_owner`), or the request came from another origin (`bad_origin`). */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#not_room_owner",
                 *       "title": "Only the owner of the room and administrators can do this",
                 *       "status": 403,
                 *       "code": "not_room_owner",
                 *       "detail": "Only the owner of the room and administrators can do this",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Only the author can edit (`not_message_author`); the author is banned from the room (`banned`); or the request came from another origin (`bad_origin`). */
        EditForbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#not_message_author",
                 *       "title": "Only the author of the message can do this",
                 *       "status": 403,
                 *       "code": "not_message_author",
                 *       "detail": "Only the author of the message can do this",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Only the author, the owner of the room and administrators can delete (`not_message_author`); the user is banned from the room (`banned`); or the request came from another origin (`bad_origin`). */
        DeleteForbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#not_message_author",
                 *       "title": "Only the author of the message can do this",
                 *       "status": 403,
                 *       "code": "not_message_author",
                 *       "detail": "Only the author of the message can do this",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description This server sends no mail (`mail_not_configured`), or the request came from another origin (`bad_origin`). */
        MailForbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#mail_not_configured",
                 *       "title": "This server sends no mail",
                 *       "status": 403,
                 *       "code": "mail_not_configured",
                 *       "detail": "This server sends no mail. Ask its operator for a link that sets a new password.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is nothing at this path. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#not_found",
                 *       "title": "There is nothing at this path",
                 *       "status": 404,
                 *       "code": "not_found",
                 *       "detail": "There is nothing at this path",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such room. */
        RoomNotFound: {
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
                 *       "detail": "There is no room \"Tea room\".",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no user with this username. */
        UserNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#user_not_found",
                 *       "title": "There is no such user",
                 *       "status": 404,
                 *       "code": "user_not_found",
                 *       "detail": "There is no user \"bob\".",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such room (`room_not_found`), or no user with this username (`user_not_found`). */
        UserOrRoomNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#user_not_found",
                 *       "title": "There is no such user",
                 *       "status": 404,
                 *       "code": "user_not_found",
                 *       "detail": "There is no user \"bob\".",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such room (`room_not_found`), or no such message in it (`message_not_found`). */
        MessageNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#message_not_found",
                 *       "title": "There is no such message in this room",
                 *       "status": 404,
                 *       "code": "message_not_found",
                 *       "detail": "There is no such message in this room",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The user has no such session. */
        SessionNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#session_not_found",
                 *       "title": "There is no such session",
                 *       "status": 404,
                 *       "code": "session_not_found",
                 *       "detail": "There is no such session",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The method is not allowed at this path. */
        MethodNotAllowed: {
            headers: {
                Allow: components["headers"]["Allow"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#method_not_allowed",
                 *       "title": "The method is not allowed here",
                 *       "status": 405,
                 *       "code": "method_not_allowed",
                 *       "detail": "The method is not allowed here",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request took too long to arrive. */
        RequestTimeout: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#request_timeout",
                 *       "title": "The request took too long to arrive",
                 *       "status": 408,
                 *       "code": "request_timeout",
                 *       "detail": "The request took too long to arrive.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The email address is already registered (`email_taken`), or another user has the username (`username_taken`). */
        UserTaken: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#email_taken",
                 *       "title": "The email address is already registered",
                 *       "status": 409,
                 *       "code": "email_taken",
                 *       "detail": "The email address is already registered",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A room with this name, or one that looks the same, exists. */
        RoomNameTaken: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#room_name_taken",
                 *       "title": "A room with this name, or one that looks the same, exists",
                 *       "status": 409,
                 *       "code": "room_name_taken",
                 *       "detail": "A room with this name, or one that looks the same, exists.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The id belongs to a message of another user or with another text (`id_conflict`), or the room with this name is not the room of `roomId` (`other_room`). Nothing was stored. */
        SendConflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#id_conflict",
                 *       "title": "Another message has this id",
                 *       "status": 409,
                 *       "code": "id_conflict",
                 *       "detail": "Another message has this id",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The room has the maximum number of bans. */
        TooManyBans: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#too_many_bans",
                 *       "title": "The room has too many bans",
                 *       "status": 409,
                 *       "code": "too_many_bans",
                 *       "detail": "The room has too many bans",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The message is deleted. */
        Deleted: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#message_deleted",
                 *       "title": "The message is deleted",
                 *       "status": 409,
                 *       "code": "message_deleted",
                 *       "detail": "The message is deleted",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The message is deleted (`message_deleted`), or it already has 20 other emoji (`too_many_reactions`). */
        ReactionConflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#too_many_reactions",
                 *       "title": "The message has too many different reactions",
                 *       "status": 409,
                 *       "code": "too_many_reactions",
                 *       "detail": "The message has too many different reactions",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `If-Match` names an earlier revision: the text has been edited since. */
        StaleRevision: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#stale_revision",
                 *       "title": "The message has a newer revision",
                 *       "status": 412,
                 *       "code": "stale_revision",
                 *       "detail": "The message has a newer revision",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than 64 KiB. */
        BodyTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#body_too_large",
                 *       "title": "The request is too large",
                 *       "status": 413,
                 *       "code": "body_too_large",
                 *       "detail": "The request is too large",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not application/json. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#unsupported_media_type",
                 *       "title": "The media type is not supported",
                 *       "status": 415,
                 *       "code": "unsupported_media_type",
                 *       "detail": "The body is not application/json.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The `Host` of the request is not a name of this server (protection against DNS rebinding). The operator sets the names with `PUBLIC_URL` or `ALLOWED_HOSTS`. Nothing was changed. */
        Misdirected: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#misdirected_request",
                 *       "title": "The server does not serve this host name",
                 *       "status": 421,
                 *       "code": "misdirected_request",
                 *       "detail": "The operator of this server can set PUBLIC_URL, or list this host name in ALLOWED_HOSTS.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A limit was reached: requests of the address or the user, wrong passwords, registrations, password resets, or rooms per day. Nothing was changed. `Retry-After` can be up to a day. */
        TooManyRequests: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#too_many_requests",
                 *       "title": "Too many requests",
                 *       "status": 429,
                 *       "code": "too_many_requests",
                 *       "detail": "Too many requests",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many messages (`rate_limited`), or too many requests of the user or the address (`too_many_requests`). Nothing was changed. */
        RateLimited: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#rate_limited",
                 *       "title": "Too many messages",
                 *       "status": 429,
                 *       "code": "rate_limited",
                 *       "detail": "Too many messages.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request header is too large. */
        HeadersTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#headers_too_large",
                 *       "title": "The request header is too large",
                 *       "status": 431,
                 *       "code": "headers_too_large",
                 *       "detail": "The request header is too large.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The server had an internal error. */
        InternalError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#internal_error",
                 *       "title": "Internal server error",
                 *       "status": 500,
                 *       "code": "internal_error",
                 *       "detail": "Internal server error",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A part of the server does not respond. */
        BadGateway: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#bad_gateway",
                 *       "title": "A part of the server does not respond",
                 *       "status": 502,
                 *       "code": "bad_gateway",
                 *       "detail": "The service behind this path does not answer.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The server is temporarily unavailable. */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#unavailable",
                 *       "title": "The server is temporarily unavailable",
                 *       "status": 503,
                 *       "code": "unavailable",
                 *       "detail": "The server is temporarily unavailable",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The server is temporarily unavailable (`unavailable`), or it is unknown whether it stored the message or the change (`store_unavailable`). */
        StoreUnavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#store_unavailable",
                 *       "title": "It is unknown whether the message or the change was stored",
                 *       "status": 503,
                 *       "code": "store_unavailable",
                 *       "detail": "It is unknown whether the message or the change was stored",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A part of the server took too long. */
        GatewayTimeout: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/docs/problems#gateway_timeout",
                 *       "title": "A part of the server took too long",
                 *       "status": 504,
                 *       "code": "gateway_timeout",
                 *       "detail": "A part of the server took too long.",
                 *       "requestId": "6b0a6f0e-8f0c-4d55-9f0a-2a3c1f1f7f10"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /**
         * @description The room's name, percent-encoded. Matched without regard to case.
         * @example Tea room
         */
        RoomName: components["schemas"]["RoomName"];
        /**
         * @description The username of another user. Matched without regard to case.
         * @example bob
         */
        Username: components["schemas"]["Username"];
        /**
         * @description Part of the name, without U+0000 and unpaired surrogates. "%", "_" and "\" have no special meaning. An empty query matches every name.
         * @example tea
         */
        Query: string;
        /**
         * @description The maximum number of items on the page.
         * @example 50
         */
        Limit: number;
        /**
         * @description The `nextCursor` of the previous page. Opaque.
         * @example dGVhIHJvb20
         */
        Cursor: string;
        /**
         * @description The page has the messages directly before this seq. A message keeps the seq of its creation.
         * @example 42
         */
        Before: components["schemas"]["Seq"];
        /**
         * @description The page has the messages directly after this seq. A message keeps the seq of its creation, so this does not report changes of older messages: use listEvents for that.
         * @example 41
         */
        After: components["schemas"]["Seq"];
        /**
         * @description The page has the events directly after this seq. Absent: from the beginning of the log.
         * @example 41
         */
        AfterEvent: components["schemas"]["Seq"];
        /**
         * @description The message's id.
         * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
         */
        MessageId: components["schemas"]["MessageId"];
        /**
         * @description The emoji, percent-encoded UTF-8.
         * @example 👍
         */
        Emoji: components["schemas"]["Emoji"];
        /**
         * @description The session's id, from listSessions.
         * @example 5f0c2d3e-8a41-4b0e-9d53-0c6a1f7be942
         */
        SessionId: components["schemas"]["SessionId"];
        /**
         * @description The ETag of the text that the edit replaces, or `*` (RFC 9110). Without it, the edit replaces any text. The server ignores the prefix `W/`, which a compressing proxy adds to an ETag.
         * @example "42"
         */
        IfMatch: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description The methods allowed at this path (RFC 9110). HEAD is allowed where GET is allowed. In the answer to a method that no path has (TRACE), a proxy in front can list the methods of all paths.
         * @example GET, HEAD, POST
         */
        Allow: string;
        /**
         * @description The number of seconds to wait before the next attempt (RFC 9110).
         * @example 10
         */
        "Retry-After": number;
        /**
         * @description How to authenticate (RFC 9110).
         * @example Bearer
         */
        "WWW-Authenticate": string;
        /**
         * @description The path of the new room.
         * @example /api/rooms/Tea%20room
         */
        Location: string;
        /**
         * @description The message's `revision` in quotes, for `If-Match` (RFC 9110). It changes with the text, not with reactions, so the server ignores `If-None-Match`.
         * @example "42"
         */
        ETag: string;
        /**
         * @description The session cookie. A second line sets the cookie `parlance_browser`.
         * @example parlance_session=…; Path=/; HttpOnly; SameSite=Lax
         */
        "Set-Cookie": string;
        /**
         * @description The cookie `parlance_browser`. A page of an allowed origin does not get it.
         * @example parlance_browser=…; Path=/; HttpOnly; SameSite=Lax
         */
        "Set-Browser-Cookie": string;
    };
    pathItems: never;
}
export type AccessToken = components['schemas']['AccessToken'];
export type AccountDeletion = components['schemas']['AccountDeletion'];
export type Ban = components['schemas']['Ban'];
export type BanList = components['schemas']['BanList'];
export type Content = components['schemas']['Content'];
export type Credentials = components['schemas']['Credentials'];
export type Email = components['schemas']['Email'];
export type Emoji = components['schemas']['Emoji'];
export type EventPage = components['schemas']['EventPage'];
export type GivenPassword = components['schemas']['GivenPassword'];
export type Health = components['schemas']['Health'];
export type Invitation = components['schemas']['Invitation'];
export type Limits = components['schemas']['Limits'];
export type LogEvent = components['schemas']['LogEvent'];
export type Message = components['schemas']['Message'];
export type MessageCreated = components['schemas']['MessageCreated'];
export type MessageDeleted = components['schemas']['MessageDeleted'];
export type MessageEdit = components['schemas']['MessageEdit'];
export type MessageEdited = components['schemas']['MessageEdited'];
export type MessageId = components['schemas']['MessageId'];
export type MessagePage = components['schemas']['MessagePage'];
export type NewMessage = components['schemas']['NewMessage'];
export type NewRoom = components['schemas']['NewRoom'];
export type NewRoomName = components['schemas']['NewRoomName'];
export type NewUser = components['schemas']['NewUser'];
export type Password = components['schemas']['Password'];
export type PasswordChange = components['schemas']['PasswordChange'];
export type PasswordReset = components['schemas']['PasswordReset'];
export type PasswordResetRequest = components['schemas']['PasswordResetRequest'];
export type Problem = components['schemas']['Problem'];
export type ProblemCode = components['schemas']['ProblemCode'];
export type Reaction = components['schemas']['Reaction'];
export type ReactionAdded = components['schemas']['ReactionAdded'];
export type ReactionRemoved = components['schemas']['ReactionRemoved'];
export type Room = components['schemas']['Room'];
export type RoomEvent = components['schemas']['RoomEvent'];
export type RoomList = components['schemas']['RoomList'];
export type RoomName = components['schemas']['RoomName'];
export type RoomToken = components['schemas']['RoomToken'];
export type Seq = components['schemas']['Seq'];
export type Session = components['schemas']['Session'];
export type SessionId = components['schemas']['SessionId'];
export type SessionList = components['schemas']['SessionList'];
export type Timestamp = components['schemas']['Timestamp'];
export type User = components['schemas']['User'];
export type UserSession = components['schemas']['UserSession'];
export type Username = components['schemas']['Username'];
export type Uuid = components['schemas']['Uuid'];
export type ValidationError = components['schemas']['ValidationError'];
export type $defs = Record<string, never>;
export interface operations {
    registerUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The account. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description The new user, with its email address. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["RegistrationRefused"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["UserTaken"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    suspendUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The username of another user. Matched without regard to case.
                 * @example bob
                 */
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account is suspended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["SuspensionForbidden"];
            404: components["responses"]["UserNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    unsuspendUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The username of another user. Matched without regard to case.
                 * @example bob
                 */
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account is not suspended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["AdministratorsOnly"];
            404: components["responses"]["UserNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The email address and the password. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description The session. The response sets its cookie. */
            200: {
                headers: {
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["InvalidCredentials"];
            403: components["responses"]["LogInForbidden"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    logOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session has ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    createAccessToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The email address and the password. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description The access token. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessToken"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["InvalidCredentials"];
            403: components["responses"]["LogInForbidden"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The current password and the new one. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description The password is changed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["WrongPassword"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    deleteAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The password, and what happens to the messages. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountDeletion"];
            };
        };
        responses: {
            /** @description The account is deleted. With `messages: erase`, the server deletes the messages in the background. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["WrongPassword"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    endOtherSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The other sessions have ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The session's id, from listSessions.
                 * @example 5f0c2d3e-8a41-4b0e-9d53-0c6a1f7be942
                 */
                sessionId: components["parameters"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session has ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["SessionNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The token and the new password. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordReset"];
            };
        };
        responses: {
            /** @description The password is set. */
            204: {
                headers: {
                    "Set-Cookie": components["headers"]["Set-Browser-Cookie"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["InvalidResetToken"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    requestPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The email address of the account. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordResetRequest"];
            };
        };
        responses: {
            /** @description The request is accepted, whether the account exists or not. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["MailForbidden"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listRooms: {
        parameters: {
            query?: {
                /**
                 * @description Part of the name, without U+0000 and unpaired surrogates. "%", "_" and "\" have no special meaning. An empty query matches every name.
                 * @example tea
                 */
                query?: components["parameters"]["Query"];
                /**
                 * @description The maximum number of items on the page.
                 * @example 50
                 */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description The `nextCursor` of the previous page. Opaque.
                 * @example dGVhIHJvb20
                 */
                cursor?: components["parameters"]["Cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rooms. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    createRoom: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The room. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRoom"];
            };
        };
        responses: {
            /** @description The new room. */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199b2c4-1d00-7a51-8c44-0d6a2f4b9e10",
                     *       "name": "Tea room",
                     *       "owner": "ann",
                     *       "createdAt": "2026-11-21T09:10:00.000Z",
                     *       "lastSeq": 0,
                     *       "messageCount": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Room"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["RoomNameTaken"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getRoom: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
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
                    "application/json": components["schemas"]["Room"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["RoomNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    deleteRoom: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The room is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["RoomNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listBans: {
        parameters: {
            query?: {
                /**
                 * @description The maximum number of items on the page.
                 * @example 50
                 */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description The `nextCursor` of the previous page. Opaque.
                 * @example dGVhIHJvb20
                 */
                cursor?: components["parameters"]["Cursor"];
            };
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of bans. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BanList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["RoomNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    banUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
                /**
                 * @description The username of another user. Matched without regard to case.
                 * @example bob
                 */
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user is banned. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BanForbidden"];
            404: components["responses"]["UserOrRoomNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["TooManyBans"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    unbanUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
                /**
                 * @description The username of another user. Matched without regard to case.
                 * @example bob
                 */
                username: components["parameters"]["Username"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user is not banned. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["UserOrRoomNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listMessages: {
        parameters: {
            query?: {
                /**
                 * @description The page has the messages directly before this seq. A message keeps the seq of its creation.
                 * @example 42
                 */
                before?: components["parameters"]["Before"];
                /**
                 * @description The page has the messages directly after this seq. A message keeps the seq of its creation, so this does not report changes of older messages: use listEvents for that.
                 * @example 41
                 */
                after?: components["parameters"]["After"];
                /**
                 * @description The maximum number of items on the page.
                 * @example 50
                 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of messages. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["RoomNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
            };
            cookie?: never;
        };
        /** @description The message. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMessage"];
            };
        };
        responses: {
            /** @description This id was already stored: the current state of the message. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description The message is stored. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["Banned"];
            404: components["responses"]["RoomNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["SendConflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
                /**
                 * @description The message's id.
                 * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
                 */
                messageId: components["parameters"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message. Its ETag is its `revision` in quotes. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["MessageNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    deleteMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
                /**
                 * @description The message's id.
                 * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
                 */
                messageId: components["parameters"]["MessageId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message is deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["DeleteForbidden"];
            404: components["responses"]["MessageNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    editMessage: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The ETag of the text that the edit replaces, or `*` (RFC 9110). Without it, the edit replaces any text. The server ignores the prefix `W/`, which a compressing proxy adds to an ETag.
                 * @example "42"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
                /**
                 * @description The message's id.
                 * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
                 */
                messageId: components["parameters"]["MessageId"];
            };
            cookie?: never;
        };
        /** @description The new text. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageEdit"];
            };
        };
        responses: {
            /** @description The current state of the message. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21",
                     *       "seq": 42,
                     *       "version": 43,
                     *       "room": "Tea room",
                     *       "username": "ann",
                     *       "timestamp": "2026-11-21T09:30:00.000Z",
                     *       "content": "Is the kettle on yet?",
                     *       "revision": 43,
                     *       "editedAt": "2026-11-21T09:31:00.000Z",
                     *       "reactions": []
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["EditForbidden"];
            404: components["responses"]["MessageNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Deleted"];
            412: components["responses"]["StaleRevision"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    addReaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
                /**
                 * @description The message's id.
                 * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
                 */
                messageId: components["parameters"]["MessageId"];
                /**
                 * @description The emoji, percent-encoded UTF-8.
                 * @example 👍
                 */
                emoji: components["parameters"]["Emoji"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message has the user's reaction. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["Banned"];
            404: components["responses"]["MessageNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["ReactionConflict"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    removeReaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
                /**
                 * @description The message's id.
                 * @example 0199b2c4-6b1e-7c3a-9f10-3f2d9a7c5e21
                 */
                messageId: components["parameters"]["MessageId"];
                /**
                 * @description The emoji, percent-encoded UTF-8.
                 * @example 👍
                 */
                emoji: components["parameters"]["Emoji"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message does not have the user's reaction. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["Banned"];
            404: components["responses"]["MessageNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Deleted"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["StoreUnavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /**
                 * @description The page has the events directly after this seq. Absent: from the beginning of the log.
                 * @example 41
                 */
                after?: components["parameters"]["AfterEvent"];
                /**
                 * @description The maximum number of items on the page.
                 * @example 50
                 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["RoomNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    issueRoomToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The room's name, percent-encoded. Matched without regard to case.
                 * @example Tea room
                 */
                roomName: components["parameters"]["RoomName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token, and the URL of the socket. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomToken"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["NotAuthenticated"];
            403: components["responses"]["Banned"];
            404: components["responses"]["RoomNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Everything is ready. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    getLimits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The limits. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Limits"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["BadOrigin"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            421: components["responses"]["Misdirected"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
}
