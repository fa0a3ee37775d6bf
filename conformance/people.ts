// The accounts of a run: a few of its own, since registrations are limited, with sessions spread so that no account
// logs in too often. Their names and passwords are as short and as long as the limits allow.
import { randomBytes } from 'node:crypto';
import { LIMITS } from '@parlance/specs/limits.ts';
import type { Answer, Json } from './http.ts';
import { Mismatch } from './row.ts';

export interface Person {
  username: string;
  email: string;
  password: string;
  /** An access token of a session that lasts for the whole run. */
  token: string;
  /** What registerUser answered. */
  user: Json;
  logins: number;
}

/** The credentials of a request. */
export type Credentials = { token: string } | { cookie: string };

export interface Cast {
  ann: Person;
  bob: Person;
  /** The longest names and password. */
  cid: Person;
  /** The shortest. This account has sockets only where the number of sockets is tested. */
  dan: Person;
}

type Call = (operation: string, options: { body?: Json; headers?: Record<string, string> }) => Promise<Answer>;

const letters = (length: number) =>
  Array.from(randomBytes(length), (byte) => 'abcdefghijklmnopqrstuvwxyz'[byte % 26]).join('');

/** Registers all accounts and logs them in. @throws Mismatch if the server refuses. */
export async function assemble(call: Call): Promise<Cast> {
  const domain = '@example.org';
  const plain = () => {
    const name = `kit.${letters(10)}`;
    return { username: name, email: `${name}${domain}`, password: letters(20) };
  };
  const longest = () => ({
    username: letters(LIMITS.usernameMax),
    email: letters(LIMITS.emailMax - domain.length) + domain,
    // Characters are code points: these take four bytes each.
    password: letters(8) + '𝄞'.repeat(LIMITS.passwordMax - 8),
  });
  const shortest = () => ({
    username: letters(LIMITS.usernameMin),
    email: `${letters(12)}${domain}`,
    password: letters(LIMITS.passwordMin),
  });
  const [ann, bob, cid, dan] = await Promise.all([plain, plain, longest, shortest].map((make) => register(call, make)));
  return { ann: ann!, bob: bob!, cid: cid!, dan: dan! };
}

/** Registers an account and creates an access token for it. */
async function register(call: Call, make: () => { username: string; email: string; password: string }) {
  let answer: Answer | undefined;
  // A short name can be taken by chance.
  for (let tries = 0; tries < 3 && answer?.status !== 201; tries++) {
    const account = make();
    answer = await call('registerUser', { body: account });
    if (answer.status !== 201) continue;
    const person: Person = { ...account, token: '', user: answer.body, logins: 0 };
    person.token = await newToken(call, person);
    return person;
  }
  throw new Mismatch('registerUser to answer 201', `${answer?.status} ${answer?.text}`);
}

/** A new account that no other row uses. */
export const newcomer = (call: Call): Promise<Person> =>
  register(call, () => {
    const name = `kit.${crypto.randomUUID().slice(0, 13)}`;
    return { username: name, email: `${name}@example.org`, password: crypto.randomUUID() };
  });

/** Creates a session and returns its access token. */
export async function newToken(call: Call, person: Person): Promise<string> {
  const { body, status, text } = await logIn(call, 'createAccessToken', person);
  if (status !== 201) throw new Mismatch('createAccessToken to answer 201', `${status} ${text}`);
  return body.accessToken;
}

/** Creates a browser session and returns its cookie, as the value of a `Cookie` header. */
export async function newCookie(call: Call, person: Person): Promise<string> {
  const { headers, status, text } = await logIn(call, 'logIn', person);
  const cookie = headers['set-cookie']?.[0]?.split(';')[0];
  if (status !== 200 || !cookie) throw new Mismatch('logIn to answer 200 with Set-Cookie', `${status} ${text}`);
  return cookie;
}

function logIn(call: Call, operation: string, person: Person): Promise<Answer> {
  person.logins += 1;
  return call(operation, { body: { email: person.email, password: person.password } });
}
