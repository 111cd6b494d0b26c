/**
 * Sync groups with relived and Debian's keepalived on one LAN: the same router holds the addresses after each event as in a
 * pair of two keepalived, and the LAN hears the same adverts in the same order. Every pairing, and more stories:
 * test/long/semantics.
 */
import { vi } from 'vitest';
import { MIXED_PAIRS, tell } from '../harness/scene.ts';
import { STORIES } from '../harness/semantics-stories.ts';

vi.setConfig({ maxConcurrency: 6 });

tell(STORIES.slice(0, 1), MIXED_PAIRS);
