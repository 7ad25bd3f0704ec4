/** Seed of every property test. Set `EXACT_TEST_SEED` to look for other cases. */
export const PROPERTY_SEED = Number(process.env.EXACT_TEST_SEED ?? 20_240_607);
