/** The heartbeat service by raw-socket, which configurations may still ask for. */
import { vi } from 'vitest';
import { heartbeatCompliance } from '../compliance/heartbeat.ts';
import { heartbeatSockets } from '../compliance/heartbeat-sockets.ts';
import { realLan } from '../harness/heartbeat-lan.ts';

// What is measured is measured inside the services; with too many of them each would measure the others.
vi.setConfig({ maxConcurrency: 3 });

heartbeatCompliance('raw sockets in network namespaces', () => realLan('raw-socket'));
heartbeatSockets('raw-socket');
