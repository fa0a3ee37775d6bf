// Runs in a worker thread of hashing.ts: one argon2 run at a time, synchronously, so that it occupies no thread of
// libuv's pool, which database connections and name look-ups need. Knows no password rule and stores nothing.
import { hashSync, type Options, verifySync } from '@node-rs/argon2';

export type HashingJob =
  | { do: 'hash'; password: string; options: Options }
  | { do: 'verify'; password: string; hashed: string };

/** A PHC string, or whether the password fits; `fault`: the error of argon2, such as for a malformed PHC string. */
export type HashingResult = { hashed: string } | { fits: boolean } | { fault: string };

export default function run(job: HashingJob): HashingResult {
  try {
    if (job.do === 'hash') return { hashed: hashSync(job.password, job.options) };
    return { fits: verifySync(job.hashed, job.password) };
  } catch (fault) {
    return { fault: String(fault) };
  }
}
