// generated, do not edit: npm run generate
/** Every limit as a number, with its unit in the comment. */
export const LIMITS = {
  /** Shortest username. In characters. */
  usernameMin: 3,
  /** Longest username. In characters. */
  usernameMax: 32,
  /** Longest email address. In characters. */
  emailMax: 254,
  /** Shortest password. In characters. */
  passwordMin: 8,
  /** Longest password. In characters. */
  passwordMax: 128,
  /** Longest room name, after NFC. In characters. */
  roomNameMax: 64,
  /** Combining marks in a row in the name of a new room, after NFC. In marks. */
  roomNameMarks: 4,
  /** Longest message. In characters. */
  contentMax: 4000,
  /** Largest request body and largest frame from a client; the largest legal message, escaped, fits. In bytes. */
  bodyMax: 65536,
  /** Largest page of rooms, messages or events. In items. */
  pageMax: 100,
  /** Default page size. In items. */
  pageDefault: 50,
  /** Largest seq, 2^53 - 1. In events. */
  seqMax: 9007199254740991,
  /** Different emoji on one message. In emoji. */
  reactionsPerMessage: 20,
  /** Users that a reaction of a message names at most. Its count is exact. In usernames. */
  reactionNamed: 50,
  /** Users who are banned from one room at the same time. In users. */
  bansPerRoom: 1000,
  /** Lifetime of an invitation (7 days). In seconds. */
  invitationSeconds: 604800,
  /** Messages of one user into one room in any 10 s over HTTP, and the same number over all sockets. The two are counted separately. Edits, deletions and reactions count as messages over HTTP. Repeats count; attempts refused with rate_limited do not. In messages. */
  messagesPer10s: 20,
  /** Messages of one user into all rooms together in any 10 s over HTTP, and the same number over all sockets. In messages. */
  messagesPerUserPer10s: 100,
  /** Frames of one socket in 10 s, pings and pongs included. With more, the socket is closed with 4002. In frames. */
  framesPer10s: 200,
  /** Off-spec frames of one socket that get an error in a minute. At the next one the socket is closed with 4500. In frames. */
  offSpecPerMinute: 5,
  /** Sockets that one user can have open. In sockets. */
  socketsPerUser: 20,
  /** Sockets that one address can have open. In sockets. */
  socketsPerAddress: 256,
  /** Messages of one socket that can be unacknowledged. One more is refused with outbox_full. In messages. */
  unansweredMax: 64,
  /** How far a client can lag behind the data sent to it before its socket is closed with 4000. In bytes. */
  readerLagMax: 1048576,
  /** Messages that a chat process holds and that are not stored yet. In bytes. */
  outboxMax: 16777216,
  /** Messages in one append. In messages. */
  appendMax: 500,
  /** How often the server pings a socket. In seconds. */
  pingSeconds: 25,
  /** How long the server waits for the pong before it closes the socket with 4001. In seconds. */
  pongSeconds: 10,
  /** How long a user counts as typing after the last typing.start. In seconds. */
  typingSeconds: 5,
  /** Members that room.joined names at most. In usernames. */
  membersNamed: 100,
  /** Names in each list of presence.changed at most. In usernames. */
  presenceNamed: 50,
  /** Names in typing.changed at most. In usernames. */
  typingNamed: 10,
  /** Lifetime of a room token. In seconds. */
  roomTokenSeconds: 60,
  /** Lifetime of a session and of an access token (7 days). In seconds. */
  sessionSeconds: 604800,
  /** Sessions of one user that have not ended. One more login ends the oldest session. In sessions. */
  sessionsPerUser: 100,
  /** Lifetime of a link that sets a new password. In seconds. */
  passwordResetSeconds: 3600,
  /** Requests for a link that sets a new password from one address in an hour. In requests. */
  passwordResetsPerHour: 20,
  /** Emails with a link that sets a new password to one account in an hour. For further requests no email is sent, and the response is the same. In mails. */
  resetMailsPerHour: 3,
  /** Wrong passwords for one account in 10 min from one network (IPv4 /24, IPv6 /48), and as many from each known browser. An attempt counts until its password is verified as correct: log in once and share the token. In attempts. */
  loginsPer10Min: 10,
  /** Wrong passwords for one account in a day, counted in the same way. Fewer from a network in which the user has not logged in for `knownSeconds`, while many come from other such networks. In attempts. */
  loginsPerDay: 50,
  /** Wrong passwords from one address in 10 min, for all accounts together. In attempts. */
  loginsPerAddressPer10Min: 100,
  /** How long a browser or a network keeps its own allowance of wrong passwords after the user has logged in there (30 days). In seconds. */
  knownSeconds: 2592000,
  /** Requests with a password to verify or to store that one process handles at once. One more is refused with unavailable, or replaces one from the network (IPv4 /24, IPv6 /48) that has the most. In requests. */
  passwordsAtOnce: 32,
  /** Requests for room tokens that one process holds at once, including queued ones. One more is refused with unavailable; `Retry-After` says when there will be capacity. In requests. */
  roomTokensAtOnce: 4096,
  /** How long a request for a room token, or an upgrade, is queued. One that would wait longer is refused with unavailable, immediately if the server can foresee it. In seconds. */
  admissionSeconds: 3,
  /** Upgrades that one chat process holds at once, including queued ones. One more is refused with unavailable; `Retry-After` says when there will be capacity. In upgrades. */
  joinsAtOnce: 4096,
  /** Registrations from one address in an hour, refused ones included (400 for a common password, 403 `invalid_invitation`, 409). Log in first, and register only on 401. In attempts. */
  registrationsPerHour: 20,
  /** Requests of one user. A token bucket: this many at once, and this many again in each 10 s. In requests. */
  requestsPerUserPer10s: 300,
  /** Rooms that one user can create in a day. Requests refused with 409 do not count. Rooms deleted since count. In rooms. */
  roomsPerDay: 500,
  /** Errors of one request that the response names at most. A body or query with more values than the largest request of the contract plus this number is refused before validation. In errors. */
  errorsNamed: 20,
  /** Requests of one address, on average. For IPv6, an address is a /64. An upgrade counts as a request, and so does a connection without a valid request. In requests per second. */
  requestsPerAddress: 100,
  /** Requests of one address at once, after a pause. One more is refused with too_many_requests. In requests. */
  requestBurstPerAddress: 2000,
  /** HTTP connections that one address can have open. Sockets do not count. A request on one more connection is refused with too_many_requests. In connections. */
  connectionsPerAddress: 512,
  /** Factor between the limits of one address and of one IPv6 /48: a /48 has this many times the requests, connections, sockets, registrations, password resets and wrong passwords of an address. In addresses. */
  networkShare: 4,
  /** Requests of one IPv4 address or one IPv6 /48 that a server handles at once. Further requests are queued and not refused. In requests. */
  requestsAtOncePerAddress: 2,
} as const;

export type LimitName = keyof typeof LIMITS;

/** The unit and the description of each limit. */
export const LIMIT_NOTES = {
  usernameMin: { unit: "characters", description: "Shortest username." },
  usernameMax: { unit: "characters", description: "Longest username." },
  emailMax: { unit: "characters", description: "Longest email address." },
  passwordMin: { unit: "characters", description: "Shortest password." },
  passwordMax: { unit: "characters", description: "Longest password." },
  roomNameMax: { unit: "characters", description: "Longest room name, after NFC." },
  roomNameMarks: { unit: "marks", description: "Combining marks in a row in the name of a new room, after NFC." },
  contentMax: { unit: "characters", description: "Longest message." },
  bodyMax: { unit: "bytes", description: "Largest request body and largest frame from a client; the largest legal message, escaped, fits." },
  pageMax: { unit: "items", description: "Largest page of rooms, messages or events." },
  pageDefault: { unit: "items", description: "Default page size." },
  seqMax: { unit: "events", description: "Largest seq, 2^53 - 1." },
  reactionsPerMessage: { unit: "emoji", description: "Different emoji on one message." },
  reactionNamed: { unit: "usernames", description: "Users that a reaction of a message names at most. Its count is exact." },
  bansPerRoom: { unit: "users", description: "Users who are banned from one room at the same time." },
  invitationSeconds: { unit: "seconds", description: "Lifetime of an invitation (7 days)." },
  messagesPer10s: { setting: "MESSAGES_PER_10S", unit: "messages", description: "Messages of one user into one room in any 10 s over HTTP, and the same number over all sockets. The two are counted separately. Edits, deletions and reactions count as messages over HTTP. Repeats count; attempts refused with rate_limited do not." },
  messagesPerUserPer10s: { setting: "MESSAGES_PER_USER_PER_10S", unit: "messages", description: "Messages of one user into all rooms together in any 10 s over HTTP, and the same number over all sockets." },
  framesPer10s: { setting: "MESSAGES_PER_10S", times: 10, least: 200, unit: "frames", description: "Frames of one socket in 10 s, pings and pongs included. With more, the socket is closed with 4002." },
  offSpecPerMinute: { unit: "frames", description: "Off-spec frames of one socket that get an error in a minute. At the next one the socket is closed with 4500." },
  socketsPerUser: { setting: "SOCKETS_PER_USER", unit: "sockets", description: "Sockets that one user can have open." },
  socketsPerAddress: { setting: "SOCKETS_PER_ADDRESS", unit: "sockets", description: "Sockets that one address can have open." },
  unansweredMax: { unit: "messages", description: "Messages of one socket that can be unacknowledged. One more is refused with outbox_full." },
  readerLagMax: { unit: "bytes", description: "How far a client can lag behind the data sent to it before its socket is closed with 4000." },
  outboxMax: { unit: "bytes", description: "Messages that a chat process holds and that are not stored yet." },
  appendMax: { unit: "messages", description: "Messages in one append." },
  pingSeconds: { unit: "seconds", description: "How often the server pings a socket." },
  pongSeconds: { unit: "seconds", description: "How long the server waits for the pong before it closes the socket with 4001." },
  typingSeconds: { unit: "seconds", description: "How long a user counts as typing after the last typing.start." },
  membersNamed: { unit: "usernames", description: "Members that room.joined names at most." },
  presenceNamed: { unit: "usernames", description: "Names in each list of presence.changed at most." },
  typingNamed: { unit: "usernames", description: "Names in typing.changed at most." },
  roomTokenSeconds: { unit: "seconds", description: "Lifetime of a room token." },
  sessionSeconds: { unit: "seconds", description: "Lifetime of a session and of an access token (7 days)." },
  sessionsPerUser: { unit: "sessions", description: "Sessions of one user that have not ended. One more login ends the oldest session." },
  passwordResetSeconds: { unit: "seconds", description: "Lifetime of a link that sets a new password." },
  passwordResetsPerHour: { setting: "PASSWORD_RESETS_PER_HOUR", unit: "requests", description: "Requests for a link that sets a new password from one address in an hour." },
  resetMailsPerHour: { unit: "mails", description: "Emails with a link that sets a new password to one account in an hour. For further requests no email is sent, and the response is the same." },
  loginsPer10Min: { setting: "LOGINS_PER_10MIN", unit: "attempts", description: "Wrong passwords for one account in 10 min from one network (IPv4 /24, IPv6 /48), and as many from each known browser. An attempt counts until its password is verified as correct: log in once and share the token." },
  loginsPerDay: { setting: "LOGINS_PER_10MIN", times: 5, unit: "attempts", description: "Wrong passwords for one account in a day, counted in the same way. Fewer from a network in which the user has not logged in for `knownSeconds`, while many come from other such networks." },
  loginsPerAddressPer10Min: { setting: "LOGINS_PER_10MIN", times: 10, unit: "attempts", description: "Wrong passwords from one address in 10 min, for all accounts together." },
  knownSeconds: { unit: "seconds", description: "How long a browser or a network keeps its own allowance of wrong passwords after the user has logged in there (30 days)." },
  passwordsAtOnce: { unit: "requests", description: "Requests with a password to verify or to store that one process handles at once. One more is refused with unavailable, or replaces one from the network (IPv4 /24, IPv6 /48) that has the most." },
  roomTokensAtOnce: { unit: "requests", description: "Requests for room tokens that one process holds at once, including queued ones. One more is refused with unavailable; `Retry-After` says when there will be capacity." },
  admissionSeconds: { unit: "seconds", description: "How long a request for a room token, or an upgrade, is queued. One that would wait longer is refused with unavailable, immediately if the server can foresee it." },
  joinsAtOnce: { unit: "upgrades", description: "Upgrades that one chat process holds at once, including queued ones. One more is refused with unavailable; `Retry-After` says when there will be capacity." },
  registrationsPerHour: { setting: "REGISTRATIONS_PER_HOUR", unit: "attempts", description: "Registrations from one address in an hour, refused ones included (400 for a common password, 403 `invalid_invitation`, 409). Log in first, and register only on 401." },
  requestsPerUserPer10s: { setting: "REQUESTS_PER_USER_PER_10S", unit: "requests", description: "Requests of one user. A token bucket: this many at once, and this many again in each 10 s." },
  roomsPerDay: { setting: "ROOMS_PER_DAY", unit: "rooms", description: "Rooms that one user can create in a day. Requests refused with 409 do not count. Rooms deleted since count." },
  errorsNamed: { unit: "errors", description: "Errors of one request that the response names at most. A body or query with more values than the largest request of the contract plus this number is refused before validation." },
  requestsPerAddress: { setting: "REQUESTS_PER_ADDRESS", unit: "requests per second", description: "Requests of one address, on average. For IPv6, an address is a /64. An upgrade counts as a request, and so does a connection without a valid request." },
  requestBurstPerAddress: { setting: "REQUEST_BURST_PER_ADDRESS", unit: "requests", description: "Requests of one address at once, after a pause. One more is refused with too_many_requests." },
  connectionsPerAddress: { setting: "CONNECTIONS_PER_ADDRESS", unit: "connections", description: "HTTP connections that one address can have open. Sockets do not count. A request on one more connection is refused with too_many_requests." },
  networkShare: { unit: "addresses", description: "Factor between the limits of one address and of one IPv6 /48: a /48 has this many times the requests, connections, sockets, registrations, password resets and wrong passwords of an address." },
  requestsAtOncePerAddress: { setting: "REQUESTS_AT_ONCE_PER_ADDRESS", unit: "requests", description: "Requests of one IPv4 address or one IPv6 /48 that a server handles at once. Further requests are queued and not refused." },
} as const;
