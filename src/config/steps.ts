/** Long work on a configuration as steps, between which others may have their turn. */

export type Steps<T> = Generator<undefined, T, undefined>;

/** The same without a break. */
export function allAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
