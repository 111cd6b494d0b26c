import { vi } from 'vitest';
import { type Kind, tellKinds, tellPasswords } from '../harness/wire-kinds.ts';

vi.setConfig({ maxConcurrency: 4, testTimeout: 120_000 });

const KINDS: readonly Kind[] = [
  { name: 'version 2', family: 4, version: 2 },
  { name: 'version 2 with a password', family: 4, version: 2, authentication: 'PASS' },
  { name: 'version 2 with AH, unicast', family: 4, version: 2, authentication: 'AH', unicast: true },
  { name: 'version 3, old checksum', family: 4, version: 3, unicast: true, lines: 'old_unicast_checksum' },
  { name: 'version 3, another group', family: 4, version: 3, lines: 'mcast_dst_ip 224.0.0.99' },
  { name: 'version 2 over IPv6', family: 6, version: 2 },
  { name: 'version 3 over IPv6, unicast', family: 6, version: 3, unicast: true, lines: 'unicast_ttl 77' },
];

tellKinds(KINDS);
tellPasswords();
