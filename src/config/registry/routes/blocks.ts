/** Blocks of routes and rules. */
import { ACTS, block } from '../rows.ts';
import type { ListBlock } from '../spec.ts';
import { type RouteEntry, routeLine } from './route-line.ts';
import { ROUTE_OPTIONS, STATIC_ROUTE_OPTIONS } from './route-options.ts';
import { RULE_OPTIONS, type RuleEntry, ruleLine, STATIC_RULE_OPTIONS } from './rule-line.ts';

/** Routes while master. */
export const VIRTUAL_ROUTES: ListBlock<RouteEntry> = {
  path: 'vrrp_instance/virtual_routes',
  line: routeLine(ROUTE_OPTIONS),
};

/** Policy rules while master. */
export const VIRTUAL_RULES: ListBlock<RuleEntry> = {
  path: 'vrrp_instance/virtual_rules',
  line: ruleLine(RULE_OPTIONS),
};

export const STATIC_ROUTES: ListBlock<RouteEntry> = {
  path: 'static_routes',
  line: routeLine(STATIC_ROUTE_OPTIONS),
};

export const STATIC_RULES: ListBlock<RuleEntry> = {
  path: 'static_rules',
  line: ruleLine(STATIC_RULE_OPTIONS),
};

export const ROUTES_ROOT = {
  static_routes: block({ block: STATIC_ROUTES, meaning: 'routes while the program runs', standing: ACTS }),
  static_rules: block({
    block: STATIC_RULES,
    meaning: 'policy rules while the program runs',
    standing: ACTS,
  }),
};

export const ROUTES_OF_INSTANCE = {
  virtual_routes: block({ block: VIRTUAL_ROUTES, meaning: 'routes while master', standing: ACTS }),
  virtual_rules: block({ block: VIRTUAL_RULES, meaning: 'policy rules while master', standing: ACTS }),
};
