import { heartbeatSockets } from '../compliance/heartbeat-sockets.ts';

heartbeatSockets('native');
