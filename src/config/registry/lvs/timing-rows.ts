/**
 * Rows about when and how often checks run, for virtual servers, real servers and checkers. What a virtual or real
 * server sets holds for each of its checkers, before the default of the checker's type (check_data.c).
 */
import { boolean, duration, integer } from '../kinds.ts';
import { derived, EXTENSION, fixed, fromParent, setting, unset } from '../rows.ts';
import type { Default, DefaultScope } from '../spec.ts';

const MAX_COUNT = 4_294_967_295;
const MAX_CONNECT_US = 4_294_967_295;
/** What keepalived holds in an unsigned 64-bit integer; from 285 years on, no longer to the microsecond. */
const MAX_US = 2 ** 64;

const DELAY = duration(0, MAX_US);
const INTERVAL = duration(1, MAX_US);
const CONNECT = duration(1, MAX_CONNECT_US);

const MEANING = {
  retry: 'further tries before a check counts as failed',
  delay_before_retry: 'time between two tries',
  warmup: 'longest random delay before the first check; 0: none',
  connect_timeout: 'longest wait for a connection and each answer',
  delay_loop: 'time between two checks',
};

/** Extensions: paces of their own where results are not what is expected. null: as keepalived has it. */
function otherPaces(otherwise: (keyword: string) => Default<number | null>) {
  const pace = (keyword: string, meaning: string) =>
    setting({ kind: INTERVAL, default: otherwise(keyword), meaning, standing: EXTENSION });
  return {
    delay_loop_failing: pace(
      'delay_loop_failing',
      'in place of delay_before_retry; also between pages that pass before their server is up',
    ),
    delay_loop_down: pace('delay_loop_down', 'in place of delay_loop while the check counts as failed'),
  };
}

/** Those of the block around it. */
const INNER_PACES = otherPaces((keyword) => fromParent<number | null>(keyword, null));

/** In virtual_server. null: as the type of the checker has it. */
export const SERVER_TIMING = {
  retry: setting({
    kind: integer(1, MAX_COUNT),
    default: unset('that of the checker'),
    meaning: MEANING.retry,
  }),
  delay_before_retry: setting({
    kind: DELAY,
    default: unset('that of the checker'),
    meaning: MEANING.delay_before_retry,
  }),
  warmup: setting({ kind: DELAY, default: unset('delay_loop of the checker'), meaning: MEANING.warmup }),
  connect_timeout: setting({
    kind: CONNECT,
    default: fixed(5_000_000, '5'),
    meaning: MEANING.connect_timeout,
  }),
  delay_loop: setting({ kind: INTERVAL, default: fixed(60_000_000, '60'), meaning: MEANING.delay_loop }),
  ...otherPaces(() => unset()),
};

/** In real_server. */
export const REAL_SERVER_TIMING = {
  retry: setting({
    kind: integer(1, MAX_COUNT),
    default: fromParent<number | null>('retry', null),
    meaning: MEANING.retry,
  }),
  delay_before_retry: setting({
    kind: DELAY,
    default: fromParent<number | null>('delay_before_retry', null),
    meaning: MEANING.delay_before_retry,
  }),
  warmup: setting({
    kind: DELAY,
    default: fromParent<number | null>('warmup', null),
    meaning: MEANING.warmup,
  }),
  connect_timeout: setting({
    kind: CONNECT,
    default: fromParent('connect_timeout', 0),
    meaning: MEANING.connect_timeout,
  }),
  delay_loop: setting({ kind: INTERVAL, default: fromParent('delay_loop', 0), meaning: MEANING.delay_loop }),
  ...INNER_PACES,
};

/** What is special about a type of checker. */
export interface CheckerTiming {
  readonly retry: number;
  /** Microseconds; null: delay_loop. */
  readonly delayBeforeRetry: number | null;
}

/** In every checker that runs by itself. */
export function checkerTiming({ retry, delayBeforeRetry }: CheckerTiming) {
  const delayText = delayBeforeRetry === null ? 'delay_loop' : String(delayBeforeRetry / 1_000_000);
  return {
    retry: setting({
      kind: integer(0, MAX_COUNT),
      default: derived(
        `retry of the surrounding block, else ${retry}`,
        ({ parent }) => (parent('retry') ?? retry) as number,
      ),
      meaning: MEANING.retry,
    }),
    delay_before_retry: setting({
      kind: DELAY,
      default: derived(
        `delay_before_retry of the surrounding block, else ${delayText}`,
        ({ parent, own }) =>
          (parent('delay_before_retry') ?? delayBeforeRetry ?? own('delay_loop')) as number,
      ),
      meaning: MEANING.delay_before_retry,
    }),
    warmup: setting({
      kind: DELAY,
      default: derived(
        'warmup of the surrounding block, else delay_loop',
        ({ parent, own }) => (parent('warmup') ?? own('delay_loop')) as number,
      ),
      meaning: MEANING.warmup,
    }),
    delay_loop: setting({
      kind: INTERVAL,
      default: fromParent('delay_loop', 0),
      meaning: MEANING.delay_loop,
    }),
    ...INNER_PACES,
    alpha: setting({
      kind: boolean(),
      default: fromParent('alpha', false),
      meaning: 'failed until the first check succeeds',
    }),
    log_all_failures: setting({
      kind: boolean(),
      default: derived('checker_log_all_failures', logAllFailures),
      meaning: 'log every try that fails, not only the change',
    }),
  };
}

/** Of the block around it (host in SMTP_CHECK), else of global_defs. */
function logAllFailures({ parent, global }: DefaultScope): boolean {
  return parent('log_all_failures') === true || global('checker_log_all_failures') === true;
}

export const CONNECT_TIMEOUT = setting({
  kind: CONNECT,
  default: fromParent('connect_timeout', 0),
  meaning: MEANING.connect_timeout,
});

/** Of smtp_alert where nothing is set: smtp_alert_checker, else smtp_alert of global_defs, else `otherwise`. */
export function smtpAlert(otherwise: boolean) {
  return setting({
    kind: boolean(),
    default: derived(
      `smtp_alert_checker, else smtp_alert of global_defs, else ${otherwise}`,
      ({ global }) => {
        const given = [global('smtp_alert_checker'), global('smtp_alert')];
        return given.find((value) => typeof value === 'boolean') ?? otherwise;
      },
    ),
    meaning: 'mail when its state changes',
  });
}
