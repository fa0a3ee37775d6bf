// The tables of codes and limits as they are published: in pages and as downloads. Adds nothing to the contract.
import { LIMIT_NOTES, LIMITS } from '@parlance/specs/limits.ts';
import { PROBLEMS, SOCKET_ERRORS } from '@parlance/specs/problems.ts';

/** Every problem and socket error as published: by code, its HTTP status and whether an error frame can carry it. */
export const problems = () => {
  const codes = { ...PROBLEMS, ...SOCKET_ERRORS };
  return Object.fromEntries(
    Object.entries(codes).map(([code, { title, retry, advice, ...more }]) => [
      code,
      {
        ...(code in PROBLEMS ? { status: PROBLEMS[code as keyof typeof PROBLEMS].status } : {}),
        socket: code in SOCKET_ERRORS,
        title,
        retry,
        ...('stored' in more ? { stored: more.stored } : {}),
        advice,
      },
    ]),
  );
};

/** Every limit as published: value, unit, description. */
export const limits = () =>
  Object.fromEntries(
    Object.entries(LIMITS).map(([name, value]) => [name, { value, ...LIMIT_NOTES[name as keyof typeof LIMITS] }]),
  );
