/** The seed that the environment asks for: `RELIVED_SEED=123` repeats a run; null if it asks for none. */
export function givenSeed(): number | null {
  const given = process.env.RELIVED_SEED;
  return given === undefined ? null : Number(given);
}

/** The given seed or a new one, printed so that a failing run can be repeated. */
export function seedOfRun(): number {
  const seed = givenSeed() ?? Math.floor(Math.random() * 2 ** 31);
  console.log(`RELIVED_SEED=${seed}`);
  return seed;
}
