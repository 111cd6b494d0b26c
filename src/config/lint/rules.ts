/** The rules, in the order of their documentation. */
import type { LintRule } from './rule.ts';
import { ADDRESS_TWICE } from './rules/address-twice.ts';
import { ADDRESSES_DIFFER } from './rules/addresses-differ.ts';
import { ADVERT_INT_VERSION_2 } from './rules/advert-int-version-2.ts';
import { AUTHENTICATION_DIFFERS } from './rules/authentication-differs.ts';
import { CHECKSUM_DIFFERS } from './rules/checksum-differs.ts';
import { EQUAL_PRIORITY } from './rules/equal-priority.ts';
import { EXTENSION_USED } from './rules/extension.ts';
import { FAST_ADVERTS } from './rules/fast-adverts.ts';
import { INTERVAL_DIFFERS } from './rules/interval-differs.ts';
import { MIXED_UNICAST } from './rules/mixed-unicast.ts';
import { NO_CHECKER } from './rules/no-checker.ts';
import { NO_TRACKER } from './rules/no-tracker.ts';
import { NOPREEMPT_KEEPS_FAILED } from './rules/nopreempt-keeps-failed.ts';
import { PEER_MISSING } from './rules/peer-missing.ts';
import { PEER_SELF } from './rules/peer-self.ts';
import { PLAIN_PASSWORD } from './rules/plain-password.ts';
import { PREEMPTION_DIFFERS } from './rules/preemption-differs.ts';
import { QUORUM_UNREACHABLE } from './rules/quorum-unreachable.ts';
import { ROUTER_ALONE } from './rules/router-alone.ts';
import { SCRIPT_TIMEOUT } from './rules/script-timeout.ts';
import { STRICT_UNREACHABLE } from './rules/strict-unreachable.ts';
import { TWO_OWNERS } from './rules/two-owners.ts';
import { TWO_STATE_MASTER } from './rules/two-state-master.ts';
import { UNICAST_WITHOUT_SOURCE } from './rules/unicast-without-source.ts';
import { VERSION_DIFFERS } from './rules/version-differs.ts';
import { WEIGHT_CLAMPED } from './rules/weight-clamped.ts';
import { WEIGHT_TOO_SMALL } from './rules/weight-too-small.ts';

export const RULES: readonly LintRule[] = [
  NO_TRACKER,
  STRICT_UNREACHABLE,
  UNICAST_WITHOUT_SOURCE,
  PEER_SELF,
  ADVERT_INT_VERSION_2,
  FAST_ADVERTS,
  PLAIN_PASSWORD,
  ADDRESS_TWICE,
  WEIGHT_CLAMPED,
  SCRIPT_TIMEOUT,
  QUORUM_UNREACHABLE,
  NO_CHECKER,
  EXTENSION_USED,
  ROUTER_ALONE,
  VERSION_DIFFERS,
  INTERVAL_DIFFERS,
  CHECKSUM_DIFFERS,
  AUTHENTICATION_DIFFERS,
  MIXED_UNICAST,
  PEER_MISSING,
  ADDRESSES_DIFFER,
  EQUAL_PRIORITY,
  TWO_OWNERS,
  TWO_STATE_MASTER,
  PREEMPTION_DIFFERS,
  WEIGHT_TOO_SMALL,
  NOPREEMPT_KEEPS_FAILED,
];
