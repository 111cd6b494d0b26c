import { vi } from 'vitest';
import { heartbeatCompliance } from '../compliance/heartbeat.ts';
import { realLan } from '../harness/heartbeat-lan.ts';

// What is measured is measured inside the services; with too many of them each would measure the others.
vi.setConfig({ maxConcurrency: 3 });

heartbeatCompliance('the native engine in network namespaces', () => realLan('native'));
