import { OWNER_PRIORITY } from '../facts.ts';
import { instanceRule } from '../rule.ts';

export const STRICT_UNREACHABLE = instanceRule(
  {
    code: 'strict-unreachable',
    title: 'strict mode without accept',
    why: 'In strict mode a master that does not own the addresses drops packets to them: they cannot be pinged, and no service on the router answers there.',
  },
  ({ node, name, strict, priority, addresses }, report) => {
    if (!strict || priority === OWNER_PRIORITY || addresses.length === 0 || node.isSet('accept')) return;
    const place = node.isSet('strict_mode') ? node.place('strict_mode') : node.origin;
    report(
      place,
      `'${name}' is strict: keepalived drops packets to its addresses unless the priority is 255`,
      "set 'accept' (version 3), or leave strict mode",
    );
  },
);
