// Every way in which an upgrade may be refused, as asyncapi.yaml lists them, and a valid upgrade that must be accepted.
import { LIMITS } from '@parlance/specs/limits.ts';
import { HANDSHAKE_REFUSALS } from '../contract.ts';
import { expect, type Row } from '../row.ts';
import { door } from './door.ts';
import { HANDSHAKE_PROVOCATIONS, type HandshakeProvocation } from './handshake_provocations.ts';
import { expectProblem } from './provoke.ts';

/** Why another host name than the server's is never tested. */
export const MISDIRECTED = 'the operator decides which host names a server has, and a proxy may answer for others';

const SKIPPED: Readonly<Record<string, string>> = {
  internal_error: 'only a fault inside the server provokes it',
  too_many_requests: 'it would block all other clients at this address',
  misdirected_request: MISDIRECTED,
  unavailable: 'only a fault inside the server provokes it',
};

const tried = (status: number, { code, name, says, pointer, run }: HandshakeProvocation): Row => ({
  id: `handshake.${status}.${code}${name ? `.${name}` : ''}`,
  group: 'refusals',
  says: `The upgrade is refused with ${status} ${code} ${says}.`,
  run: async (kit) => {
    const answers = await Promise.all(run(kit, await door(kit)));
    for (const answer of answers) expectProblem(answer, code, status, pointer);
  },
});

export const handshakeRefusals: Row[] = HANDSHAKE_REFUSALS.flatMap(({ status, codes }) =>
  codes.flatMap((code): Row[] => {
    const known = HANDSHAKE_PROVOCATIONS.filter((one) => one.code === code).map((one) => tried(status, one));
    const says = `The upgrade is refused with ${status} ${code}.`;
    const skip = SKIPPED[code] ?? 'this kit does not know how to provoke it';
    return known.length > 0 ? known : [{ id: `handshake.${status}.${code}`, group: 'refusals', says, skip }];
  }),
);

export const handshakeAccepts: Row[] = [
  {
    id: 'handshake.101',
    group: 'refusals',
    says: 'The same upgrade without a fault is accepted, so that each refusal has its stated reason.',
    run: async (kit) => {
      const { room, knock } = await door(kit);
      for (const query of ['', '?after=0', `?after=0&roomId=${room.id}`, `?after=${LIMITS.seqMax}&roomId=${room.id}`]) {
        const answer = await knock(undefined, query);
        expect(answer.status === 101, `101 to ${query || 'no query'}`, `${answer.status} ${answer.text}`);
      }
    },
  },
];
