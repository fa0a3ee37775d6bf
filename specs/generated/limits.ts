// generated, do not edit: npm run generate
/** Every limit as a number; its unit stands with it. */
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
  /** Page size when none is asked for. In items. */
  pageDefault: 50,
  /** Largest seq, 2^53 - 1. In events. */
  seqMax: 9007199254740991,
  /** Different emoji under one message. In emoji. */
  reactionsPerMessage: 20,
  /** Users that a reaction of a message names at the most; its count is exact. In usernames. */
  reactionNamed: 50,
  /** Users who are banned from one room at the same time. In users. */
  bansPerRoom: 1000,
  /** Life of an invitation (7 days). In seconds. */
  invitationSeconds: 604800,
  /** Messages of one user into one room in any 10 s over HTTP, and as many over all sockets: each is counted by itself. Edits, deletions and reactions count as messages over HTTP. Repeats count, attempts refused with rate_limited do not. In messages. */
  messagesPer10s: 20,
  /** The same over all rooms together: messages of one user in any 10 s over HTTP, and as many over all sockets. In messages. */
  messagesPerUserPer10s: 100,
  /** Frames of one socket in 10 s, pings and pongs included; more is a flood and closes it with 4002. In frames. */
  framesPer10s: 200,
  /** Off-spec frames of one socket that are answered in a minute; the next closes it with 4500. In frames. */
  offSpecPerMinute: 5,
  /** Sockets one user may have open. In sockets. */
  socketsPerUser: 20,
  /** Sockets one address may have open. In sockets. */
  socketsPerAddress: 256,
  /** Messages of one socket that may wait for their acknowledgement; one more is refused with outbox_full. In messages. */
  unansweredMax: 64,
  /** How far a reader may lag before it is closed with 4000. In bytes. */
  readerLagMax: 1048576,
  /** Messages a chat process holds that are not stored yet. In bytes. */
  outboxMax: 16777216,
  /** Messages in one append. In messages. */
  appendMax: 500,
  /** How often the server pings a socket. In seconds. */
  pingSeconds: 25,
  /** How long it waits for the answer, before 4001. In seconds. */
  pongSeconds: 10,
  /** How long a user counts as typing after their last typing.start. In seconds. */
  typingSeconds: 5,
  /** Members that room.joined names at the most. In usernames. */
  membersNamed: 100,
  /** Names in each list of presence.changed at the most. In usernames. */
  presenceNamed: 50,
  /** Names in typing.changed at the most. In usernames. */
  typingNamed: 10,
  /** Life of a room token. In seconds. */
  roomTokenSeconds: 60,
  /** Life of a session and of an access token (7 days). In seconds. */
  sessionSeconds: 604800,
  /** Sessions of one user that have not ended; a log-in beyond ends the oldest one. In sessions. */
  sessionsPerUser: 100,
  /** Life of a link that sets a new password. In seconds. */
  passwordResetSeconds: 3600,
  /** Requests for such a link from one address in an hour. In requests. */
  passwordResetsPerHour: 20,
  /** Mails with such a link to one account in an hour; for more requests no mail is sent, and the answer is the same. In mails. */
  resetMailsPerHour: 3,
  /** Wrong passwords for one account in 10 min from one network (IPv4 /24, IPv6 /48), and as many from each known browser. An attempt counts until its password has been found right: log in once and share the token. In attempts. */
  loginsPer10Min: 10,
  /** The same in a day; fewer from a network in which the user has not logged in for `knownSeconds`, while other such networks enter many. In attempts. */
  loginsPerDay: 50,
  /** Wrong passwords from one address in 10 min, for all accounts together. In attempts. */
  loginsPerAddressPer10Min: 100,
  /** How long a browser and a network in which a user has logged in keep their own allowance of wrong passwords (30 days). In seconds. */
  knownSeconds: 2592000,
  /** Requests with a password to verify or to store that one process works on at once. One more is refused with unavailable, or takes the place of one from the network (IPv4 /24, IPv6 /48) that has the most. In requests. */
  passwordsAtOnce: 32,
  /** Requests for room tokens that one process holds at once, those that wait for their turn included. One more is refused with unavailable; `Retry-After` says when there will be room. In requests. */
  roomTokensAtOnce: 4096,
  /** How long a request for a room token, or an upgrade, waits for its turn. One that would wait longer is refused with unavailable, at once where that can be foreseen. In seconds. */
  admissionSeconds: 3,
  /** Upgrades that one chat process holds at once, those that wait for their turn included. One more is refused with unavailable; `Retry-After` says when there will be room. In upgrades. */
  joinsAtOnce: 4096,
  /** Registrations from one address in an hour, refused ones included (400 for a common password, 403 `invalid_invitation`, 409). Log in first, and register only on 401. In attempts. */
  registrationsPerHour: 20,
  /** Requests of one user: so many at once, and as many again in each 10 s (a token bucket). In requests. */
  requestsPerUserPer10s: 300,
  /** Rooms one user may create in a day. Those refused with 409 do not count, those deleted do. In rooms. */
  roomsPerDay: 500,
  /** Errors of one request that the answer names at the most. A body or query that exceeds the largest request of the contract by more than this many values is refused before validation. In errors. */
  errorsNamed: 20,
  /** Requests of one address, on average; of IPv6, an address is a /64. An upgrade is a request; a connection without a valid request counts as one. In requests per second. */
  requestsPerAddress: 100,
  /** Requests of one address at once, after a pause. One more is refused with too_many_requests. In requests. */
  requestBurstPerAddress: 2000,
  /** HTTP connections one address may have open, sockets not counted. A request on one more is refused with too_many_requests. In connections. */
  connectionsPerAddress: 512,
  /** How many times what one address may have an IPv6 /48 may have: requests, connections, sockets, registrations, password resets and wrong passwords. In addresses. */
  networkShare: 4,
  /** Requests of one address that a server handles at once, of IPv6 those of one /48. The others wait for their turn; none is refused for it. In requests. */
  requestsAtOncePerAddress: 2,
} as const;

export type LimitName = keyof typeof LIMITS;

/** What each limit means, for people. */
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
  pageDefault: { unit: "items", description: "Page size when none is asked for." },
  seqMax: { unit: "events", description: "Largest seq, 2^53 - 1." },
  reactionsPerMessage: { unit: "emoji", description: "Different emoji under one message." },
  reactionNamed: { unit: "usernames", description: "Users that a reaction of a message names at the most; its count is exact." },
  bansPerRoom: { unit: "users", description: "Users who are banned from one room at the same time." },
  invitationSeconds: { unit: "seconds", description: "Life of an invitation (7 days)." },
  messagesPer10s: { setting: "MESSAGES_PER_10S", unit: "messages", description: "Messages of one user into one room in any 10 s over HTTP, and as many over all sockets: each is counted by itself. Edits, deletions and reactions count as messages over HTTP. Repeats count, attempts refused with rate_limited do not." },
  messagesPerUserPer10s: { setting: "MESSAGES_PER_USER_PER_10S", unit: "messages", description: "The same over all rooms together: messages of one user in any 10 s over HTTP, and as many over all sockets." },
  framesPer10s: { setting: "MESSAGES_PER_10S", times: 10, least: 200, unit: "frames", description: "Frames of one socket in 10 s, pings and pongs included; more is a flood and closes it with 4002." },
  offSpecPerMinute: { unit: "frames", description: "Off-spec frames of one socket that are answered in a minute; the next closes it with 4500." },
  socketsPerUser: { setting: "SOCKETS_PER_USER", unit: "sockets", description: "Sockets one user may have open." },
  socketsPerAddress: { setting: "SOCKETS_PER_ADDRESS", unit: "sockets", description: "Sockets one address may have open." },
  unansweredMax: { unit: "messages", description: "Messages of one socket that may wait for their acknowledgement; one more is refused with outbox_full." },
  readerLagMax: { unit: "bytes", description: "How far a reader may lag before it is closed with 4000." },
  outboxMax: { unit: "bytes", description: "Messages a chat process holds that are not stored yet." },
  appendMax: { unit: "messages", description: "Messages in one append." },
  pingSeconds: { unit: "seconds", description: "How often the server pings a socket." },
  pongSeconds: { unit: "seconds", description: "How long it waits for the answer, before 4001." },
  typingSeconds: { unit: "seconds", description: "How long a user counts as typing after their last typing.start." },
  membersNamed: { unit: "usernames", description: "Members that room.joined names at the most." },
  presenceNamed: { unit: "usernames", description: "Names in each list of presence.changed at the most." },
  typingNamed: { unit: "usernames", description: "Names in typing.changed at the most." },
  roomTokenSeconds: { unit: "seconds", description: "Life of a room token." },
  sessionSeconds: { unit: "seconds", description: "Life of a session and of an access token (7 days)." },
  sessionsPerUser: { unit: "sessions", description: "Sessions of one user that have not ended; a log-in beyond ends the oldest one." },
  passwordResetSeconds: { unit: "seconds", description: "Life of a link that sets a new password." },
  passwordResetsPerHour: { setting: "PASSWORD_RESETS_PER_HOUR", unit: "requests", description: "Requests for such a link from one address in an hour." },
  resetMailsPerHour: { unit: "mails", description: "Mails with such a link to one account in an hour; for more requests no mail is sent, and the answer is the same." },
  loginsPer10Min: { setting: "LOGINS_PER_10MIN", unit: "attempts", description: "Wrong passwords for one account in 10 min from one network (IPv4 /24, IPv6 /48), and as many from each known browser. An attempt counts until its password has been found right: log in once and share the token." },
  loginsPerDay: { setting: "LOGINS_PER_10MIN", times: 5, unit: "attempts", description: "The same in a day; fewer from a network in which the user has not logged in for `knownSeconds`, while other such networks enter many." },
  loginsPerAddressPer10Min: { setting: "LOGINS_PER_10MIN", times: 10, unit: "attempts", description: "Wrong passwords from one address in 10 min, for all accounts together." },
  knownSeconds: { unit: "seconds", description: "How long a browser and a network in which a user has logged in keep their own allowance of wrong passwords (30 days)." },
  passwordsAtOnce: { unit: "requests", description: "Requests with a password to verify or to store that one process works on at once. One more is refused with unavailable, or takes the place of one from the network (IPv4 /24, IPv6 /48) that has the most." },
  roomTokensAtOnce: { unit: "requests", description: "Requests for room tokens that one process holds at once, those that wait for their turn included. One more is refused with unavailable; `Retry-After` says when there will be room." },
  admissionSeconds: { unit: "seconds", description: "How long a request for a room token, or an upgrade, waits for its turn. One that would wait longer is refused with unavailable, at once where that can be foreseen." },
  joinsAtOnce: { unit: "upgrades", description: "Upgrades that one chat process holds at once, those that wait for their turn included. One more is refused with unavailable; `Retry-After` says when there will be room." },
  registrationsPerHour: { setting: "REGISTRATIONS_PER_HOUR", unit: "attempts", description: "Registrations from one address in an hour, refused ones included (400 for a common password, 403 `invalid_invitation`, 409). Log in first, and register only on 401." },
  requestsPerUserPer10s: { setting: "REQUESTS_PER_USER_PER_10S", unit: "requests", description: "Requests of one user: so many at once, and as many again in each 10 s (a token bucket)." },
  roomsPerDay: { setting: "ROOMS_PER_DAY", unit: "rooms", description: "Rooms one user may create in a day. Those refused with 409 do not count, those deleted do." },
  errorsNamed: { unit: "errors", description: "Errors of one request that the answer names at the most. A body or query that exceeds the largest request of the contract by more than this many values is refused before validation." },
  requestsPerAddress: { setting: "REQUESTS_PER_ADDRESS", unit: "requests per second", description: "Requests of one address, on average; of IPv6, an address is a /64. An upgrade is a request; a connection without a valid request counts as one." },
  requestBurstPerAddress: { setting: "REQUEST_BURST_PER_ADDRESS", unit: "requests", description: "Requests of one address at once, after a pause. One more is refused with too_many_requests." },
  connectionsPerAddress: { setting: "CONNECTIONS_PER_ADDRESS", unit: "connections", description: "HTTP connections one address may have open, sockets not counted. A request on one more is refused with too_many_requests." },
  networkShare: { unit: "addresses", description: "How many times what one address may have an IPv6 /48 may have: requests, connections, sockets, registrations, password resets and wrong passwords." },
  requestsAtOncePerAddress: { setting: "REQUESTS_AT_ONCE_PER_ADDRESS", unit: "requests", description: "Requests of one address that a server handles at once, of IPv6 those of one /48. The others wait for their turn; none is refused for it." },
} as const;
