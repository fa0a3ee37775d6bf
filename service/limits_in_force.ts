// The limits in force: the contract's values, or the settings that replace them. limits.yaml names the setting of each
// limit.
import { LIMIT_NOTES, LIMITS, type LimitName } from '@parlance/specs/limits.ts';

type Notes = typeof LIMIT_NOTES;
type SettingOf<N extends LimitName> = Notes[N] extends { readonly setting: infer S extends string } ? S : never;

/** The settings of the limits N; by default of all limits. */
export type LimitSettings<N extends LimitName = LimitName> = { readonly [S in SettingOf<N>]: number };

/** Returns the value of one limit under these settings. */
export function limitInForce<N extends LimitName>(name: N, settings: LimitSettings<N>): number {
  const { setting, times = 1, least = 0 } = LIMIT_NOTES[name] as { setting?: string; times?: number; least?: number };
  if (setting === undefined) return LIMITS[name];
  return Math.max(least, times * (settings as Readonly<Record<string, number>>)[setting]!);
}

/** Returns the values of all limits under these settings. */
export const limitsInForce = (settings: LimitSettings): Record<LimitName, number> =>
  Object.fromEntries(Object.keys(LIMITS).map((name) => [name, limitInForce(name as LimitName, settings)])) as Record<
    LimitName,
    number
  >;
