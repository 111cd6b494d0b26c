import { vi } from 'vitest';
import { type Kind, tellKinds } from '../harness/wire-kinds.ts';

vi.setConfig({ maxConcurrency: 4, testTimeout: 120_000 });

/** More kinds, and other passwords: test/long/wire-keepalived. */
const KINDS: readonly Kind[] = [
  { name: 'version 2 with AH', family: 4, version: 2, authentication: 'AH' },
  { name: 'version 3', family: 4, version: 3 },
  { name: 'version 3, unicast', family: 4, version: 3, unicast: true, lines: 'unicast_ttl 200' },
  { name: 'version 3 over IPv6', family: 6, version: 3 },
];

tellKinds(KINDS);
