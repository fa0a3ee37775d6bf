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
  /** Messages of one user into one room in any 10 s over HTTP, and as many over all sockets: each is counted by itself (default of MESSAGES_PER_10S). Edits, deletions and reactions count as messages over HTTP. Repeats count, attempts refused with rate_limited do not. In messages. */
  messagesPer10s: 20,
  /** Frames of one socket in 10 s, pings and pongs included, or ten times MESSAGES_PER_10S where that is more; more is a flood and closes it with 4002. In frames. */
  framesPer10s: 200,
  /** Off-spec frames of one socket that are answered in a minute; the next closes it with 4500. In frames. */
  offSpecPerMinute: 5,
  /** Sockets one user may have open (default of SOCKETS_PER_USER). In sockets. */
  socketsPerUser: 20,
  /** Sockets one address may have open (default of SOCKETS_PER_ADDRESS). In sockets. */
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
  /** Logins to one account in 10 min, ten times that from one address (default of LOGINS_PER_10MIN). In attempts. */
  loginsPer10Min: 10,
  /** Registrations from one address in an hour, those refused with 409 included (default of REGISTRATIONS_PER_HOUR). Log in first, and register only on 401. In attempts. */
  registrationsPerHour: 20,
  /** Requests of one address, on average (default of REQUESTS_PER_ADDRESS); of IPv6, an address is a /64. An upgrade is a request, and so is a connection on which none was understood. In requests per second. */
  requestsPerAddress: 100,
  /** Requests of one address at once, after a pause (default of REQUEST_BURST_PER_ADDRESS). One more is refused with too_many_requests. In requests. */
  requestBurstPerAddress: 2000,
  /** HTTP connections one address may have open, sockets not counted (default of CONNECTIONS_PER_ADDRESS). A request on one more is refused with too_many_requests. In connections. */
  connectionsPerAddress: 512,
  /** An IPv6 /48 may have as many requests and connections as this many addresses. In addresses. */
  networkShare: 4,
  /** Requests of one address that a server handles at once (default of REQUESTS_AT_ONCE_PER_ADDRESS), of IPv6 those of one /48. The others wait for their turn; none is refused for it. In requests. */
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
  contentMax: { unit: "characters", description: "Longest message." },
  bodyMax: { unit: "bytes", description: "Largest request body and largest frame from a client; the largest legal message, escaped, fits." },
  pageMax: { unit: "items", description: "Largest page of rooms, messages or events." },
  pageDefault: { unit: "items", description: "Page size when none is asked for." },
  seqMax: { unit: "events", description: "Largest seq, 2^53 - 1." },
  reactionsPerMessage: { unit: "emoji", description: "Different emoji under one message." },
  reactionNamed: { unit: "usernames", description: "Users that a reaction of a message names at the most; its count is exact." },
  messagesPer10s: { unit: "messages", description: "Messages of one user into one room in any 10 s over HTTP, and as many over all sockets: each is counted by itself (default of MESSAGES_PER_10S). Edits, deletions and reactions count as messages over HTTP. Repeats count, attempts refused with rate_limited do not." },
  framesPer10s: { unit: "frames", description: "Frames of one socket in 10 s, pings and pongs included, or ten times MESSAGES_PER_10S where that is more; more is a flood and closes it with 4002." },
  offSpecPerMinute: { unit: "frames", description: "Off-spec frames of one socket that are answered in a minute; the next closes it with 4500." },
  socketsPerUser: { unit: "sockets", description: "Sockets one user may have open (default of SOCKETS_PER_USER)." },
  socketsPerAddress: { unit: "sockets", description: "Sockets one address may have open (default of SOCKETS_PER_ADDRESS)." },
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
  loginsPer10Min: { unit: "attempts", description: "Logins to one account in 10 min, ten times that from one address (default of LOGINS_PER_10MIN)." },
  registrationsPerHour: { unit: "attempts", description: "Registrations from one address in an hour, those refused with 409 included (default of REGISTRATIONS_PER_HOUR). Log in first, and register only on 401." },
  requestsPerAddress: { unit: "requests per second", description: "Requests of one address, on average (default of REQUESTS_PER_ADDRESS); of IPv6, an address is a /64. An upgrade is a request, and so is a connection on which none was understood." },
  requestBurstPerAddress: { unit: "requests", description: "Requests of one address at once, after a pause (default of REQUEST_BURST_PER_ADDRESS). One more is refused with too_many_requests." },
  connectionsPerAddress: { unit: "connections", description: "HTTP connections one address may have open, sockets not counted (default of CONNECTIONS_PER_ADDRESS). A request on one more is refused with too_many_requests." },
  networkShare: { unit: "addresses", description: "An IPv6 /48 may have as many requests and connections as this many addresses." },
  requestsAtOncePerAddress: { unit: "requests", description: "Requests of one address that a server handles at once (default of REQUESTS_AT_ONCE_PER_ADDRESS), of IPv6 those of one /48. The others wait for their turn; none is refused for it." },
} as const;
