// The limits as they apply: the contract's values, or what the settings say instead. limits.yaml names the setting of each.
import { LIMIT_NOTES, LIMITS, type LimitName } from '@parlance/specs/limits.ts';

type Notes = typeof LIMIT_NOTES;
type SettingOf<N extends LimitName> = Notes[N] extends { readonly setting: infer S extends string } ? S : never;

/** The values of the settings that stand behind limits; by default of all. */
export type LimitSettings<N extends LimitName = LimitName> = { readonly [S in SettingOf<N>]: number };

/** One limit as it applies under these settings. */
export function limitInForce<N extends LimitName>(name: N, settings: LimitSettings<N>): number {
  const { setting, times = 1, least = 0 } = LIMIT_NOTES[name] as { setting?: string; times?: number; least?: number };
  if (setting === undefined) return LIMITS[name];
  return Math.max(least, times * (settings as Readonly<Record<string, number>>)[setting]!);
}

/** All of them. */
export const limitsInForce = (settings: LimitSettings): Record<LimitName, number> =>
  Object.fromEntries(Object.keys(LIMITS).map((name) => [name, limitInForce(name as LimitName, settings)])) as Record<
    LimitName,
    number
  >;
